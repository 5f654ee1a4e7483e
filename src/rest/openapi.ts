import { describeInput } from '../account/input.ts';
import { documentedRefusals } from './errors.ts';
import { type Route, routes } from './routes.ts';
import { answerSchemas } from './schemas.ts';
import { wireName } from './validation.ts';

type Json = Record<string, unknown>;

/** OpenAPI 3.1 of every route, made from the table that answers them. */
export function describeApi(origin: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = `/api/client${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Account Gateway',
      version: '1',
      description: "The account domain by the panel's documented paths.",
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: origin }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key: its identifier and its secret, 48 characters.' },
      },
      schemas: answerSchemas,
    },
  };
}

function describeRoute(route: Route): Json {
  const parameters = [...pathParameters(route), ...(route.query ?? []).map((name) => ({ name, in: 'query', schema: { type: 'string' } }))];
  return {
    operationId: operationId(route),
    summary: route.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.input
      ? { requestBody: { required: true, content: { 'application/json': { schema: wireSchema(describeInput(route.input)) } } } }
      : {}),
    responses: { ...success(route), ...failures(route) },
  };
}

function operationId({ method, path }: Route): string {
  const words = path
    .replaceAll(/[{}]/g, '')
    .split(/[/-]/)
    .filter((word) => word !== '');
  return [method.toLowerCase(), ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('') || 'getServers';
}

function pathParameters({ path }: Route): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
}

function success({ answer }: Route): Json {
  if (!answer) return { 204: { description: 'Done.' } };
  return { 200: { description: 'Done.', content: { 'application/json': { schema: { $ref: `#/components/schemas/${answer}` } } } } };
}

function failures(route: Route): Json {
  const byStatus = Map.groupBy(documentedRefusals(route), ({ status }) => status);
  return Object.fromEntries(
    [...byStatus].map(([status, refused]) => {
      const examples = Object.fromEntries(
        refused.map(({ name, status: code, body }) => [name, { summary: `${code} ${name}`, value: body }]),
      );
      const content = { 'application/json': { schema: { $ref: '#/components/schemas/Errors' }, examples } };
      return [status, { description: refused.map(({ name }) => name).join(', '), content }];
    }),
  );
}

/** The domain's schema with the names of the wire. */
function wireSchema(schema: Json): Json {
  const { $schema: _dialect, properties, required, ...rest } = schema;
  return {
    ...rest,
    properties: Object.fromEntries(Object.entries(properties ?? {}).map(([name, value]) => [wireName(name), value])),
    ...(Array.isArray(required) ? { required: required.map((name) => wireName(String(name))) } : {}),
  };
}
