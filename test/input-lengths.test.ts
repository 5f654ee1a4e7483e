import { readdirSync, readFileSync } from 'node:fs';
import { type GraphQLInputType, getNamedType, isInputObjectType, isListType, isNonNullType, isObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { buildSchema } from '../src/graphql/schema/schema.ts';
import { forwardedHeaders } from '../src/net/client-address.ts';
import type { Route } from '../src/rest/http/route.ts';
import { wireName } from '../src/rest/http/validation.ts';
import { routes } from '../src/rest/routes/routes.ts';
import { startGateway } from './harness.ts';

const gateway = await startGateway({
  env: { LIMIT_REQUESTS_PER_MINUTE: '0', LIMIT_SIGN_INS_PER_MINUTE: '0', LIMIT_WRONG_SECRETS_PER_15_MINUTES: '0' },
});
const person = await gateway.createPerson();

/** Marks of two classes in an order that must be sorted: to normalize them takes quadratic time. */
const hostile = `a${'\u0301'.repeat(12_000)}${'\u0316'.repeat(12_000)}`;
const beginning = hostile.slice(0, 100);
/** The longest text that is read: a public key. */
const readUnitsMax = 16_384;

const textMethods = ['normalize', 'toLowerCase', 'toUpperCase', 'trim', 'split', 'match', 'matchAll', 'replace', 'replaceAll'] as const;

/** Sends requests, and lists each way in which a text of the caller that is longer than any input was read. */
async function listReads(send: () => Promise<unknown>): Promise<string[]> {
  const reads: string[] = [];
  const note = (name: string, text: unknown) => {
    if (typeof text !== 'string' || text.length <= readUnitsMax || !text.startsWith(beginning)) return;
    reads.push(name);
  };
  const restores = [
    ...[...textMethods, Symbol.iterator].map((name) => watch(String.prototype, name, (text) => note(String(name), String(text)))),
    ...['exec', 'test'].map((name) => watch(RegExp.prototype, name, (_pattern, text) => note(name, text))),
  ];
  try {
    await send();
  } finally {
    for (const restore of restores) restore();
  }
  return reads;
}

/** Calls `note` before each call of a method. @returns what ends that. */
function watch(prototype: object, name: string | symbol, note: (self: unknown, argument: unknown) => void): () => void {
  const original = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
  const method = original.value;
  const value = function (this: unknown, ...given: unknown[]) {
    note(this, given[0]);
    return Reflect.apply(method, this, given);
  };
  Object.defineProperty(prototype, name, { ...original, value });
  return () => Object.defineProperty(prototype, name, original);
}

/** What each field may hold where another field is tested. */
const plausible: Readonly<Record<string, unknown>> = {
  password: person.password,
  currentPassword: person.password,
  newPassword: 'plausible Wording 72',
  confirmation: 'plausible Wording 72',
  login: person.username,
  email: `new.${person.email}`,
  username: `new.${person.username}`,
  code: '123456',
  description: 'x',
  name: 'x',
};

describe('a text that is longer than any input is refused before anything normalizes, folds, splits or matches it', () => {
  const places = findPlaces();

  test('in GraphQL there are such texts in every field of every input', () => {
    expect(places.map(({ name }) => name)).toEqual(expect.arrayContaining(['checkPassword.password', 'signIn.input.login', 'node.id']));
    expect(places.length).toBeGreaterThan(25);
  });

  test.each(places)('$name', async ({ name, document, variables }) => {
    let answer = '';
    const headers = { 'content-type': 'application/json', ...(/signIn/i.test(name) ? {} : { authorization: `Bearer ${person.token}` }) };
    const body = JSON.stringify({ query: document, variables });
    const reads = await listReads(async () => {
      const response = await gateway.fetch('/graphql', { method: 'POST', headers, body });
      // A stream has no end.
      if (document.startsWith('subscription')) await response.body?.cancel();
      else answer = await response.text();
    });
    expect(reads).toEqual([]);
    expect(answer).not.toMatch(/Payload|"acceptable":true|INTERNAL/);
  });

  test.each(findFields())('$method $path, $field', async ({ method, path, fields }) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const statuses: number[] = [];
    const reads = await listReads(async () => {
      for (const [query, ask] of [
        ['', { body: nest(fields) }],
        ['', { headers, body: form(fields) }],
        [`?${form(fields)}`, {}],
      ] as const) {
        statuses.push((await gateway.rest(method, path + query, { ...person, ...ask })).status);
      }
    });
    expect(reads).toEqual([]);
    for (const status of statuses) expect([400, 404, 422]).toContain(status);
  });
});

