import { encodeGlobalID } from '@pothos/plugin-relay';
import {
  type DocumentNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { ViewerRow } from '../../account/viewer.ts';
import type { GraphContext } from './builder.ts';
import { findPlain } from './loaded-rows.ts';

// The executor resolves every field by itself: its arguments, its path, its promise. A query that only shows columns of a viewer that
// is loaded needs none of that, and is most of what clients send: without this file it takes twice the time of a processor.

/** Writes the data of a query from a viewer that holds all that it shows. @throws NotPlain; the executor then answers. */
export type Projection = (viewer: ViewerRow, context: GraphContext) => Record<string, unknown>;

/** The query, or a value, is not that plain. */
class NotPlain extends Error {}

type Write = (value: unknown, context: GraphContext) => unknown;

/** Prepares the projection of a query; null where it asks for anything but columns of the viewer. */
export function prepareProjection(
  schema: GraphQLSchema,
  document: DocumentNode,
  { operation, selectionSet }: OperationDefinitionNode,
): Projection | null {
  const root = schema.getQueryType();
  if (operation !== 'query' || !root) return null;
  try {
    const write = writeObject(root, selectionSet, schema, document);
    return (viewer, context) => write({ viewer }, context);
  } catch (error) {
    if (error instanceof NotPlain) return null;
    throw error;
  }
}

function writeObject(type: GraphQLObjectType, set: SelectionSetNode, schema: GraphQLSchema, document: DocumentNode) {
  const fields = new Map<string, Write>();
  const add = (selection: SelectionNode): void => {
    if (selection.directives?.length) throw new NotPlain();
    if (selection.kind !== Kind.FIELD) {
      fragmentOf(selection, type, document).selections.forEach(add);
      return;
    }
    const { name, alias, arguments: given } = selection;
    const key = alias?.value ?? name.value;
    // Two selections of one object are merged by the executor.
    if (given?.length || (fields.has(key) && selection.selectionSet)) throw new NotPlain();
    fields.set(key, writeField(type, name.value, selection.selectionSet, schema, document));
  };
  set.selections.forEach(add);
  const writes = [...fields];
  return (row: unknown, context: GraphContext) => {
    // An alias can be `__proto__`.
    const written: Record<string, unknown> = Object.create(null);
    for (const [key, write] of writes) written[key] = write(row, context);
    return written;
  };
}

function fragmentOf(selection: Exclude<SelectionNode, { kind: Kind.FIELD }>, type: GraphQLObjectType, { definitions }: DocumentNode) {
  const isNamed = (one: DocumentNode['definitions'][number]) =>
    one.kind === Kind.FRAGMENT_DEFINITION && selection.kind === Kind.FRAGMENT_SPREAD && one.name.value === selection.name.value;
  const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : definitions.find(isNamed);
  if (fragment?.kind !== Kind.INLINE_FRAGMENT && fragment?.kind !== Kind.FRAGMENT_DEFINITION) throw new NotPlain();
  const condition = fragment.typeCondition?.name.value;
  if (condition !== undefined && condition !== type.name) throw new NotPlain();
  return fragment.selectionSet;
}

function writeField(
  type: GraphQLObjectType,
  name: string,
  set: SelectionSetNode | undefined,
  schema: GraphQLSchema,
  document: DocumentNode,
): Write {
  if (name === '__typename') return () => type.name;
  const field = type.getFields()[name];
  if (!field || field.args.length > 0) throw new NotPlain();
  const complete = completeValue(field.type, set, schema, document);
  if (type === schema.getQueryType()) {
    if (name !== 'viewer') throw new NotPlain();
    return (row, context) => complete(Reflect.get(Object(row), name), context);
  }
  if (name === 'id') return (row) => encodeGlobalID(type.name, String(Reflect.get(Object(row), name)));
  const plain = findPlain(field);
  if (!plain) throw new NotPlain();
  return (row, context) => complete(plain(row, noArguments, context, noInfo), context);
}

const noArguments = {};
/** A resolver of a loaded row reads nothing of it. */
const noInfo = {} as GraphQLResolveInfo;

function completeValue(type: GraphQLOutputType, set: SelectionSetNode | undefined, schema: GraphQLSchema, document: DocumentNode): Write {
  if (isNonNullType(type)) {
    const complete = completeValue(type.ofType, set, schema, document);
    return (value, context) => complete(assertPresent(value), context);
  }
  const complete = completePresent(type, set, schema, document);
  return (value, context) => (value === null || value === undefined ? null : complete(value, context));
}

function completePresent(type: GraphQLOutputType, set: SelectionSetNode | undefined, schema: GraphQLSchema, document: DocumentNode): Write {
  if (isLeafType(type)) return (value) => type.serialize(value);
  if (isListType(type)) {
    const complete = completeValue(type.ofType, set, schema, document);
    return (list, context) => assertList(list).map((one) => complete(one, context));
  }
  if (!isObjectType(type) || !set) throw new NotPlain();
  return writeObject(type, set, schema, document);
}

function assertPresent(value: unknown): unknown {
  if (value === null || value === undefined) throw new NotPlain();
  return value;
}

function assertList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new NotPlain();
  return value;
}
