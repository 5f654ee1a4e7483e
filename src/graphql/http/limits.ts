import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import type { GraphContext } from '../schema/builder.ts';
import { fieldCosts } from '../schema/field-costs.ts';
import { limitExceeded } from '../schema/request-limits.ts';

/** What an operation asks of the gateway, by its document and variables alone. */
export type OperationSize = {
  /** About one for each value that is answered, lists at their longest; `costs.ts` says what costs more. */
  readonly cost: number;
  /** Fields that check a password, a code or a recovery token. */
  readonly secrets: number;
  /** Fields that give the whole schema: some of a kilobyte can make an answer of megabytes. */
  readonly introspections: number;
};

/** An operation that is about to be run. */
export type Operation = {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: Record<string, unknown> | null | undefined;
  readonly contextValue: GraphContext;
};

/**
 * Measures an operation before anything of it is run; null when there is none of that name, which running it will tell.
 * @throws GraphQLError for variables that do not fit, and of `limitExceeded` where an argument by itself asks for too much.
 */
export function measureOperation({ schema, document, operationName, variableValues, contextValue }: Operation): OperationSize | null {
  const operation = getOperationAST(document, operationName);
  const variables = variableValues ?? {};
  if (!operation) return null;
  assertFit(schema, operation, variables);
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  const alone: DocumentNode = { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] };
  const { complexity } = complexityFromQuery(alone, { schema, variables, ctx: contextValue });
  return {
    cost: complexity + fieldCosts.introspection * countRootFields(document, operation, (field) => field === '__type'),
    secrets: countRootFields(document, operation, (field) => checksSecret(schema, field)),
    introspections: countRootFields(document, operation, (field) => field === '__schema'),
  };
}

/** The first error is enough: a list of a hundred thousand wrong values would have as many, and each repeats what was sent. */
function assertFit(schema: GraphQLSchema, { variableDefinitions = [] }: OperationDefinitionNode, variables: Record<string, unknown>): void {
  const [error] = getVariableValues(schema, variableDefinitions, variables, { maxErrors: 1 }).errors ?? [];
  if (!error) return;
  const { message, nodes } = error;
  throw new GraphQLError(message, { nodes: nodes ?? null, extensions: { code: 'BAD_REQUEST', http: { status: 400, spec: true } } });
}

/** The validation rule that refuses long names: an answer repeats a name as often as it holds the field. */
export function limitNames(allowed: number): ValidationRule {
  return function NameLengthRule() {
    return {
      Name({ value: { length } }) {
        if (length > allowed) throw limitExceeded('name length', length, allowed);
      },
    };
  };
}

/**
 * How many fields of a kind an operation has at its root, by the name they are answered under: each is run once, however
 * often it stands in the document. A fragment is read once, or a few that hold each other would be read without end.
 */
function countRootFields(document: DocumentNode, { selectionSet }: OperationDefinitionNode, isCounted: (field: string) => boolean): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  const counted = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      if (selection.kind === Kind.FIELD && isCounted(selection.name.value)) counted.add(selection.alias?.value ?? selection.name.value);
      if (selection.kind !== Kind.FRAGMENT_SPREAD) continue;
      const fragment = fragments.get(selection.name.value);
      fragments.delete(selection.name.value);
      if (fragment) collect(fragment.selectionSet);
    }
  };
  collect(selectionSet);
  return counted.size;
}

function checksSecret(schema: GraphQLSchema, field: string): boolean {
  return schema.getMutationType()?.getFields()[field]?.extensions['checksSecret'] === true;
}
