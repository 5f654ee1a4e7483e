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

/** The size of an operation, by its document and variables only. */
export type OperationSize = {
  /** About one for each value of the answer, with lists at their maximum length. `costs.ts` has the fields that cost more. */
  readonly cost: number;
  /** Fields that change something. */
  readonly changes: number;
  /** Fields that say whether a password can be set. */
  readonly passwordChecks: number;
  /** Fields that check a password, a code or a recovery token. */
  readonly secrets: number;
  /** Fields that return the whole schema: a kilobyte of them can make an answer of megabytes. */
  readonly introspections: number;
};

/** An operation before it is executed. */
export type Operation = {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: Record<string, unknown> | null | undefined;
  readonly contextValue: GraphContext;
};

/**
 * Measures an operation before anything is executed. Null when the document has no operation of the name, which its
 * execution refuses.
 * @throws GraphQLError for invalid variables, and of `limitExceeded` for an argument above a limit.
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
    changes: operation.operation === 'mutation' ? countRootFields(document, operation, (field) => field !== '__typename') : 0,
    passwordChecks: countRootFields(document, operation, (field) => field === 'checkPassword'),
    secrets: countRootFields(document, operation, (field) => checksSecret(schema, field)),
    introspections: countRootFields(document, operation, (field) => field === '__schema'),
  };
}

/**
 * Refuses variables that do not fit. It stops at the first error: a list of a hundred thousand invalid values has as many, and each repeats its value.
 * @throws GraphQLError
 */
export function assertFit(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Record<string, unknown>,
): void {
  const [error] = getVariableValues(schema, variableDefinitions, variables, { maxErrors: 1 }).errors ?? [];
  if (!error) return;
  const { message, nodes } = error;
  throw new GraphQLError(message, { nodes: nodes ?? null, extensions: { code: 'BAD_REQUEST', http: { status: 400, spec: true } } });
}

/** The validation rule that refuses long names: an answer repeats the name of a field for each of its values. */
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
 * Counts the root fields of a kind by their names in the answer: each is executed once, also when the document repeats it. A
 * fragment is read once, because fragments that contain each other would be read without end.
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
