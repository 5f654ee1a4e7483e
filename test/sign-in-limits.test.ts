import { describe, expect, test } from 'vitest';
import { type Person, startGateway } from './harness.ts';

const gateway = await startGateway();

/** Requests of every kind with an API key and a wrong secret of its account. */
const guesses: Record<string, (person: Person) => Promise<unknown>> = {
  'REST e-mail': ({ token }) => gateway.rest('PUT', '/account/email', { token, body: { email: 'x@example.com', password: 'wrong' } }),
  'REST password': ({ token }) =>
    gateway.rest('PUT', '/account/password', { token, body: { current_password: 'wrong', password: 'x', password_confirmation: 'x' } }),
  'REST two-factor': ({ token }) => gateway.rest('POST', '/account/two-factor', { token, body: { code: '123456', password: 'wrong' } }),
  'a mutation': ({ token }) => gateway.mutate('updateEmail', { email: 'x@example.com', password: 'wrong' }, 'viewer { id }', { token }),
  'an alias': ({ token }) =>
    gateway.graphql('mutation { a: disableTwoFactor(input: { password: "wrong" }) { __typename } }', {}, { token }),
};

describe('the wrong secrets of a source are counted together', () => {
  test('over five kinds of request with one API key: after ten wrong secrets, each kind refuses the correct one too', async () => {
    const person = await gateway.createPerson();
    const all = Object.values(guesses);
    for (let round = 0; round < 10; round += 1) await all[round % all.length]?.(person);
    const refused = await gateway.rest('PUT', '/account/email', {
      token: person.token,
      body: { email: 'x@example.com', password: person.password },
    });
    expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
    expect(refused.body.errors[0].code).toBe('ThrottleRequestsException');
    const mutation = await gateway.mutate('updateEmail', { email: 'x@example.com', password: person.password }, 'viewer { id }', person);
    expect(mutation).toMatchObject({ __typename: 'RateLimited', code: 'RATE_LIMITED' });
    expect((await gateway.rest('GET', '/account', person)).status).toBe(200);
    expect((await gateway.mutate('createApiKey', { description: 'still' }, 'token', person)).__typename).toBe('CreateApiKeyPayload');
  });

  test('over the aliases of a document and over attempts at once: at most ten are verified', async () => {
    const several = await startGateway({
      env: { LIMIT_DOCUMENT_SECRETS: '0', LIMIT_DOCUMENT_CHANGES: '0', LIMIT_SIGN_INS_PER_MINUTE: '0' },
      db: gateway.db,
    });
    const person = await gateway.createPerson();
    const aliases = Array.from(
      { length: 30 },
      (_, n) => `a${n}: updateEmail(input: { email: "x@example.com", password: "wrong${n}" }) { __typename }`,
    );
    const { data } = await several.graphql(`mutation { ${aliases.join('\n')} }`, {}, person);
    const names = Object.values(data).map((result) => (result as { __typename: string }).__typename);
    expect(names.filter((name) => name === 'IncorrectPassword')).toHaveLength(10);
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, n) => several.graphql(query, { input: { login: person.username, password: `wrong${n}` } })),
    );
    const kinds = results.map(({ data: { signIn: result } }) => result.__typename);
    expect(kinds.filter((kind) => kind === 'InvalidCredentials')).toHaveLength(10);
    expect(kinds.filter((kind) => kind === 'RateLimited')).toHaveLength(30);
  });

  test('without correct ones', async () => {
    const person = await gateway.createPerson();
    for (let round = 0; round < 15; round += 1) {
      const body = { current_password: person.password, password: 'short', password_confirmation: 'short' };
      expect((await gateway.rest('PUT', '/account/password', { token: person.token, body })).status).toBe(422);
    }
  });
});

describe('an address', () => {
  test('has a limit of sign-ins per minute over all accounts; a /64 of IPv6 is one address', async () => {
    const few = await startGateway({ env: { LIMIT_SIGN_INS_PER_MINUTE: '3' }, db: gateway.db });
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const ask = async (n: number, peer: string) =>
      (await few.graphql(query, { input: { login: `n${n}`, password: 'x' } }, { peer })).data.signIn.__typename;
    for (let n = 0; n < 3; n += 1) expect(await ask(n, `2001:db8:1:1::${n + 1}`)).toBe('InvalidCredentials');
    expect(await ask(9, '2001:db8:1:1:ffff::1')).toBe('RateLimited');
    expect(await ask(9, '2001:db8:1:2::1')).toBe('InvalidCredentials');
  });

  test('has a limit of unknown keys per minute; known keys are still accepted', async () => {
    const few = await startGateway({ env: { LIMIT_UNKNOWN_KEYS_PER_MINUTE: '3' }, db: gateway.db });
    const person = await few.createPerson();
    const token = `ptlc_unknown1234${'x'.repeat(32)}`;
    for (let n = 0; n < 3; n += 1) expect((await few.rest('GET', '/account', { token })).status).toBe(401);
    expect((await few.rest('GET', '/account', { token })).status).toBe(429);
    expect((await few.graphql('{ viewer { id } }', {}, { token })).status).toBe(429);
    expect((await few.rest('GET', '/account', person)).status).toBe(200);
    expect((await few.rest('GET', '/account', { token, peer: '192.0.2.200' })).status).toBe(401);
  });
});

describe('an account', () => {
  test('has a limit of requests per minute over both APIs', async () => {
    const few = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '3' }, db: gateway.db });
    const person = await few.createPerson();
    expect((await few.rest('GET', '/account', person)).headers.get('x-ratelimit-remaining')).toBe('2');
    expect((await few.graphql('{ viewer { id } }', {}, person)).status).toBe(200);
    expect((await few.rest('GET', '/account', person)).headers.get('x-ratelimit-remaining')).toBe('0');
    const refused = await few.rest('GET', '/account', person);
    expect([refused.status, refused.headers.get('x-ratelimit-limit'), refused.body.errors[0].detail]).toEqual([
      429,
      '3',
      'Too Many Attempts.',
    ]);
    const query = await few.graphql('{ viewer { id } }', {}, person);
    expect([query.status, query.errors?.[0]?.extensions['code']]).toEqual([429, 'RATE_LIMITED']);
    expect(query.headers.get('retry-after')).toMatch(/^\d+$/);
  });
});
