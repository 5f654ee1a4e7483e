/** The rules of OpenAPI 3.1 for the parts that are used here, as JSON Schema 2020-12. Other parts are refused. */
const text = { type: 'string', minLength: 1 };
const schema = { type: 'object' };

function object(required: Record<string, unknown>, optional: Record<string, unknown> = {}) {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional }, additionalProperties: false };
}

function mapOf(values: unknown, names = '.') {
  return { type: 'object', minProperties: 1, propertyNames: { pattern: names }, additionalProperties: values };
}

const reference = object({ $ref: { type: 'string', pattern: '^#/components/' } });
const example = object({ summary: text, value: {} });
const header = { anyOf: [reference, object({ description: text, schema })] };
const mediaType = {
  oneOf: [object({ schema, example: {} }), object({ schema, examples: mapOf(example) })],
};
const content = mapOf(mediaType, '^[a-z]+/[a-z0-9.+-]+$');
const response = { anyOf: [reference, object({ description: text, headers: mapOf(header) }, { content })] };
const described = { name: text, description: text, schema, example: {} };
const parameter = {
  oneOf: [object({ ...described, in: { const: 'path' }, required: { const: true } }), object({ ...described, in: { const: 'query' } })],
};

const operation = object(
  {
    operationId: { type: 'string', pattern: '^[a-z][A-Za-z]+$' },
    summary: text,
    tags: { type: 'array', minItems: 1, items: text },
    responses: mapOf(response, '^[2-5]\\d\\d$'),
  },
  {
    description: text,
    parameters: { type: 'array', items: parameter },
    requestBody: object({ required: { const: true }, content }),
  },
);

export const openApiStructure = object({
  openapi: { type: 'string', pattern: '^3\\.1\\.\\d+$' },
  info: object({ title: text, version: text, summary: text, description: text, license: object({ name: text, identifier: text }) }),
  servers: { type: 'array', minItems: 1, items: object({ url: { type: 'string', format: 'uri' } }) },
  security: { type: 'array', minItems: 1, items: mapOf({ type: 'array', items: text }) },
  tags: { type: 'array', uniqueItems: true, items: object({ name: text }) },
  paths: mapOf(
    { type: 'object', minProperties: 1, propertyNames: { enum: ['get', 'put', 'post', 'delete'] }, additionalProperties: operation },
    '^/',
  ),
  components: object({
    securitySchemes: mapOf(object({ type: { const: 'http' }, scheme: { const: 'bearer' }, description: text })),
    headers: mapOf(header),
    responses: mapOf(response),
    schemas: mapOf(schema),
  }),
});
