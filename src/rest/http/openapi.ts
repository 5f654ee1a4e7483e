import { z } from 'zod';
import { routes } from '../routes/routes.ts';
import { type DocumentedRefusal, documentRefusals, sharedRefusals } from './documented-refusals.ts';
import { errorsSchema } from './errors.ts';
import { responseHeaders, securitySchemes, title } from './openapi-parts.ts';
import type { Route } from './route.ts';
import { wireName } from './validation.ts';
import { exampleOf } from './wire.ts';

type Json = Readonly<Record<string, unknown>>;

/** OpenAPI 3.1 of every route, made from the table that answers the requests. */
export function describeApi(url: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = `/api/client${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) };
  }
  const tags = [...new Set(routes.map(tagOf))].map((name) => ({ name }));
  const responses = Object.fromEntries(sharedRefusals.map((refusal) => [refusal.name, describeFailure(refusal.status, [refusal])]));
  const components = { securitySchemes, headers: responseHeaders, responses, schemas: describeAnswers() };
  return { openapi: '3.1.0', info: title, servers: [{ url }], security: [{ bearer: [] }], tags, paths, components };
}

function describeRoute(route: Route): Json {
  const { path, summary, note, query = {}, example = {} } = route;
  const fields = Object.entries(wireFields(route));
  const isInPath = (name: string) => path.includes(`{${name}}`);
  const inPath = fields
    .filter(([name]) => isInPath(name))
    .map(([name, field]) => ({ ...describeParameter(name, 'path', field, example[name]), required: true }));
  const inQuery = Object.entries(query).map(([name, field]) => describeParameter(name, 'query', field, exampleOf(field)));
  const inBody = fields.filter(([name]) => !isInPath(name));
  const parameters = [...inPath, ...inQuery];
  return {
    operationId: operationId(route),
    tags: [tagOf(route)],
    summary,
    ...(note ? { description: note } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(inBody.length === 0 ? {} : { requestBody: describeBody(z.object(Object.fromEntries(inBody)), example) }),
    responses: { ...describeSuccess(route), ...describeFailures(route) },
  };
}

/** The fields of the domain by their names on the wire, where a new password is sent twice. */
function wireFields({ input }: Route): z.ZodRawShape {
  const fields = Object.entries(input?.shape ?? {}).map(([name, field]) => {
    const isConfirmation = name === 'confirmation' && field instanceof z.ZodOptional;
    return [wireName(name), isConfirmation ? field.unwrap() : field];
  });
  return Object.fromEntries(fields);
}

function describeParameter(name: string, place: 'path' | 'query', field: z.core.$ZodType, example: unknown): Json {
  const { description, examples: _examples, ...schema } = describeSchema(field);
  return { name, in: place, description, schema, example };
}

function describeBody(fields: z.ZodObject, example: unknown): Json {
  const content = { schema: describeSchema(fields), example };
  return { required: true, content: { 'application/json': content, 'application/x-www-form-urlencoded': content } };
}

function describeSchema(schema: z.core.$ZodType): Json {
  const { $schema: _version, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return described;
}

/** The schemas of the bodies by their ids. */
function describeAnswers(): Json {
  const answers = z.registry<{ id: string }>();
  for (const schema of [...routes.flatMap(({ answer }) => answer ?? []), errorsSchema]) answers.add(schema, { id: idOf(schema) });
  const { schemas } = z.toJSONSchema(answers, { uri: toReference });
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema: _version, $id: _id, ...schema }]) => [id, schema]));
}

function idOf(schema: z.ZodType): string {
  return z.globalRegistry.get(schema)?.id ?? '';
}

function toReference(id: string): string {
  return `#/components/schemas/${id}`;
}

/** The name of a route in the description of the API. */
export function operationId({ method, path }: Route): string {
  const words = (path || '/servers').replaceAll(/[{}]/g, '').split(/[/-]/).filter(Boolean);
  return [method.toLowerCase(), ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
}

/** The noun of a route: what its path names after the account. */
function tagOf({ path }: Route): string {
  const [, first = 'servers', second = 'profile'] = path.split('/');
  if (first !== 'account') return 'servers';
  return ['email', 'username'].includes(second) ? 'profile' : second;
}

function describeSuccess({ answer }: Route): Json {
  if (!answer) return { 204: { description: 'Done.', headers: headersOf(204) } };
  const content = { 'application/json': { schema: { $ref: toReference(idOf(answer)) }, example: exampleOf(answer) } };
  return { 200: { description: 'Done.', headers: headersOf(200), content } };
}

function describeFailures(route: Route): Json {
  const byStatus = Map.groupBy(documentRefusals(route), ({ status }) => status);
  return Object.fromEntries(
    [...byStatus].map(([status, refusals]) => [status, shareFailure(refusals) ?? describeFailure(status, refusals)]),
  );
}

/** The answers that are the same for every route are described once. */
function shareFailure([refusal, ...others]: readonly DocumentedRefusal[]): Json | null {
  const isShared = others.length === 0 && sharedRefusals.some(({ name }) => name === refusal?.name);
  return isShared ? { $ref: `#/components/responses/${refusal?.name}` } : null;
}

function describeFailure(status: number, refusals: readonly DocumentedRefusal[]): Json {
  const examples = Object.fromEntries(refusals.map(({ name, body }) => [name, { summary: name, value: body }]));
  const content = { 'application/json': { schema: { $ref: toReference(idOf(errorsSchema)) }, examples } };
  return { description: refusals.map(({ name }) => name).join(', '), headers: headersOf(status), content };
}

/** The headers of an answer by its status. */
function headersOf(status: number): Json {
  const isCounted = ![401, 403, 413, 415, 500].includes(status);
  const names = [
    'X-Request-Id',
    ...(isCounted ? ['X-RateLimit-Limit', 'X-RateLimit-Remaining'] : []),
    ...(status === 429 ? ['X-RateLimit-Reset'] : []),
    ...(status === 401 ? ['WWW-Authenticate'] : []),
    ...(status === 415 ? ['Accept-Encoding'] : []),
    ...(status === 429 || status === 503 ? ['Retry-After'] : []),
    ...(status === 500 || status === 503 ? ['X-Correlation-Id'] : []),
  ];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
