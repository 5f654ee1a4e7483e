import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { startGateway } from './harness.ts';
import { serve } from './serve.ts';

const gateway = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '0', LIMIT_UNKNOWN_KEYS_PER_MINUTE: '0' } });
const person = await gateway.createPerson();
const origin = await serve(gateway);
const authorization = `Bearer ${person.token}`;
const json = { 'content-type': 'application/json' };
const viewer = '{ viewer { profile { username } } }';
const mine = { data: { viewer: { profile: { username: person.username } } } };

async function post(body: unknown, headers: Record<string, string> = {}, to = gateway) {
  const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await to.fetch('/graphql', { method: 'POST', headers: { ...json, authorization, ...headers }, body: sent as BodyInit });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Sends bytes and answers what comes back until the connection ends. */
async function say(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  // A connection that was not upgraded is left to the client, for as long as the server keeps an idle one.
  socket.on('data', (part) => String(part).startsWith('HTTP/1.1 426 ') && socket.end());
  socket.write(bytes);
  return text(socket);
}

describe('a media type', () => {
  test.each(['Application/JSON', 'APPLICATION/JSON; charset=UTF-8', ' application/json ', 'application/Json;x=y'])(
    'of a body has no case: %s',
    async (type) => {
      expect((await post({ query: viewer }, { 'content-type': type })).body).toEqual(mine);
      const rest = await gateway.rest('POST', '/account/api-keys', {
        ...person,
        headers: { 'content-type': type },
        body: { description: 'x' },
      });
      expect(rest.body.attributes.description).toBe('x');
    },
  );

  test.each([
    'application/graphql',
    'Application/GraphQL; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonx',
    '',
  ])('of a body that GraphQL does not read is 415, in its own shape: %s', async (type) => {
    const { status, headers, body } = await post(viewer, { 'content-type': type });
    expect([status, headers.get('content-type')]).toEqual([415, 'application/json; charset=utf-8']);
    expect(body).toEqual({ errors: [{ message: expect.any(String), extensions: { code: 'BAD_REQUEST' } }] });
  });

  test.each(['image/png', 'application/xml, text/html', 'application/json;q=0'])(
    'of an answer that GraphQL does not have is 406, in its own shape, and nothing is done: %s',
    async (accept) => {
      const before = await gateway.db.apiKey.count();
      const { status, body } = await post({ query: 'mutation { createApiKey(input: { description: "x" }) { __typename } }' }, { accept });
      expect([status, body.errors.length, body.errors[0].extensions.code]).toEqual([406, 1, 'BAD_REQUEST']);
      expect(await gateway.db.apiKey.count()).toBe(before);
    },
  );

  test('of an answer has no case', async () => {
    const { headers } = await post({ query: viewer }, { accept: 'Application/GraphQL-Response+JSON' });
    expect(headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
    const page = await gateway.fetch('/graphql', { headers: { accept: 'TEXT/HTML' } });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });
});

describe('a body', () => {
  const encodings = ['gzip', 'br', 'deflate', 'GZIP', 'zstd', 'identity, gzip', 'x'];
  test.each(encodings)('with a content encoding is 415 in both APIs: %s', async (encoding) => {
    const headers = { 'content-encoding': encoding };
    const graph = await post(gzipSync(JSON.stringify({ query: viewer })), headers);
    expect([graph.status, graph.body.errors[0].extensions.code, graph.headers.get('accept-encoding')]).toEqual([
      415,
      'BAD_REQUEST',
      'identity',
    ]);
    const rest = await gateway.rest('POST', '/account/api-keys', { ...person, headers, body: { description: 'x' } });
    expect([rest.status, rest.body.errors[0].code, rest.headers.get('x-ratelimit-limit')]).toEqual([
      415,
      'UnsupportedMediaTypeHttpException',
      null,
    ]);
  });

  test.each(['identity', 'Identity', ''])('with the encoding %j has none', async (encoding) => {
    const headers = { 'content-encoding': encoding };
    expect((await post({ query: viewer }, headers)).body).toEqual(mine);
    expect((await gateway.rest('POST', '/account/api-keys', { ...person, headers, body: { description: 'x' } })).status).toBe(200);
  });

  test('may begin with a byte-order mark', async () => {
    expect((await post(`\ufeff${JSON.stringify({ query: viewer })}`)).body).toEqual(mine);
    const rest = await gateway.rest('POST', '/account/api-keys', { ...person, body: '\ufeff{"description":"x"}' });
    expect(rest.body.attributes.description).toBe('x');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await gateway.rest('POST', '/account/api-keys', { ...person, headers: form, body: '\ufeffdescription=x' })).status).toBe(200);
  });

  test('that is not UTF-8 is 400 in both APIs', async () => {
    const bytes = Buffer.concat([Buffer.from('{"query":"'), Buffer.from([0xff]), Buffer.from('","description":"x"}')]);
    expect((await post(bytes)).status).toBe(400);
    expect((await gateway.rest('POST', '/account/api-keys', { ...person, body: bytes })).status).toBe(400);
  });

  test.each<[string, object]>([
    ['an id', { id: '1' }],
    ['an id that is null', { id: null }],
    ['an empty name', { operationName: '' }],
    ['empty variables', { variables: '' }],
    ['empty extensions', { extensions: '' }],
    ['all of them', { id: 7, operationName: '', variables: '', extensions: '' }],
  ])('of GraphQL may hold %s', async (_name, more) => {
    expect((await post({ query: viewer, ...more })).body).toEqual(mine);
    expect((await post([{ query: viewer, ...more }])).body).toEqual([mine]);
  });
});

