import { z } from 'zod';

/** Documents a field: what it means, and a value of it. */
export function field<Schema extends z.ZodType>(schema: Schema, description: string, example: unknown): Schema {
  return schema.meta({ description, examples: [example] });
}

/** A time on the wire, as PHP's ATOM format writes it: whole seconds, and the offset of UTC in digits. */
export const wireTime = field(z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/), 'A time.', '2026-01-31T12:00:00+00:00');

export function toWireTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}+00:00`;
}

/** The schema of an item: the name of its type, and its attributes. */
export function itemOf<const Name extends string, Attributes extends z.ZodRawShape>(object: Name, attributes: Attributes) {
  return z.object({ object: z.literal(object), attributes: z.object(attributes) });
}

export function item<const Name extends string, Attributes>(object: Name, attributes: Attributes) {
  return { object, attributes };
}

/** The schema of a list without pages. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ object: z.literal('list'), data: z.array(item) });
}

export function list<Item>(data: Item[]) {
  return { object: 'list' as const, data };
}

/** A value that a schema allows: the first of its `examples`, or one made from the examples of its parts. */
export function exampleOf(schema: z.core.$ZodType): unknown {
  const examples = z.globalRegistry.get(schema)?.['examples'];
  if (Array.isArray(examples)) return examples[0];
  if (schema instanceof z.ZodLiteral) return schema.value;
  if (schema instanceof z.ZodArray) return [exampleOf(schema.element)];
  if (!(schema instanceof z.ZodObject)) throw new Error('a wire schema has no example');
  const fields = Object.entries(schema.shape).filter(([, field]) => !(field instanceof z.ZodOptional));
  return Object.fromEntries(fields.map(([name, field]) => [name, exampleOf(field)]));
}