describe('a text beside the inputs', () => {
  const parameterized = routes.filter(({ path }) => path.includes('{'));

  test.each(parameterized)('$method $path, in the path', async ({ method, path }) => {
    let status = 0;
    const reads = await listReads(async () => {
      status = (await gateway.rest(method, path.replace(/\{.*/, encodeURIComponent(hostile)), person)).status;
    });
    expect([status, reads]).toEqual([404, []]);
  });

  test.each([
    ['operationName', { query: 'query a { __typename }', operationName: hostile }],
    ['documentId', { query: '{ __typename }', documentId: hostile }],
    ['the hash of a document', { extensions: { persistedQuery: { version: 1, sha256Hash: hostile } } }],
    ['the name of a variable', { query: '{ __typename }', variables: { [hostile]: hostile } }],
  ])('of GraphQL over HTTP: %s', async (_name, body) => {
    const headers = { 'content-type': 'application/json' };
    const query = new URLSearchParams(
      Object.entries(body).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    );
    const statuses: number[] = [];
    const reads = await listReads(async () => {
      for (const [path, init] of [
        ['/graphql', { method: 'POST', headers, body: JSON.stringify(body) }],
        [`/graphql?${query}`, {}],
      ] as const) {
        statuses.push((await gateway.fetch(path, init)).status);
      }
    });
    expect(reads).toEqual([]);
    for (const status of statuses) expect([200, 400]).toContain(status);
  });
});

describe('a header', () => {
  const source = readdirSync(new URL('../src', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('generated'))
    .map((file) => readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8'))
    .join('\n');
  const found = [...source.matchAll(/header\('([a-z-]+)'\)/g)].map(([, name = '']) => name);
  const names = [...new Set([...found, ...forwardedHeaders])];

  test('of those that are read is found in the source', () => {
    expect(names).toEqual(
      expect.arrayContaining(['authorization', 'cookie', 'accept', 'origin', 'user-agent', 'x-forwarded-for', 'content-type']),
    );
  });

  test.each(names)('%s is cut before anything splits or matches it', async (name) => {
    for (const [path, method] of [
      ['/graphql', 'POST'],
      ['/graphql', 'GET'],
      ['/api/client/account', 'GET'],
      ['/api/client/account/email', 'OPTIONS'],
    ] as const) {
      const headers = {
        ...(name === 'authorization' || name === 'cookie' ? {} : { authorization: `Bearer ${person.token}` }),
        [name]: hostile,
      };
      const body = method === 'POST' ? JSON.stringify({ query: '{ __typename }' }) : null;
      let status = 0;
      const reads = await listReads(async () => {
        const answer = await gateway.fetch(path, { method, headers: { 'content-type': 'application/json', ...headers }, body });
        status = answer.status;
        await answer.text();
      });
      expect(reads).toEqual([]);
      expect(status).toBeLessThan(500);
    }
  });
});

describe('an answer is the same as to a wrong value', () => {
  test('for a login and a password that are too long', async () => {
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename ... on Error { code } } }';
    const signIn = async (login: string, password: string) =>
      (await gateway.graphql(query, { input: { login, password } })).data.signIn.code;
    expect(await signIn(person.username, hostile)).toBe('INVALID_CREDENTIALS');
    expect(await signIn(hostile, person.password)).toBe('INVALID_CREDENTIALS');
    expect(await signIn(person.username + ' '.repeat(400), person.password)).toBe('INVALID_CREDENTIALS');
    const input = { currentPassword: hostile, newPassword: 'plausible Wording 72' };
    expect(await gateway.mutate('updatePassword', input, 'viewer { id }', person)).toMatchObject({ code: 'INCORRECT_PASSWORD' });
    const body = { current_password: hostile, password: 'x', password_confirmation: 'x' };
    const rest = await gateway.rest('PUT', '/account/password', { ...person, body });
    expect([rest.status, rest.body.errors[0].code]).toEqual([400, 'InvalidPasswordProvidedException']);
  });

  test('for a new password: the rule and its number', async () => {
    const { data } = await gateway.graphql('query ($p: String!) { checkPassword(password: $p) { acceptable reasons } }', { p: hostile });
    expect(data.checkPassword).toEqual({ acceptable: false, reasons: ['TOO_LONG'] });
    const body = { current_password: person.password, password: hostile, password_confirmation: hostile };
    const rest = await gateway.rest('PUT', '/account/password', { ...person, body });
    expect([rest.status, rest.body.errors[0].detail]).toEqual([422, 'The password may not be greater than 1024 characters.']);
  });
});

type Place = { readonly name: string; readonly document: string; readonly variables: Record<string, unknown> };

/** Every text of every argument: a document in which it is the hostile one. */
function findPlaces(): Place[] {
  const schema = buildSchema();
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) || type.name.startsWith('__')) return [];
    return Object.values(type.getFields()).flatMap((field) =>
      field.args.flatMap((argument) =>
        textPaths(argument.type).map((path): Place => {
          const variables = { v: hostileValue(argument.type, path) };
          const required = field.args.filter((other) => other !== argument && isNonNullType(other.type));
          if (required.length > 0) throw new Error(`${field.name} has another required argument`);
          const selected =
            isObjectType(getNamedType(field.type)) && 'edges' in (getNamedType(field.type) as never as { getFields(): object }).getFields();
          const answer = selected ? '{ edges { cursor } }' : field.name === 'checkPassword' ? '{ acceptable }' : '{ __typename }';
          const call = `${field.name}(${argument.name}: $v) ${answer}`;
          const kind = type === schema.getMutationType() ? 'mutation' : type === schema.getSubscriptionType() ? 'subscription' : 'query';
          const body = type.name === 'Viewer' ? `viewer { ${call} }` : call;
          const name = [field.name, argument.name, ...path].join('.');
          return { name, document: `${kind} ($v: ${argument.type}) { ${body} }`, variables };
        }),
      ),
    );
  });
}

