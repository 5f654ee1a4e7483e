import { randomBytes } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { createKeyRing } from '../src/crypto/keys.ts';
import { connect } from '../src/db/database.ts';
import { routes } from '../src/rest/routes/routes.ts';
import { codeFor, type Person, remember, startGateway, type TestGateway } from './harness.ts';
import { openApiStructure } from './openapi-structure.ts';

const keys = createKeyRing(randomBytes(32), []);
const gateway = await startGateway({ keys });
const inPanelDialect = await startGateway({ keys, db: gateway.db, env: { REST_DIALECT: 'panel' } });
const limited = await startGateway({ keys, db: gateway.db, env: { LIMIT_REQUESTS_PER_MINUTE: '1' } });
const unreachable = remember(connect('postgresql://unknown@127.0.0.1:9/nothing', () => undefined));
const away = await startGateway({ keys, db: unreachable });
const noTables = remember(connect(inject('postgresql').server, () => undefined));
const broken = await startGateway({ keys, db: noTables });
afterAll(() => Promise.all([noTables.$disconnect(), unreachable.$disconnect()]));

// biome-ignore lint/suspicious/noExplicitAny: the tests check the shape of the document.
type Json = any;
const document: Json = await (await gateway.fetch('/openapi.json')).json();
const ajv = new Ajv2020({ strict: true, allErrors: true, formats: { uri: (text) => URL.canParse(text), uuid: /^[0-9a-f-]{36}$/ } });
ajv.addVocabulary(Object.keys(document));
ajv.addSchema(document, 'openapi');

type Asked = { path: string; body?: unknown };
type Reply = Awaited<ReturnType<TestGateway['rest']>>;
const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnl4u1o0sCByY7WrS6EvFGuqcDHsEAPzX9CP6+2fPdk';
const fingerprint = 'sYsMNyu1x72DIK2STleEepJuVFwTWj6+hp9X2WqQWUI';
const addKey = (person: Person) => gateway.rest('POST', '/account/ssh-keys', { ...person, body: { name: 'Laptop', public_key: line } });
const setUp = async (person: Person): Promise<string> =>
  codeFor((await gateway.rest('GET', '/account/two-factor', person)).body.data.secret, gateway.clock.now());

/** A request of every operation that succeeds. A missing one fails a test. */
const requests: Record<string, (person: Person) => Asked | Promise<Asked>> = {
  'GET /account': () => ({ path: '/account' }),
  'PUT /account/email': ({ email, password }) => ({ path: '/account/email', body: { email: `new.${email}`, password } }),
  'PUT /account/password': ({ password }) => ({
    path: '/account/password',
    body: { current_password: password, password: 'battery staple', password_confirmation: 'battery staple' },
  }),
  'PUT /account/profile': () => ({ path: '/account/profile', body: { first_name: 'Ada', language: 'pt-BR' } }),
  'PUT /account/username': ({ username, password }) => ({ path: '/account/username', body: { username: `${username}.new`, password } }),
  'GET /account/two-factor': () => ({ path: '/account/two-factor' }),
  'POST /account/two-factor': async (person) => ({
    path: '/account/two-factor',
    body: { code: await setUp(person), password: person.password },
  }),
  'POST /account/two-factor/disable': ({ password }) => ({ path: '/account/two-factor/disable', body: { password } }),
  'GET /account/activity': async (person) => {
    await addKey(person);
    await gateway.db.activity.create({ data: { accountId: person.id, event: 'auth:fail', ip: '::1', occurredAt: gateway.clock.now() } });
    return { path: '/account/activity?include=actor&sort=-timestamp&per_page=1&page=2&filter[event]=user,auth' };
  },
  'GET /account/api-keys': () => ({ path: '/account/api-keys' }),
  'POST /account/api-keys': () => ({ path: '/account/api-keys', body: { description: 'CI', allowed_ips: ['127.0.0.1'] } }),
  'DELETE /account/api-keys/{identifier}': ({ identifier }) => ({ path: `/account/api-keys/${identifier}` }),
  'GET /account/ssh-keys': async (person) => {
    await addKey(person);
    return { path: '/account/ssh-keys' };
  },
  'POST /account/ssh-keys': () => ({ path: '/account/ssh-keys', body: { name: 'Laptop', public_key: `${line} me@host` } }),
  'POST /account/ssh-keys/remove': () => ({ path: '/account/ssh-keys/remove', body: { fingerprint } }),
  'DELETE /account/ssh-keys/{fingerprint}': async (person) => {
    await addKey(person);
    return { path: `/account/ssh-keys/${encodeURIComponent(fingerprint)}` };
  },
  'GET ': () => ({ path: '?page=1&per_page=10' }),
  'GET /permissions': () => ({ path: '/permissions' }),
};

