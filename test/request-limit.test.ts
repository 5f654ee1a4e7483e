import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { startGateway } from './harness.ts';
import { serve } from './serve.ts';
import { createWatchedDatabase } from './watched-database.ts';

const limit = 3;
const database = await createWatchedDatabase();
const gateway = await startGateway({
  db: database.db,
  env: { LIMIT_REQUESTS_PER_MINUTE: String(limit), LIMIT_UNKNOWN_KEYS_PER_MINUTE: '0' },
});
const query = JSON.stringify({ query: '{ __typename }' });
const json = { 'content-type': 'application/json' };
const wrong = `ptlc_unknown1234${'x'.repeat(32)}`;
const as = (token: string) => ({ authorization: `Bearer ${token}` });

let addresses = 0;
const newAddress = () => {
  addresses += 1;
  return `198.51.100.${addresses}`;
};

type Asked = { readonly path: string; readonly init: RequestInit };
const post = (body: BodyInit, headers: Record<string, string> = {}): Asked => ({
  path: '/graphql',
  init: { method: 'POST', headers: { ...json, ...headers }, body },
});
const rest = (method: string, path: string, init: RequestInit = {}): Asked => ({ path: `/api/client${path}`, init: { method, ...init } });

/** What an address is charged for, each with its status while the address has requests left. */
const charged: readonly (readonly [what: string, status: number, asked: (token: string) => Asked])[] = [
  ['REST without a credential', 401, () => rest('GET', '/account')],
  ['REST with an unknown key', 401, () => rest('GET', '/account', { headers: as(wrong) })],
  ['REST with what is no key', 401, () => rest('GET', '/account', { headers: as('x') })],
  ['REST with an ended session', 401, () => rest('GET', '/account', { headers: { cookie: `gateway_session_4000=${'x'.repeat(43)}` } })],
  ['a REST change without a credential', 401, () => rest('POST', '/account/api-keys', { headers: json, body: '{}' })],
  ['an unknown REST path with a good key', 404, (token) => rest('GET', '/nowhere', { headers: as(token) })],
  ['another REST method with a good key', 405, (token) => rest('DELETE', '/account', { headers: as(token) })],
  ['a method that REST has nowhere', 405, () => rest('PROPFIND', '/account')],
  ['the methods of a REST path', 200, () => rest('OPTIONS', '/account')],
  [
    'malformed JSON to REST with a good key',
    400,
    (token) => rest('POST', '/account/api-keys', { headers: { ...json, ...as(token) }, body: '{' }),
  ],
  [
    'a body too large to REST with a good key',
    413,
    (token) => rest('POST', '/account/api-keys', { headers: { ...json, ...as(token) }, body: ' '.repeat(300_000) }),
  ],
  ['a query without a credential', 200, () => post(query)],
  ['a query with an unknown key', 401, () => post(query, as(wrong))],
  ['a query with an ended session', 200, () => post(query, { cookie: `gateway_session_4000=${'x'.repeat(43)}` })],
  ['malformed JSON to GraphQL', 400, () => post('{')],
  ['malformed JSON to GraphQL with a good key', 400, (token) => post('{', as(token))],
  ['an empty batch with a good key', 400, (token) => post('[]', as(token))],
  ['a body too large to GraphQL with a good key', 413, (token) => post(' '.repeat(300_000), as(token))],
  ['another method to GraphQL with a good key', 405, (token) => ({ path: '/graphql', init: { method: 'PUT', headers: as(token) } })],
  ['another type to GraphQL with a good key', 415, (token) => post(query, { ...as(token), 'content-type': 'text/plain' })],
  ['an answer that is not accepted with a good key', 406, (token) => post(query, { ...as(token), accept: 'image/png' })],
  ['the page of the explorer', 200, () => ({ path: '/graphql', init: { headers: { accept: 'text/html' } } })],
  ['the description of the API', 200, () => ({ path: '/openapi.json', init: {} })],
  ['an unknown path', 404, () => ({ path: '/nowhere', init: {} })],
];

describe('an address is charged for', () => {
  test.each(charged)('%s, and the account for nothing', async (_what, status, asked) => {
    const [{ token }, address] = [await gateway.createPerson(), newAddress()];
    const { path, init } = asked(token);
    for (let round = 0; round < limit; round += 1) {
      const answer = await gateway.fetch(path, init, address);
      expect([answer.status, answer.headers.get('x-ratelimit-limit')]).toEqual([status, null]);
      await answer.text();
    }
    const refused = await gateway.fetch(path, init, address);
    expect([refused.status, refused.headers.get('x-ratelimit-limit')]).toEqual([429, null]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // A key that sends a body which is read for nothing at an exhausted address pays for it.
    const isRead = status === 400 || status === 413;
    const left = (await gateway.rest('GET', '/account', { token, peer: newAddress() })).headers.get('x-ratelimit-remaining');
    expect(left).toBe(String(limit - (isRead && init.headers && 'authorization' in init.headers ? 2 : 1)));
  });

  test('no probe of health and no preflight', async () => {
    const address = newAddress();
    const preflight = { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } };
    for (let round = 0; round < limit + 2; round += 1) {
      expect((await gateway.fetch('/health/live', {}, address)).status).toBe(200);
      expect((await gateway.fetch('/health/ready', {}, address)).status).toBe(200);
      expect((await gateway.fetch('/graphql', preflight, address)).status).toBe(204);
    }
    expect((await gateway.fetch('/nowhere', {}, address)).status).toBe(404);
  });

  test('no probe, and probes at the same time share one statement', async () => {
    let statements = 0;
    database.watching.watch = () => {
      statements += 1;
    };
    const probes = await Promise.all(Array.from({ length: 50 }, () => gateway.fetch('/health/ready')));
    database.watching.watch = null;
    expect([statements, probes.every(({ status }) => status === 200)]).toEqual([1, true]);
  });

  test('nothing that a good credential sends', async () => {
    const address = newAddress();
    for (let round = 0; round < limit + 2; round += 1) {
      expect((await gateway.rest('GET', '/account', { ...(await gateway.createPerson()), peer: address })).status).toBe(200);
    }
    for (let round = 0; round < limit; round += 1) expect((await gateway.fetch('/nowhere', {}, address)).status).toBe(404);
  });
});

