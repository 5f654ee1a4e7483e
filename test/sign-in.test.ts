import { describe, expect, test } from 'vitest';
import { measureLeastCpu } from './cost.ts';
import { codeFor, startGateway } from './harness.ts';

const gateway = await startGateway();
const fields = 'viewer { profile { username } }';

/** Signs in as a browser does. @returns the result, and the cookie that the browser stores. */
async function signIn(login: string, password: string, peer = '192.0.2.1') {
  const query = `mutation ($input: SignInInput!) { signIn(input: $input) { __typename
    ... on SignInPayload { ${fields} } ... on TwoFactorRequired { challenge expiresAt } ... on Error { code message } ... on RateLimited { retryAfterSeconds } } }`;
  const answer = await gateway.graphql(query, { input: { login, password } }, { peer });
  return { ...answer.data.signIn, status: answer.status, cookie: cookieOf(answer.headers) };
}

async function complete(challenge: string, answer: object, peer = '192.0.2.1') {
  const query = `mutation ($input: CompleteSignInInput!) { completeSignIn(input: $input) { __typename
    ... on CompleteSignInPayload { ${fields} } ... on Error { code message } ... on CodeAlreadyUsed { waitSeconds } } }`;
  const result = await gateway.graphql(query, { input: { challenge, answer } }, { peer });
  return { ...result.data?.completeSignIn, errors: result.errors, cookie: cookieOf(result.headers) };
}

function cookieOf(headers: Headers): string | null {
  return headers.get('set-cookie')?.split(';')[0] ?? null;
}

const readViewer = (cookie: string) => gateway.graphql('{ viewer { profile { username } } }', {}, { headers: { cookie } });