type Scene = { method: string; person: Person; asked: Asked };
const send = ({ method, person, asked }: Scene, at = gateway, ask: Parameters<TestGateway['rest']>[2] = {}) =>
  at.rest(method, asked.path, { ...person, body: asked.body, ...ask });

/** A way to provoke every documented refusal. A missing one fails a test. */
const provocations: Record<string, (scene: Scene) => Promise<Reply>> = {
  Unauthenticated: (scene) => send(scene, gateway, { token: undefined }),
  AddressNotAllowed: async (scene) => {
    await gateway.db.apiKey.update({ where: { identifier: scene.person.identifier }, data: { allowedIps: ['10.0.0.0/8'] } });
    return send(scene, gateway, { peer: '203.0.113.5' });
  },
  InvalidInput: (scene) => send({ ...scene, asked: invalid(scene) }),
  IncorrectPassword: (scene) => send({ ...scene, asked: withPassword(scene.asked, 'wrong') }),
  RateLimited: async (scene) => {
    for (let guess = 0; guess < 10; guess += 1) await send({ ...scene, asked: withPassword(scene.asked, 'wrong') });
    return send(scene);
  },
  Overloaded: async (scene) => {
    const held = Promise.withResolvers<void>();
    for (let piece = 0; piece < 1_000; piece += 1) gateway.tools.hashing.run(() => held.promise).catch(() => undefined);
    return send(scene).finally(() => held.resolve());
  },
  TwoFactorAlreadyEnabled: async (scene) => {
    await gateway.enableTwoFactor(scene.person);
    return send(scene);
  },
  TwoFactorSetupMissing: async (scene) => {
    await gateway.db.twoFactorSetup.deleteMany({ where: { accountId: scene.person.id } });
    return send(scene);
  },
  InvalidCode: (scene) => send({ ...scene, asked: { ...scene.asked, body: { code: 'abcdef', password: scene.person.password } } }),
  CodeAlreadyUsed: async (scene) => {
    await send(scene);
    return send(scene);
  },
  ApiKeyLimitReached: async (scene) => {
    for (let key = 1; key < 25; key += 1)
      await gateway.rest('POST', '/account/api-keys', { ...scene.person, body: { description: 'one' } });
    return send(scene);
  },
  SshKeyAlreadyAdded: async (scene) => {
    await addKey(scene.person);
    return send(scene);
  },
  SshKeyLimitReached: async (scene) => {
    const row = { accountId: scene.person.id, name: 'one', publicKey: line, createdAt: gateway.clock.now() };
    const rows = Array.from({ length: 100 }, (_, index) => ({ ...row, fingerprint: String(index).padStart(43, 'A') }));
    await gateway.db.sshKey.createMany({ data: rows });
    return send(scene);
  },
  NotFound: (scene) => send({ ...scene, asked: { path: scene.asked.path.replace(/[^/]+$/, 'nothing') } }),
  InvalidFilterQuery: (scene) => send({ ...scene, asked: { path: '/account/activity?filter[ip]=::1' } }),
  InvalidSortQuery: (scene) => send({ ...scene, asked: { path: '/account/activity?sort=id' } }),
  MalformedBody: (scene) =>
    send({ ...scene, asked: { ...scene.asked, body: '{' } }, gateway, { headers: { 'content-type': 'application/json' } }),
  EncodedBody: (scene) => send({ ...scene, asked: { ...scene.asked, body: '{}' } }, gateway, { headers: { 'content-encoding': 'gzip' } }),
  BodyTooLarge: (scene) => send({ ...scene, asked: { ...scene.asked, body: JSON.stringify('x'.repeat(300 * 1024)) } }),
  TooManyRequests: async (scene) => {
    await limited.rest('GET', '/account', scene.person);
    return send(scene, limited);
  },
  Fault: (scene) => send(scene, broken),
  Unavailable: (scene) => send(scene, away),
};