describe('an Authorization header', () => {
  test.each(['bearer', 'BEARER', 'BeArEr'])('has a scheme without case: %s', async (scheme) => {
    const headers = { authorization: `${scheme} ${person.token}` };
    expect((await gateway.rest('GET', '/account', { headers })).body.attributes.username).toBe(person.username);
    expect((await gateway.graphql(viewer, {}, { headers })).data).toEqual(mine.data);
  });

  const others = ['Basic eDp5', 'Token x', 'Digest username="x"', person.token, 'none', '', 'Bearer', 'Bearer\tx', `Basic ${person.token}`];
  test.each(others)('of another scheme is 401 in both APIs, also beside a good cookie: %j', async (value) => {
    const document = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const { headers } = await gateway.graphql(document, { input: { login: person.username, password: person.password } });
    const cookie = headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    for (const sent of [{ authorization: value }, { authorization: value, cookie }]) {
      const rest = await gateway.rest('GET', '/account', { headers: sent });
      const graph = await gateway.graphql(viewer, {}, { headers: sent });
      expect([rest.status, graph.status, graph.data, graph.errors?.[0]?.extensions['code']]).toEqual([
        401,
        401,
        undefined,
        'UNAUTHENTICATED',
      ]);
      expect(graph.headers.getSetCookie()).toEqual([]);
    }
  });
});

test('401 names the scheme in both APIs', async () => {
  const needsAccount = 'mutation { deleteApiKey(input: { identifier: "x" }) { __typename } }';
  for (const { status, headers } of [
    await gateway.rest('GET', '/account'),
    await gateway.rest('GET', '/account', { token: 'x' }),
    await gateway.graphql(viewer, {}, { token: 'x' }),
    await gateway.graphql(needsAccount),
    await gateway.graphql(viewer, {}, { headers: { cookie: `gateway_session_4000=${'x'.repeat(43)}` } }),
  ]) {
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  }
});

describe('a target', () => {
  test.each(['http://gateway.test', 'HTTP://gateway.test', 'https://elsewhere.example:81', 'http://[::1]'])(
    'may be an address in full: %s',
    async (base) => {
      const answer = await say(
        `GET ${base}/api/client/account HTTP/1.1\r\nHost: gateway.test\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer).toContain(person.username);
    },
  );

  test('with two Host headers is 400, whether they agree or not', async () => {
    for (const hosts of ['Host: a\r\nHost: b', 'Host: a\r\nhost: a', 'HOST: a\r\nX: y\r\nHost: a']) {
      expect(await say(`GET /health/live HTTP/1.1\r\n${hosts}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    }
  });
});

test.each(['x/api/client/account?', 'x/api/client/account#', 'x\\api\\client\\account?', 'x?', 'x#', 'me@x', 'x/'])(
  'the Host header does not choose what is answered: %s is 400',
  async (host) => {
    for (const target of ['/nowhere', 'http://gateway.test/api/client/account']) {
      const answer = await say(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    }
  },
);

test.each(['/graphql', '/api/client/account', '/health/live', '/nowhere'])(
  'a WebSocket handshake at %s is 426, with a sentence',
  async (path) => {
    const key =
      'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws';
    const answer = await say(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\n${key}\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
    expect(answer).toMatch(/WebSocket is not supported\. Subscribe over HTTP: POST to \/graphql with Accept: text\/event-stream\./);
  },
);

describe('an absolute URL', () => {
  test.each([
    ['https://accounts.example.com', 'https://accounts.example.com'],
    ['https://example.com:8443/gateway/', 'https://example.com:8443/gateway'],
    ['http://example.com/a/b', 'http://example.com/a/b'],
  ])('begins with APP_URL where it is set: %s', async (APP_URL, base) => {
    const moved = await startGateway({ env: { APP_URL }, db: gateway.db, keys: gateway.tools.keys });
    const { links } = (await moved.rest('GET', '/account/activity?per_page=1&page=1', person)).body.meta.pagination;
    expect(links.next).toBe(`${base}/api/client/account/activity?per_page=1&page=2`);
    expect((await (await moved.fetch('/openapi.json')).json()).servers).toEqual([{ url: base }]);
  });

  test('begins with the host of the request otherwise', async () => {
    const { links } = (await gateway.rest('GET', '/account/activity?per_page=1&page=1', person)).body.meta.pagination;
    expect(links.next).toBe('http://gateway.test/api/client/account/activity?per_page=1&page=2');
  });
});