/** The paths of the texts in a type: an empty one, where it is a text itself. */
function textPaths(type: GraphQLInputType): string[][] {
  if (isNonNullType(type)) return textPaths(type.ofType);
  if (isListType(type)) return textPaths(type.ofType).map((path) => ['0', ...path]);
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).flatMap((field) => textPaths(field.type).map((path) => [field.name, ...path]));
  }
  return ['String', 'ID'].includes(type.name) ? [[]] : [];
}

function hostileValue(type: GraphQLInputType, path: readonly string[]): unknown {
  if (isNonNullType(type)) return hostileValue(type.ofType, path);
  if (isListType(type)) return [hostileValue(type.ofType, path.slice(1))];
  if (!isInputObjectType(type)) return hostile;
  const [name = '', ...rest] = path;
  const fields = type.isOneOf ? [] : Object.values(type.getFields()).filter((field) => field.name !== name && isNonNullType(field.type));
  const others = fields.map((field) => [field.name, plausible[field.name] ?? 'x'] as const);
  const chosen = type.getFields()[name];
  if (!chosen) throw new Error(`no field ${name}`);
  return { ...Object.fromEntries(others), [name]: hostileValue(chosen.type, rest) };
}

/** Every field of every route of REST, and every query parameter, with the others plausible. */
function findFields() {
  return routes.flatMap(({ method, path, input, query = {} }: Route) => {
    const names = [...Object.keys(input?.shape ?? {}).map(wireName), ...Object.keys(query)];
    const others = Object.keys(input?.shape ?? {}).map((name) => [wireName(name), plausible[name] ?? 'x'] as const);
    return names.map((field) => {
      const fields = { ...Object.fromEntries(others), [field]: field === 'allowed_ips' ? [hostile] : hostile };
      return { method, field, path: path.replace(/\{.*/, 'x'), fields };
    });
  });
}

/** JSON has an object where a form has brackets. */
function nest({ 'filter[event]': event, ...fields }: Readonly<Record<string, unknown>>): object {
  return event === undefined ? fields : { ...fields, filter: { event } };
}

function form(fields: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(fields).map(([name, value]) => [Array.isArray(value) ? `${name}[]` : name, String(value)]);
  return new URLSearchParams(pairs).toString();
}