function invalid({ method, person, asked }: Scene): Asked {
  if (method === 'GET') return { path: `${asked.path.split('?')[0]}?per_page=-1` };
  const { password } = person;
  if (asked.path === '/account/two-factor/disable') return { ...asked, body: { password: [password] } };
  if (asked.path === '/account/password') return { ...asked, body: { current_password: password } };
  if (asked.path === '/account/profile') return { ...asked, body: { first_name: 7 } };
  return { ...asked, body: { password } };
}

function withPassword({ path, body }: Asked, password: string): Asked {
  return { path, body: { ...(body as object), [path === '/account/password' ? 'current_password' : 'password']: password } };
}

const operations = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
  Object.entries<Json>(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path.slice('/api/client'.length)}`,
    method: method.toUpperCase(),
    operation,
    pointer: `openapi#/paths/${encodeURIComponent(path.replaceAll('/', '~1'))}/${method}`,
  })),
);

function resolve(part: Json): Json {
  if (part?.$ref === undefined) return part;
  return part.$ref
    .slice(2)
    .split('/')
    .reduce((inner: Json, name: string) => inner[name], document);
}

function failuresOf(operation: Json): { status: string; name: string; value: unknown }[] {
  return Object.entries<Json>(operation.responses).flatMap(([status, response]) =>
    Object.entries<Json>(resolve(response).content?.['application/json'].examples ?? {}).map(([name, { value }]) => ({
      status,
      name,
      value,
    })),
  );
}

/** Expects an answer as its operation documents it: status, body and headers. */
function expectDocumented(operation: Json, reply: Reply): void {
  const response = resolve(operation.responses[reply.status]);
  expect(response, `${reply.status} of ${operation.operationId}: ${reply.text}`).toBeDefined();
  if (response.content === undefined) expect([reply.text, reply.headers.get('content-type')]).toEqual(['', null]);
  else {
    expect(reply.headers.get('content-type')).toBe('application/json');
    const validate = ajv.compile({ $ref: `openapi${response.content['application/json'].schema.$ref}` });
    expect(validate(reply.body), `${ajv.errorsText(validate.errors)} in ${reply.text}`).toBe(true);
  }
  for (const [name, value] of reply.headers) {
    if (/^(?:x-content-type-options|referrer-policy|vary|content-.*|cache-control)$/.test(name)) continue;
    const documented = Object.keys(response.headers).find((header) => header.toLowerCase() === name);
    expect(documented, `${name} of ${reply.status}`).toBeDefined();
    const { schema } = resolve(response.headers[documented ?? '']);
    expect(ajv.validate(schema, schema.type === 'integer' ? Number(value) : value)).toBe(true);
  }
}