describe('signing in', () => {
  test('by username or e-mail address, in any case, begins a session with a cookie that scripts cannot read', async () => {
    const person = await gateway.createPerson();
    for (const login of [person.username.toUpperCase(), ` ${person.email.toUpperCase()} `]) {
      const { cookie, ...result } = await signIn(login, person.password);
      expect(result).toMatchObject({ __typename: 'SignInPayload', viewer: { profile: { username: person.username } } });
      expect((await readViewer(cookie ?? '')).data.viewer.profile.username).toBe(person.username);
      expect((await gateway.rest('GET', '/account', { headers: { cookie: cookie ?? '' } })).body.attributes.username).toBe(person.username);
    }
    const { headers } = await gateway.graphql('mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }', {
      input: { login: person.username, password: person.password },
    });
    expect(headers.get('set-cookie')).toMatch(/^gateway_session_4000=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Expires=/);
  });

  test('an unknown account and a wrong password get the same answer', async () => {
    const person = await gateway.createPerson();
    const wrong = await signIn(person.username, 'not the password');
    const unknown = await signIn('unknown-account', 'not the password');
    expect(wrong).toEqual(unknown);
    expect(wrong).toMatchObject({ __typename: 'InvalidCredentials', code: 'INVALID_CREDENTIALS', cookie: null });
    for (const login of ['', '@', '\0', 'x'.repeat(100_000), '\ud800'])
      expect((await signIn(login, 'x')).__typename).toBe('InvalidCredentials');
  });

  test('an unknown account costs the same work as a wrong password', async () => {
    const passwordCost = { memoryKib: 8192, passes: 3, parallelism: 1 };
    const env = { LIMIT_WRONG_SECRETS_PER_15_MINUTES: '0', LIMIT_SIGN_INS_PER_MINUTE: '0' };
    const dear = await startGateway({ env, ownDatabase: true, passwordCost });
    const person = await dear.createPerson();
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const measure = (login: string) => measureLeastCpu(() => dear.graphql(query, { input: { login, password: 'wrong horse' } }), 15);
    const ratio = (await measure('unknown-account')) / (await measure(person.username));
    // Without the hash, an unknown account would cost a fraction. The rest of the difference is noise.
    expect(ratio).toBeGreaterThan(0.6);
    expect(ratio).toBeLessThan(1.7);
  });

  test('with two-factor authentication, no session begins before the second factor, and a challenge is used once', async () => {
    const person = await gateway.createPerson();
    const { secret, tokens } = await gateway.enableTwoFactor(person);
    gateway.clock.advance(60);
    const first = await signIn(person.email, person.password);
    expect(first).toMatchObject({ __typename: 'TwoFactorRequired', challenge: expect.stringMatching(/^[\w-]{43}$/), cookie: null });
    expect(await complete(first.challenge, { code: '000000' })).toMatchObject({ code: 'INVALID_CODE', cookie: null });
    const code = codeFor(secret, gateway.clock.now());
    const done = await complete(first.challenge, { code });
    expect((await readViewer(done.cookie ?? '')).data.viewer.profile.username).toBe(person.username);
    expect(await complete(first.challenge, { code })).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    const second = await signIn(person.email, person.password);
    expect(await complete(second.challenge, { code })).toMatchObject({ code: 'CODE_ALREADY_USED', waitSeconds: expect.any(Number) });
    const byToken = await complete(second.challenge, { recoveryToken: (tokens[0] ?? '').toLowerCase().replace(/(.{4})/g, '$1-') });
    expect(byToken.__typename).toBe('CompleteSignInPayload');
    const third = await signIn(person.email, person.password);
    expect(await complete(third.challenge, { recoveryToken: tokens[0] })).toMatchObject({ code: 'INVALID_CODE' });
    expect((await complete(third.challenge, { code, recoveryToken: 'both' })).errors?.[0]?.extensions['code']).toBe('BAD_REQUEST');
  });

  test('a challenge is refused after five minutes and after five wrong answers', async () => {
    const person = await gateway.createPerson();
    const { secret } = await gateway.enableTwoFactor(person);
    gateway.clock.advance(60);
    const late = await signIn(person.email, person.password);
    gateway.clock.advance(301);
    expect(await complete(late.challenge, { code: codeFor(secret, gateway.clock.now()) })).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    const tried = await signIn(person.email, person.password);
    for (let round = 0; round < 5; round += 1) expect((await complete(tried.challenge, { code: '000000' })).code).toBe('INVALID_CODE');
    expect(await complete(tried.challenge, { code: codeFor(secret, gateway.clock.now()) })).toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });

  test('of ten sign-ins with one code at once, one succeeds; of ten with one recovery token, one too', async () => {
    const person = await gateway.createPerson();
    const { secret, tokens } = await gateway.enableTwoFactor(person);
    gateway.clock.advance(60);
    const code = codeFor(secret, gateway.clock.now());
    for (const answer of [{ code }, { recoveryToken: tokens[3] }]) {
      const challenges = [];
      for (let round = 0; round < 10; round += 1)
        challenges.push((await signIn(person.email, person.password, `198.51.100.${round}`)).challenge);
      const results = await Promise.all(challenges.map((challenge, round) => complete(challenge, answer, `198.51.100.${round}`)));
      expect(results.filter(({ cookie }) => cookie !== null)).toHaveLength(1);
      expect(results.filter(({ __typename }) => __typename === 'CompleteSignInPayload')).toHaveLength(1);
    }
  });

  test('a bcrypt hash is verified and becomes argon2id; the bytes that bcrypt ignored do not become part of the password', async () => {
    const person = await gateway.createPerson();
    const bcrypt = '$2y$10$mNT4bjYK4S8RaUftEoZOOO78gCUh1knPhnxiBbZinqAY3PInl6VSS';
    await gateway.db.account.update({ where: { id: person.id }, data: { passwordHash: bcrypt } });
    const atOnce = await Promise.all([1, 2, 3].map((n) => signIn(person.username, 'password', `203.0.113.${n}`)));
    expect(atOnce.map(({ __typename }) => __typename)).toEqual(['SignInPayload', 'SignInPayload', 'SignInPayload']);
    const { passwordHash } = await gateway.db.account.findUniqueOrThrow({ where: { id: person.id } });
    expect(passwordHash).toMatch(/^\$argon2id\$/);
    expect((await signIn(person.username, 'password')).__typename).toBe('SignInPayload');
    expect((await signIn(person.username, 'Password')).__typename).toBe('InvalidCredentials');
  });

  test('every sign-in has its row of activity, and the owner sees the address of a failed one, in GraphQL', async () => {
    const person = await gateway.createPerson();
    const { secret } = await gateway.enableTwoFactor(person);
    gateway.clock.advance(60);
    await signIn(person.username, 'wrong', '203.0.113.66');
    const { challenge } = await signIn(person.username, person.password, '203.0.113.67');
    await complete(challenge, { code: '000000' }, '203.0.113.67');
    const again = await signIn(person.username, person.password, '192.0.2.50');
    await complete(again.challenge, { code: codeFor(secret, gateway.clock.now()) }, '192.0.2.50');
    await gateway.settle();
    const query = '{ viewer { activity(first: 9) { edges { node { event ip userAgent properties } } } } }';
    const { edges } = (await gateway.graphql(query, {}, person)).data.viewer.activity;
    const rows: { event: string; ip: string; userAgent: null; properties: { ip: string } }[] = edges.map(
      ({ node }: { node: unknown }) => node,
    );
    const addressesOf = (event: string) => rows.filter((row) => row.event === event).map(({ ip, properties }) => [ip, properties.ip]);
    expect(addressesOf('auth:fail').sort()).toEqual([
      ['203.0.113.66', '203.0.113.66'],
      ['203.0.113.67', '203.0.113.67'],
    ]);
    expect(addressesOf('auth:success')).toEqual([['192.0.2.50', '192.0.2.50']]);
    const { text } = await gateway.rest('GET', '/account/activity', person);
    expect([text.includes('192.0.2.50'), text.includes('203.0.113.6')]).toEqual([true, false]);
  });
});