describe('an exhausted address', () => {
  async function exhaust(): Promise<string> {
    const address = newAddress();
    for (let round = 0; round < limit; round += 1) await gateway.fetch('/nowhere', {}, address);
    return address;
  }

  test('answers a good key and a good session in both APIs', async () => {
    const [person, address] = [await gateway.createPerson(), await exhaust()];
    const { username, password } = person;
    const document = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const { headers } = await gateway.graphql(document, { input: { login: username, password } }, { peer: newAddress() });
    const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? '';
    for (const ask of [{ token: (await gateway.createPerson()).token }, { headers: { cookie } }]) {
      expect((await gateway.rest('GET', '/account', { ...ask, peer: address })).status).toBe(200);
      expect((await gateway.graphql('{ viewer { id } }', {}, { ...ask, peer: address })).data.viewer.id).toBeTypeOf('string');
    }
  });

  test.each(charged)('refuses %s, reading no body and at most one row', async (_what, status, asked) => {
    const [{ token }, address] = [await gateway.createPerson(), await exhaust()];
    const { path, init } = asked(token);
    let pulled = 0;
    const pull = (controller: ReadableStreamDefaultController) => {
      pulled += 1;
      controller.enqueue(Buffer.from('{'));
      controller.close();
    };
    const body = init.body ? { body: new ReadableStream({ pull }, { highWaterMark: 0 }) } : {};
    const statements: string[] = [];
    database.watching.watch = ({ sql }: { sql: string }) => void statements.push(sql);
    const answer = await gateway.fetch(path, { ...init, ...body }, address);
    database.watching.watch = null;
    const mayRead = status === 400 && new Headers(init.headers).get('authorization') === `Bearer ${token}`;
    expect([answer.status, mayRead || status === 413 ? 0 : pulled]).toEqual([429, 0]);
    expect(statements.filter((sql) => /SELECT/.test(sql)).length).toBeLessThanOrEqual(1);
  });

  test('reads bodies of a good key that are malformed only while the account has requests left', async () => {
    const [{ token }, address] = [await gateway.createPerson(), await exhaust()];
    let pulled = 0;
    for (let round = 0; round < limit + 3; round += 1) {
      const body = new ReadableStream(
        {
          pull: (controller) => {
            pulled += 1;
            controller.enqueue(Buffer.from('{'));
            controller.close();
          },
        },
        { highWaterMark: 0 },
      );
      expect(
        (await gateway.fetch('/api/client/account/api-keys', { method: 'POST', headers: { ...json, ...as(token) }, body }, address)).status,
      ).toBe(429);
    }
    expect(pulled).toBe(limit);
  });

  test('refuses while the client still sends, and the connection stays usable', async () => {
    const origin = await serve(await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '1' }, db: gateway.db }));
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    const size = 250_000;
    const head = `Host: x\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\n\r\n`;
    socket.write(`GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\nPOST /graphql HTTP/1.1\r\n${head}${'x'.repeat(size)}`);
    socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect((await text(socket)).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 429', 'HTTP/1.1 200']);
  });
});

test('an account whose requests are used up sends bodies that are not read', async () => {
  const { token } = await gateway.createPerson();
  for (let round = 0; round < limit; round += 1) await gateway.rest('GET', '/account', { token });
  let pulled = 0;
  for (const path of ['/graphql', '/api/client/account/api-keys']) {
    const pull = () => {
      pulled += 1;
    };
    const body = new ReadableStream({ pull }, { highWaterMark: 0 });
    expect((await gateway.fetch(path, { method: 'POST', headers: { ...json, ...as(token) }, body })).status).toBe(429);
  }
  expect(pulled).toBe(0);
});

test('the time to retry is never before X-RateLimit-Reset, in whole seconds', async () => {
  const { token } = await gateway.createPerson();
  for (let round = 0; round < limit; round += 1) await gateway.rest('GET', '/account', { token });
  const { headers } = await gateway.rest('GET', '/account', { token });
  const [reset, wait] = [Number(headers.get('x-ratelimit-reset')), Number(headers.get('retry-after'))];
  expect(reset).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + wait);
  expect(reset).toBeGreaterThan(Date.now() / 1000);
});
