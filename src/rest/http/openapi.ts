import { describeInput } from '../../account/input.ts';
import { routes } from '../routes/routes.ts';
import { type DocumentedRefusal, documentedRefusals, sharedRefusals } from './documented-refusals.ts';
import { answerExamples } from './examples.ts';
import { responseHeaders, securitySchemes, title } from './openapi-parts.ts';
import { fieldDescriptions, parameters } from './parameters.ts';
import type { Route } from './route.ts';
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
  const tags = [...new Set(routes.map(tagOf))].map((name) => ({ name }));
  const responses = Object.fromEntries(sharedRefusals().map((refused) => [refused.name, describeFailure(refused.status, [refused])]));
  const components = { securitySchemes, headers: responseHeaders, responses, schemas: answerSchemas };
  return { openapi: '3.1.0', info: title, servers: [{ url: origin }], security: [{ bearer: [] }], tags, paths, components };
}

function describeRoute(route: Route): Json {
  const described = [...pathParameters(route), ...(route.query ?? []).map((name) => ({ name, in: 'query', ...parameters[name] }))];
  return {
    operationId: operationId(route),
    tags: [tagOf(route)],
    summary: route.summary,
    ...(route.note ? { description: route.note } : {}),
    ...(described.length === 0 ? {} : { parameters: described }),
    ...(route.input ? { requestBody: { required: true, content: requestContent(route.input, route.example) } } : {}),
    responses: { ...success(route), ...failures(route) },
  };
}

function operationId({ method, path }: Route): string {
  const words = `${path || '/servers'}`
    .replaceAll(/[{}]/g, '')
    .split(/[/-]/)
    .filter((word) => word !== '');
  return [method.toLowerCase(), ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
}

/** The capability a route belongs to: what its path names after the account. */
function tagOf({ path }: Route): string {
  const [, first = 'servers', second = 'profile'] = path.split('/');
  if (first !== 'account') return 'servers';
  return ['email', 'username'].includes(second) ? 'profile' : second;
}

function pathParameters({ path }: Route): Json[] {
  const names = (['identifier', 'fingerprint'] as const).filter((name) => path.includes(`{${name}}`));
  return names.map((name) => ({ name, in: 'path', required: true, ...parameters[name] }));
}

function requestContent(input: NonNullable<Route['input']>, example: Route['example']): Json {
  const content = { schema: wireSchema(describeInput(input)), example };
  return { 'application/json': content, 'application/x-www-form-urlencoded': content };
}

function success({ answer }: Route): Json {
  if (!answer) return { 204: { description: 'Done.', headers: headersOf(204) } };
  const schema = { $ref: `#/components/schemas/${answer}` };
  const content = { 'application/json': { schema, example: answerExamples[answer] } };
  return { 200: { description: 'Done.', headers: headersOf(200), content } };
}

function failures(route: Route): Json {
  const byStatus = Map.groupBy(documentedRefusals(route), ({ status }) => status);
  return Object.fromEntries([...byStatus].map(([status, refused]) => [status, shareFailure(refused) ?? describeFailure(status, refused)]));
}

/** What every route answers alike is written down once. */
function shareFailure([refused, ...others]: readonly DocumentedRefusal[]): Json | null {
  const isShared = others.length === 0 && sharedRefusals().some(({ name }) => name === refused?.name);
  return isShared ? { $ref: `#/components/responses/${refused?.name}` } : null;
}

function describeFailure(status: number, refused: readonly DocumentedRefusal[]): Json {
  const examples = Object.fromEntries(refused.map(({ name, body }) => [name, { summary: name, value: body }]));
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Errors' }, examples } };
  return { description: refused.map(({ name }) => name).join(', '), headers: headersOf(status), content };
}

/** The headers of an answer: what is left of the budget, and when to come back where that is known. */
function headersOf(status: number): Json {
  const isCounted = ![401, 403, 413, 500].includes(status);
  const names = [
    'X-Request-Id',
    ...(isCounted ? ['X-RateLimit-Limit', 'X-RateLimit-Remaining'] : []),
    ...(status === 429 ? ['X-RateLimit-Reset'] : []),
    ...(status === 429 || status === 503 ? ['Retry-After'] : []),
    ...(status === 500 || status === 503 ? ['X-Correlation-Id'] : []),
  ];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** The domain's schema with the names of the wire, where a password that is set is asked for twice. */
function wireSchema(schema: Json): Json {
  const { $schema: _dialect, properties, required, ...rest } = schema;
  const fields = Object.entries(properties ?? {}).map(([name, value]) => [wireName(name), describeField(wireName(name), value)] as const);
  const names = Array.isArray(required) ? required.map((name) => wireName(String(name))) : [];
  const isConfirmed = fields.some(([name]) => name === 'password_confirmation');
  return { ...rest, properties: Object.fromEntries(fields), required: isConfirmed ? [...names, 'password_confirmation'] : names };
}

function describeField(name: string, schema: unknown): Json {
  return { ...(typeof schema === 'object' ? schema : {}), description: fieldDescriptions[name] };
}
