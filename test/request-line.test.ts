import { describe, expect, test } from 'vitest';
import { startGateway } from './harness.ts';
import { createReadableLog, type LogLine } from './log-lines.ts';

const { log, lines } = createReadableLog();
const gateway = await startGateway({ log, env: { LIMIT_REQUESTS_PER_MINUTE: '20' } });
const person = await gateway.createPerson();
const peer = '203.0.113.9';
const wrong = `ptlc_unknown1234${'x'.repeat(32)}`;
const key = `ptlc_A1b2C3d4E5f${'y'.repeat(32)}`;

/** The line of the request that was answered with these headers. */
function lineOf({ headers }: { headers: Headers }): LogLine | undefined {
  const found = lines.filter(({ msg, requestId }) => msg === 'request' && requestId === headers.get('x-request-id'));
  expect(found).toHaveLength(1);
  return found[0];
}

const rest = (method: string, path: string, ask: object = {}) => gateway.rest(method, path, { peer, ...ask });
const graphql = (query: string, ask: object = {}) => gateway.graphql(query, {}, { peer, ...ask });
const signIn = (password: string) => `mutation { signIn(input: { login: "${person.username}", password: "${password}" }) { __typename } }`;

describe('the line of a request', () => {
  test('names the request, the account, the address, what was asked for and how it ended', async () => {
    const line = lineOf(await rest('GET', '/account', person));
    expect(line).toEqual({
      level: 30,
      msg: 'request',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      api: 'rest',
      method: 'GET',
      path: '/api/client/account',
      operations: ['getAccount'],
      accountId: person.id,
      ip: peer,
      milliseconds: expect.any(Number),
      status: 200,
      outcome: 'ok',
    });
  });

  test.each<[string, () => Promise<{ headers: Headers }>, object]>([
    [
      'a change by REST',
      () => rest('POST', '/account/api-keys', { ...person, body: { description: 'x' } }),
      { operations: ['createApiKey'], outcome: 'ok' },
    ],
    [
      'a refused change by REST',
      () => rest('PUT', '/account/email', { ...person, body: { email: 'x', password: 'wrong' } }),
      { operations: ['updateEmail'], outcome: 'INCORRECT_PASSWORD', status: 400 },
    ],
    [
      'an invalid input by REST',
      () => rest('POST', '/account/api-keys', { ...person, body: {} }),
      { operations: ['createApiKey'], outcome: 'INVALID_INPUT', status: 422 },
    ],
    [
      'a parameter',
      () => rest('DELETE', `/account/api-keys/${key}`, person),
      { path: '/api/client/account/api-keys/{identifier}', operations: ['deleteApiKey'], outcome: 'NOT_FOUND' },
    ],
    ['no credential', () => rest('GET', '/account'), { accountId: null, operations: [], outcome: 'UNAUTHENTICATED', status: 401 }],
    ['another method', () => rest('DELETE', '/account', person), { path: '/api/client/account', outcome: 'BAD_REQUEST', status: 405 }],
    ['malformed JSON', () => rest('POST', '/account/api-keys', { ...person, body: '{' }), { outcome: 'BAD_REQUEST', status: 400 }],
    [
      'a query',
      () => graphql('query Mine { a: viewer { id } b: viewer { id } __typename }', person),
      { api: 'graphql', path: '/graphql', accountId: person.id, operations: ['viewer', '__typename'], outcome: 'ok' },
    ],
    ['a query without a credential', () => graphql('{ viewer { id } }'), { accountId: null, operations: ['viewer'], outcome: 'ok' }],
    [
      'a refusal in a result',
      () => graphql('mutation { disableTwoFactor(input: { password: "wrong" }) { __typename } }', person),
      { operations: ['disableTwoFactor'], outcome: 'INCORRECT_PASSWORD', status: 200 },
    ],
    ['a sign-in', () => graphql(signIn(person.password)), { accountId: person.id, operations: ['signIn'], outcome: 'ok' }],
    [
      'a sign-in that fails',
      () => graphql(signIn('wrong')),
      { accountId: null, operations: ['signIn'], outcome: 'INVALID_CREDENTIALS', status: 200 },
    ],
    ['a document that is not valid', () => graphql('{ hodor }', person), { operations: [], outcome: 'BAD_REQUEST', status: 200 }],
    [
      'a wrong key',
      () => graphql('{ viewer { id } }', { token: wrong }),
      { accountId: null, operations: [], outcome: 'UNAUTHENTICATED', status: 401 },
    ],
    [
      'a mutation that needs an account',
      () => graphql('mutation { deleteApiKey(input: { identifier: "x" }) { __typename } }'),
      { operations: ['deleteApiKey'], outcome: 'UNAUTHENTICATED' },
    ],
    ['health', () => gateway.fetch('/health/live', {}, peer), { api: 'other', path: '/health/live', outcome: 'ok' }],
    ['an unknown path', () => gateway.fetch(`/${key}`, {}, peer), { api: 'other', path: null, outcome: 'NOT_FOUND' }],
  ])('of %s', async (_name, ask, expected) => {
    expect(lineOf(await ask())).toMatchObject(expected);
  });

  test('of a request above the limit', async () => {
    const other = await gateway.createPerson();
    for (let round = 0; round < 20; round += 1) await rest('GET', '/account', other);
    expect(lineOf(await rest('GET', '/account', other))).toMatchObject({ accountId: other.id, outcome: 'RATE_LIMITED', status: 429 });
    expect(lineOf(await graphql('{ viewer { id } }', other))).toMatchObject({ accountId: other.id, outcome: 'RATE_LIMITED', status: 429 });
  });
});

test('no line holds a path, a query, a name or a credential that a caller chose', async () => {
  const marked = 'MarkedSecret0123';
  const from = '203.0.113.77';
  for (const path of [
    `/${marked}`,
    `/api/client/${marked}`,
    `/api/client/account/api-keys/${marked}`,
    `/api/client/account/ssh-keys/${marked}`,
    `/api/client/account/api-keys/x/${marked}`,
    `/graphql/${marked}`,
    `/health/${marked}`,
    `/graphql?query=${marked}`,
  ]) {
    for (const method of ['GET', 'DELETE', 'OPTIONS']) {
      await gateway.fetch(
        path,
        {
          method,
          headers: {
            authorization: `Bearer ${marked}${'x'.repeat(40)}`,
            cookie: `gateway_session_4000=${marked}`,
            'x-forwarded-for': marked,
            'user-agent': marked,
            referer: marked,
          },
        },
        from,
      );
    }
  }
  await gateway.graphql(`query ${marked} { ${marked}: viewer { id } }`, { [marked]: marked }, { peer: '203.0.113.78' });
  await gateway.graphql(`{ ${marked} }`, {}, { peer: '203.0.113.78' });
  expect(lines.length).toBeGreaterThan(20);
  expect(lines.filter((line) => JSON.stringify(line).includes(marked))).toEqual([]);
});

test('the lines of security events can be matched by a pattern of fail2ban', async () => {
  await gateway.graphql(signIn('wrong'), {}, { peer: '203.0.113.80' });
  await gateway.rest('GET', '/account', { token: wrong, peer: '2001:db8::80' });
  const pattern = /"event":"(?:sign-in\.failed|sign-in\.locked|api-key\.unknown|limit\.reached)","ip":"([^"]+)"/;
  const found = lines.flatMap((line) => pattern.exec(JSON.stringify(line))?.[1] ?? []);
  expect(found).toEqual(expect.arrayContaining(['203.0.113.80', '2001:db8::80']));
});
