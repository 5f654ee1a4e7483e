import { describe, expect, test } from 'vitest';
import { createUses, writeKeyUses } from '../src/account/uses.ts';
import { startGateway } from './harness.ts';

const gateway = await startGateway();
const query = '{ viewer { profile { email } } }';
const unauthenticated = { errors: [{ code: 'AuthenticationException', status: '401', detail: 'Unauthenticated.' }] };

type Tokens = { token: string; other: string };

/** Headers with a wrong credential. */
const wrong: Record<string, (tokens: Tokens) => string> = {
  'another scheme': ({ token }) => `Basic ${token}`,
  'no scheme': ({ token }) => token,
  nothing: () => '',
  'no token': () => 'Bearer',
  'an empty token': () => 'Bearer ',
  'a token too short': () => 'Bearer ptlc_abc',
  'the identifier alone': ({ token }) => `Bearer ${token.slice(0, 16)}`,
  'the secret alone': ({ token }) => `Bearer ${token.slice(16)}`,
  'a token cut by one': ({ token }) => `Bearer ${token.slice(0, -1)}`,
  'a token longer by one': ({ token }) => `Bearer ${token}0`,
  'a secret in the other case': ({ token }) => `Bearer ${token.slice(0, 16)}${token.slice(16).toUpperCase().slice(0, 31)}~`,
  'an identifier in the other case': ({ token }) => `Bearer PTLC_${token.slice(5)}`,
  'the secret of another account': ({ token, other }) => `Bearer ${token.slice(0, 16)}${other.slice(16)}`,
  'an unknown identifier': ({ token }) => `Bearer ptlc_00000000000${token.slice(16)}`,
  'a bar, as in a Sanctum token': ({ token }) => `Bearer 1|${token}`,
  'a bar for the secret': ({ token }) => `Bearer ${token.slice(0, 16)}|${token.slice(17)}`,
  'a NUL': ({ token }) => `Bearer ${token}\0`,
  'a NUL within': ({ token }) => `Bearer ptlc_\0${token.slice(6)}`,
  'a percent-encoded NUL': ({ token }) => `Bearer ${token}%00`,
  'letters outside ASCII': ({ token }) => `Bearer ${token.slice(0, 47)}ÿ`,
  SQL: () => `Bearer ptlc_' OR 1=1 --`,
  'very many letters': ({ token }) => `Bearer ${token}${'x'.repeat(8_000)}`,
  'the right token and then a wrong one': ({ token }) => `Bearer ${token} Bearer ptlc_wrong`,
};

describe('a credential', () => {
  test.each(Object.keys(wrong))('with %s is 401 in both APIs, never "signed out"', async (name) => {
    const [person, other] = [await gateway.createPerson(), await gateway.createPerson()];
    const authorization = wrong[name]?.({ token: person.token, other: other.token }) ?? '';
    const rest = await gateway.rest('GET', '/account', { headers: { authorization } });
    expect([rest.status, rest.body]).toEqual([401, unauthenticated]);
    const graph = await gateway.graphql(query, {}, { headers: { authorization } });
    expect([graph.status, graph.errors?.[0]?.extensions['code'], graph.data?.viewer]).toEqual([401, 'UNAUTHENTICATED', undefined]);
  });

  test('is the last of the header and ends at a comma, as the panel reads it', async () => {
    const person = await gateway.createPerson();
    for (const authorization of [
      `Bearer ${person.token}`,
      `Bearer ${person.token},foo`,
      `Basic eDp5 Bearer ${person.token}`,
      `bearer x, Bearer ${person.token}, bearer x`,
      `bearer ${person.token}`,
      `Basic eDp5 BEARER ${person.token}, x`,
    ]) {
      expect((await gateway.rest('GET', '/account', { headers: { authorization } })).body.attributes.email).toBe(person.email);
      expect((await gateway.graphql(query, {}, { headers: { authorization } })).data.viewer.profile.email).toBe(person.email);
    }
  });

  test('in the query string or the body is ignored', async () => {
    const { token } = await gateway.createPerson();
    const body = { access_token: token, token, api_token: token };
    for (const path of [`/account?access_token=${token}`, `/account?token=${token}`, `/account?api_token=${token}`]) {
      expect((await gateway.rest('GET', path)).status).toBe(401);
    }
    expect((await gateway.rest('POST', '/account/api-keys', { body: { ...body, description: 'x' } })).status).toBe(401);
    const answer = await gateway.graphql(query, body);
    expect([answer.status, answer.data]).toEqual([200, { viewer: null }]);
  });

  test('that is missing is 401 in REST, a null viewer in GraphQL, and a refusal of every mutation', async () => {
    expect((await gateway.rest('GET', '/account')).status).toBe(401);
    // Sessions were read before the viewer was found to be null, and the answer was 401.
    for (const asked of [query, '{ viewer { sessions { current ip } apiKeys { identifier } activity { edges { node { event } } } } }']) {
      const { status, errors, data } = await gateway.graphql(asked);
      expect([status, errors, data]).toEqual([200, undefined, { viewer: null }]);
    }
    const created = await gateway.graphql('mutation { createApiKey(input: { description: "x" }) { __typename } }');
    expect([created.status, created.errors?.[0]?.extensions['code']]).toEqual([401, 'UNAUTHENTICATED']);
  });

  test('that is a stale cookie does not prevent signing in', async () => {
    const stale = { cookie: `gateway_session_4000=${'x'.repeat(43)}` };
    const { username, password } = await gateway.createPerson();
    const document = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const answer = await gateway.graphql(document, { input: { login: username, password } }, { headers: stale });
    expect([answer.status, answer.data]).toEqual([200, { signIn: { __typename: 'SignInPayload' } }]);
    expect((await gateway.graphql(query, {}, { headers: stale })).status).toBe(401);
  });

  test('that has expired is refused, from the second of its expiry', async () => {
    const person = await gateway.createPerson();
    const expiresAt = new Date(gateway.clock.now().getTime() + 60_000);
    await gateway.db.apiKey.update({ where: { identifier: person.identifier }, data: { expiresAt } });
    gateway.clock.advance(59);
    expect((await gateway.rest('GET', '/account', person)).status).toBe(200);
    gateway.clock.advance(1);
    expect((await gateway.rest('GET', '/account', person)).body).toEqual(unauthenticated);
    expect((await gateway.graphql(query, {}, person)).status).toBe(401);
  });
});

