import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  coerceInputValue,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  isInputType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  typeFromAST,
  type ValidationRule,
  type VariableDefinitionNode,
} from 'graphql';
import type { GraphContext } from '../schema/builder.ts';
import { fieldCosts } from '../schema/field-costs.ts';
import { limitExceeded } from '../schema/request-limits.ts';
import { hideValues } from './hide-values.ts';

/** The size of an operation, by its document and variables only. */
export type OperationSize = {
  /** The fields of the root, by their names in the schema, each once for every name in the answer. */
  readonly fields: readonly string[];
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
  const fields = listRootFields(document, operation);
  const count = (isCounted: (field: string) => boolean) => fields.filter(isCounted).length;
  return {
    fields,
    cost: complexity + fieldCosts.introspection * count((field) => field === '__type'),
    changes: operation.operation === 'mutation' ? count((field) => field !== '__typename') : 0,
    passwordChecks: count((field) => field === 'checkPassword'),
    secrets: count((field) => checksSecret(schema, field)),
    introspections: count((field) => field === '__schema'),
  };
}

/**
 * Refuses variables that do not fit. It stops at the first error: a list of a hundred thousand invalid values has as many.
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
  const misfits = variableDefinitions.map((definition) => findMisfit(schema, definition, variables)).filter((found) => found !== null);
  throw new GraphQLError(misfits[0] ?? message, {
    nodes: nodes ?? null,
    extensions: { code: 'BAD_REQUEST', http: { status: 400, spec: true } },
  });
}

/**
 * Where in a variable the first value is that does not fit, and why; null where all fit or the variable is missing. The value
 * itself can be a password.
 */
function findMisfit(schema: GraphQLSchema, { variable, type }: VariableDefinitionNode, variables: Record<string, unknown>): string | null {
  const name = variable.name.value;
  const expected = typeFromAST(schema, type);
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (!isInputType(expected) || value === undefined) return null;
  try {
    coerceInputValue(value, expected, (path, _value, error) => {
      throw new Misfit(`${name}${path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')}`, error);
    });
    return null;
  } catch (error) {
    if (!(error instanceof Misfit)) return null;
    return `Variable "$${name}" got an invalid value at "${error.path}": ${hideValues(error.message)}`;
  }
}

/** The first value that does not fit. */
class Misfit extends Error {
  readonly path: string;
  constructor(path: string, { message }: Error) {
    super(message);
    this.path = path;
  }
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
 * Lists the root fields, one for each name in the answer: it is executed once, also when the document repeats it. A
 * fragment is read once, because fragments that contain each other would be read without end.
 */
function listRootFields(document: DocumentNode, { selectionSet }: OperationDefinitionNode): string[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  const listed = new Map<string, string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      if (selection.kind === Kind.FIELD) listed.set(selection.alias?.value ?? selection.name.value, selection.name.value);
      if (selection.kind !== Kind.FRAGMENT_SPREAD) continue;
      const fragment = fragments.get(selection.name.value);
      fragments.delete(selection.name.value);
      if (fragment) collect(fragment.selectionSet);
    }
  };
  collect(selectionSet);
  return [...listed.values()];
}

function checksSecret(schema: GraphQLSchema, field: string): boolean {
  return schema.getMutationType()?.getFields()[field]?.extensions['checksSecret'] === true;
}
