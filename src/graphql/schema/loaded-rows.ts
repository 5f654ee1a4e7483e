import { type GraphQLField, type GraphQLFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';

type Resolve = GraphQLFieldResolver<unknown, unknown>;

/**
 * Lets fields take what they show from a row that holds it. Pothos wraps every field of a model: the wrapper looks in the plan of
 * a Prisma read, of which such a row has none.
 */
export function resolveLoadedRows(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const plain = findPlain(field);
      const planned = field.resolve;
      if (!plain || !planned) continue;
      field.resolve = (row, args, context, info) => (isLoaded(row) ? plain(row, args, context, info) : planned(row, args, context, info));
    }
  }
}

/** What shows a field of a row that holds it: the resolver within Pothos' wrapper; undefined where there is no wrapper. */
export function findPlain({ extensions }: GraphQLField<unknown, unknown>): Resolve | undefined {
  const { pothosExposedField: column, pothosPrismaSelect, pothosOriginalResolve } = extensions;
  if (typeof column === 'string') return (row) => Reflect.get(Object(row), column);
  return pothosPrismaSelect && typeof pothosOriginalResolve === 'function' ? (pothosOriginalResolve as Resolve) : undefined;
}

/** A row that holds all that the fields of its type show. */
export function asLoaded<Row extends object>(row: Row): Row & { readonly isLoaded: true } {
  return { ...row, isLoaded: true };
}

function isLoaded(row: unknown): boolean {
  return typeof row === 'object' && row !== null && 'isLoaded' in row;
}