describe('the last use of a key', () => {
  const lastUsedAt = async (token: string) =>
    (await gateway.graphql('{ viewer { apiKeys { lastUsedAt } } }', {}, { token })).data.viewer.apiKeys[0].lastUsedAt;

  test('is shown at once by both APIs and written later', async () => {
    const person = await gateway.createPerson();
    gateway.clock.advance(5);
    const now = gateway.clock.now();
    expect(await lastUsedAt(person.token)).toBe(now.toISOString());
    const [key] = (await gateway.rest('GET', '/account/api-keys', person)).body.data;
    expect(key.attributes.last_used_at).toBe(`${now.toISOString().slice(0, 19)}+00:00`);
    await gateway.tools.keyUses.flush();
    expect((await stored(person.identifier)).lastUsedAt).toEqual(now);
    gateway.clock.advance(5);
    expect(await lastUsedAt(person.token)).toBe(gateway.clock.now().toISOString());
  });

  test('is one statement for any number of uses of any number of keys', async () => {
    const people = await Promise.all([1, 2, 3].map(() => gateway.createPerson()));
    await gateway.tools.keyUses.flush();
    const updates = countUpdates();
    await Promise.all(people.flatMap((person) => Array.from({ length: 10 }, () => gateway.rest('GET', '/account', person))));
    await gateway.tools.keyUses.flush();
    await gateway.tools.keyUses.flush();
    expect(updates.count()).toBe(1);
    for (const { identifier } of people) expect((await stored(identifier)).lastUsedAt).toEqual(gateway.clock.now());
  });

  test('is not changed by a wrong token', async () => {
    const person = await gateway.createPerson();
    await gateway.rest('GET', '/account', { token: `${person.token.slice(0, 16)}${'x'.repeat(32)}` });
    await gateway.tools.keyUses.flush();
    expect((await stored(person.identifier)).lastUsedAt).toBeNull();
  });

  test('of a key that is deleted meanwhile is dropped without a fault', async () => {
    const person = await gateway.createPerson();
    await gateway.rest('DELETE', `/account/api-keys/${person.identifier}`, person);
    await expect(gateway.tools.keyUses.flush()).resolves.toBeUndefined();
  });

  // Each wrote its keys in the order of their first use, and two that had the same keys in two orders waited for each other.
  test('is written by several instances at once without a deadlock', async () => {
    const { id: accountId } = await gateway.createPerson();
    const identifiers = Array.from({ length: 300 }, (_, n) => `ptlc_${String(n).padStart(11, '0')}`);
    const rest = { accountId, secretHash: new Uint8Array(32), description: '', createdAt: gateway.clock.now() };
    await gateway.db.apiKey.createMany({ data: identifiers.map((identifier) => ({ ...rest, identifier })) });
    const keys = await gateway.db.apiKey.findMany({ where: { accountId }, select: { id: true } });
    const instances = [createUses(writeKeyUses(gateway.db)), createUses(writeKeyUses(gateway.db))];
    for (let round = 0; round < 20; round += 1) {
      gateway.clock.advance(5);
      for (const uses of instances) for (const { id } of keys.reverse()) uses.note(id, gateway.clock.now());
      await Promise.all(instances.map((uses) => uses.flush()));
    }
  });

  function stored(identifier: string) {
    return gateway.db.apiKey.findUniqueOrThrow({ where: { identifier } });
  }

  function countUpdates() {
    const statements: string[] = [];
    const listen: (event: 'query', listener: (query: { query: string }) => void) => void = gateway.db.$on.bind(gateway.db) as never;
    listen('query', ({ query }) => statements.push(query));
    return { count: () => statements.filter((sql) => /^\s*UPDATE api_keys/.test(sql)).length };
  }
});
