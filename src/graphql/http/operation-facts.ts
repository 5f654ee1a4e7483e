import {
  type DocumentNode,
  getOperationAST,
  isInputObjectType,
  Kind,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type TypeNode,
  typeFromAST,
} from 'graphql';
import type { ViewerPlan } from '../../account/viewer.ts';
import { type Projection, prepareProjection } from '../schema/projection.ts';
import { planOfQuery } from '../schema/viewer-parts.ts';
import { assertFit, measureOperation, type Operation, type OperationSize } from './limits.ts';

/** What the document alone says of one of its operations. */
type Facts = {
  readonly size: OperationSize;
  /** What it reads of the viewer; null where it reads nothing of it, or changes something. */
  readonly plan: ViewerPlan | null;
  /** Writes its answer without the executor; null where it asks for more than columns. Prepared when it runs again. */
  project?: Projection | null;
  isRepeated: boolean;
};

// Found when an operation first runs, and kept as long as its parsed document: within the bound of that cache.
const facts = new WeakMap<DocumentNode, Map<string, Facts>>();

/**
 * Measures an operation, once for each document where variables cannot change its size. Null when the document has no
 * operation of the name.
 * @throws what `measureOperation` throws.
 */
export function measureOnce(operation: Operation): OperationSize | null {
  const { schema, document, variableValues } = operation;
  const known = findFacts(document, operation.operationName);
  const definition = getOperationAST(document, operation.operationName);
  if (known && definition) {
    if (definition.variableDefinitions?.length) assertFit(schema, definition, variableValues ?? {});
    return known.size;
  }
  const size = measureOperation(operation);
  if (size && definition && isSizeFixed(operation, definition)) {
    const byName = facts.get(document) ?? new Map<string, Facts>();
    facts.set(document, byName.set(operation.operationName ?? '', { size, plan: planOfQuery(document, definition), isRepeated: false }));
  }
  return size;
}

/** What an operation that ran before reads of the viewer; null where that is not known. */
export function findViewerPlan(document: DocumentNode | undefined, operationName: unknown): ViewerPlan | null {
  return (document && findFacts(document, operationName)?.plan) ?? null;
}

/** How a query that ran before is answered without the executor; null where it cannot be. */
export function findProjection({ schema, document, operationName }: Omit<Operation, 'contextValue'>) {
  const known = findFacts(document, operationName);
  const definition = getOperationAST(document, operationName);
  if (!known?.plan || !definition) return null;
  if (known.project === undefined && known.isRepeated) known.project = prepareProjection(schema, document, definition);
  known.isRepeated = true;
  return known.project ? { plan: known.plan, project: known.project } : null;
}

function findFacts(document: DocumentNode, operationName: unknown): Facts | undefined {
  return facts.get(document)?.get(typeof operationName === 'string' ? operationName : '');
}

/** No size depends on what an input object holds; a scalar can be the length of a page or a condition. */
function isSizeFixed({ schema }: Operation, { variableDefinitions = [] }: OperationDefinitionNode): boolean {
  return variableDefinitions.every(({ type }) => isInputObjectType(typeFromAST(schema, namedType(type))));
}

function namedType(type: TypeNode): NamedTypeNode {
  return type.kind === Kind.NAMED_TYPE ? type : namedType(type.type);
}
