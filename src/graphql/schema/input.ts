import type { InputRef } from '@pothos/core';
import { describeInput } from '../../account/input.ts';
import { builder, parseGlobalId, rowId } from './builder.ts';

/** A property of a JSON Schema, with what inputs of operations add to it. */
type Property = {
  readonly type?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Property[];
  /** The name of the input type of an object; else its field names it. */
  readonly typeName?: string;
  readonly isOneOf?: boolean;
  /** The type of the node whose global id the field takes. */
  readonly node?: string;
};

type InputType = InputRef<Readonly<Record<string, unknown>>>;

/** An input type, and the function that turns what clients send into what the operation takes. */
export type OperationInput = {
  readonly type: InputType;
  decode(input: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
};

/**
 * Makes the GraphQL input type of an operation from its input schema; null where it has no fields.
 * @param omitted fields that GraphQL does not offer.
 */
export function inputOf(
  name: string,
  operation: { readonly name: string; readonly input: Parameters<typeof describeInput>[0] },
  omitted: readonly string[],
): OperationInput | null {
  const schema: Property = describeInput(operation.input);
  const properties = Object.entries(schema.properties ?? {}).filter(([field]) => !omitted.includes(field));
  if (properties.length === 0) return null;
  const nodes = properties.flatMap(([field, { node }]) => (node === undefined ? [] : [{ field, node }]));
  return {
    type: createInputType(name, { ...schema, properties: Object.fromEntries(properties), description: `Input of \`${operation.name}\`.` }),
    decode: (input) => ({ ...input, ...Object.fromEntries(nodes.map(({ field, node }) => [field, decodeId(node, input[field])])) }),
  };
}

function createInputType(name: string, { description = '', properties = {}, required = [], isOneOf = false }: Property): InputType {
  // Types of nested objects come first: a type is made once, not at each call of `fields`.
  const nested = Object.fromEntries(
    Object.entries(properties).flatMap(([field, property]) =>
      property.properties ? [[field, createInputType(property.typeName ?? field, property)] as const] : [],
    ),
  );
  return builder.inputType(name, {
    description,
    ...(isOneOf ? { isOneOf } : {}),
    fields: (t) =>
      Object.fromEntries(
        Object.entries(properties).map(([field, property]) => {
          const options = { required: required.includes(field), description: property.description ?? '' };
          const type = nested[field];
          if (type) return [field, t.field({ type, ...options })];
          if (property.node !== undefined) return [field, t.id(options)];
          return [field, isList(property) ? t.stringList(options) : t.string(options)];
        }),
      ),
  });
}

function isList({ type, anyOf = [] }: Property): boolean {
  return type === 'array' || anyOf.some(isList);
}

function decodeId(node: string, value: unknown): number {
  const parsed = parseGlobalId(String(value));
  return parsed?.typename === node ? rowId(parsed.id) : 0;
}