describe('the description of the REST paths', () => {
  test('is an OpenAPI 3.1 document, served as JSON', async () => {
    const response = await gateway.fetch('/openapi.json');
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    const validate = ajv.compile(openApiStructure);
    expect(validate(document), ajv.errorsText(validate.errors)).toBe(true);
  });

  test('has the routes of the table, each with an operationId of its own', () => {
    expect(operations.map(({ name }) => name).sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const declared = document.tags.map(({ name }: { name: string }) => name);
    expect(new Set(operations.flatMap(({ operation }) => operation.tags))).toEqual(new Set(declared));
  });

  test('is tested here for every operation and every refusal', () => {
    expect(Object.keys(requests).sort()).toEqual(operations.map(({ name }) => name).sort());
    const names = new Set(operations.flatMap(({ operation }) => failuresOf(operation).map(({ name }) => name)));
    expect(Object.keys(provocations).sort()).toEqual([...names].sort());
  });

  test('has no broken reference, and every schema compiles', () => {
    const references = JSON.stringify(document).match(/"\$ref":"[^"]+"/g) ?? [];
    expect(references.length).toBeGreaterThan(100);
    for (const reference of references) expect(resolve(JSON.parse(`{${reference}}`)), reference).toBeDefined();
    for (const name of Object.keys(document.components.schemas)) ajv.compile({ $ref: `openapi#/components/schemas/${name}` });
    for (const { operation, pointer } of operations) {
      for (const type of Object.keys(operation.requestBody?.content ?? {})) {
        ajv.compile({ $ref: `${pointer}/requestBody/content/${encodeURIComponent(type.replaceAll('/', '~1'))}/schema` });
      }
    }
  });

  test('names every parameter of a path, and describes every field of a body', () => {
    for (const { name, operation } of operations) {
      const inPath = (operation.parameters ?? []).filter((parameter: Json) => parameter.in === 'path');
      expect(inPath.map((parameter: Json) => `{${parameter.name}}`)).toEqual(name.match(/\{\w+\}/g) ?? []);
      for (const { schema } of Object.values<Json>(operation.requestBody?.content ?? {})) {
        for (const [field, value] of Object.entries<Json>(schema.properties)) expect(value.description, `${name} ${field}`).toMatch(/\.$/);
      }
    }
  });

  test('has valid examples', () => {
    for (const { operation, pointer } of operations) {
      const body = operation.requestBody?.content['application/json'];
      if (body) expect(ajv.validate(`${pointer}/requestBody/content/application~1json/schema`, body.example), pointer).toBe(true);
      for (const response of Object.values<Json>(operation.responses).map(resolve)) {
        const shown = response.content?.['application/json'];
        const values = shown?.examples ? Object.values<Json>(shown.examples).map(({ value }) => value) : shown ? [shown.example] : [];
        for (const value of values) expect(ajv.validate(`openapi${shown.schema.$ref}`, value), ajv.errorsText()).toBe(true);
      }
      for (const { schema, example } of operation.parameters ?? []) expect(ajv.validate(schema, example)).toBe(true);
    }
  });
});

describe.each(operations)('$name', ({ name, method, operation, pointer }) => {
  const arrange = async (): Promise<Scene> => {
    const person = await gateway.createPerson();
    return { method, person, asked: (await requests[name]?.(person)) ?? { path: '' } };
  };

  test('succeeds as documented, in both dialects', async () => {
    const succeeded = Object.keys(operation.responses).filter((status) => status.startsWith('2'));
    expect(succeeded).toHaveLength(1);
    for (const at of [gateway, inPanelDialect]) {
      const scene = await arrange();
      if (operation.requestBody) {
        expect(ajv.validate(`${pointer}/requestBody/content/application~1json/schema`, scene.asked.body), ajv.errorsText()).toBe(true);
      }
      const reply = await send(scene, at);
      expect(String(reply.status), reply.text).toBe(succeeded[0]);
      expectDocumented(operation, reply);
      const documented = Object.keys(resolve(operation.responses[reply.status]).headers);
      for (const header of documented) expect(reply.headers.get(header), header).not.toBeNull();
    }
  });

  test.each(failuresOf(operation))('refuses with $name as documented', async ({ status, name: refusal, value }) => {
    const reply = await provocations[refusal]?.(await arrange());
    expect(reply).toBeDefined();
    if (!reply) return;
    expect([String(reply.status), reply.body]).toEqual([status, value]);
    expectDocumented(operation, reply);
  });
});
