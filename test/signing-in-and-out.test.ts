import { describe, expect, test } from 'vitest';
import { createBrowser } from './browser.ts';
import { codeFor, type Person, startGateway } from './harness.ts';

const gateway = await startGateway({ env: { LIMIT_SIGN_INS_PER_MINUTE: '0', LIMIT_REQUESTS_PER_MINUTE: '0' } });

async function signInTo(person: Person, from = gateway) {
  const browser = createBrowser(from);
  expect((await browser.signIn(person.username, person.password)).__typename).toBe('SignInPayload');
  return browser;
}

const sessionOf = (browser: ReturnType<typeof createBrowser>) => ({
  cookie: `gateway_session_4000=${browser.cookies.get('gateway_session_4000')}`,
});
const statusOf = async (headers: Record<string, string>) => (await gateway.rest('GET', '/account', { headers })).status;
const countOf = ({ id }: Person) => gateway.db.session.count({ where: { accountId: id } });
const eventsOf = async ({ id }: Person, event: string) => gateway.db.activity.count({ where: { accountId: id, event } });

describe('signing in', () => {
  test('ends the session whose cookie comes with it, also one of another account', async () => {
    const [ada, bob] = [await gateway.createPerson(), await gateway.createPerson()];
    const [browser, other] = [await signInTo(ada), await signInTo(ada)];
    const first = sessionOf(browser);
    expect((await browser.signIn(ada.email, ada.password)).__typename).toBe('SignInPayload');
    expect([await statusOf(first), await statusOf(sessionOf(browser)), await statusOf(sessionOf(other))]).toEqual([401, 200, 200]);
    expect([await countOf(ada), await eventsOf(ada, 'user:sessions.end')]).toEqual([2, 0]);
    const second = sessionOf(browser);
    await browser.signIn(bob.username, bob.password);
    expect([await statusOf(second), await statusOf(sessionOf(browser))]).toEqual([401, 200]);
    expect([await countOf(ada), await countOf(bob), await eventsOf(ada, 'user:sessions.end')]).toEqual([1, 1, 1]);
  });

  test('with a second factor ends it when the sign-in is complete, and not before', async () => {
    const person = await gateway.createPerson();
    const { secret } = await gateway.enableTwoFactor(person);
    gateway.clock.advance(60);
    const browser = createBrowser(gateway);
    const complete = async () => {
      const { challenge } = await browser.signIn(person.username, person.password);
      return (await browser.complete(challenge, { code: codeFor(secret, gateway.clock.now()) })).__typename;
    };
    expect(await complete()).toBe('CompleteSignInPayload');
    const first = sessionOf(browser);
    gateway.clock.advance(60);
    const { challenge } = await browser.signIn(person.username, person.password);
    expect(await statusOf(first)).toBe(200);
    expect((await browser.complete(challenge, { code: '000000' })).code).toBe('INVALID_CODE');
    expect(await statusOf(first)).toBe(200);
    expect(await complete()).toBe('CompleteSignInPayload');
    expect([await statusOf(first), await countOf(person)]).toEqual([401, 1]);
  });

  test('that fails ends nothing', async () => {
    const person = await gateway.createPerson();
    const browser = await signInTo(person);
    expect((await browser.signIn(person.username, 'wrong')).code).toBe('INVALID_CREDENTIALS');
    expect(await statusOf(sessionOf(browser))).toBe(200);
  });

  test('beside a bearer token ends nothing: cookies are ignored', async () => {
    const person = await gateway.createPerson();
    const browser = await signInTo(person);
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const input = { login: person.username, password: person.password };
    await gateway.graphql(query, { input }, { token: person.token, headers: sessionOf(browser) });
    expect(await statusOf(sessionOf(browser))).toBe(200);
  });
});

describe('an account has a maximum of open sessions', () => {
  test('beyond which a sign-in ends the least recently used one, also where its last use is not written yet', async () => {
    const few = await startGateway({ env: { LIMIT_SESSIONS: '3', LIMIT_SIGN_INS_PER_MINUTE: '0' }, db: gateway.db });
    const person = await few.createPerson();
    const statuses = async (browsers: ReturnType<typeof createBrowser>[]) =>
      Promise.all(browsers.map(async (browser) => (await few.rest('GET', '/account', { headers: sessionOf(browser) })).status));
    const browsers = [];
    for (let n = 0; n < 3; n += 1) {
      browsers.push(await signInTo(person, few));
      few.clock.advance(60);
    }
    expect(await statuses(browsers.slice(0, 1))).toEqual([200]);
    few.clock.advance(60);
    browsers.push(await signInTo(person, few));
    expect(await statuses(browsers)).toEqual([200, 401, 200, 200]);
    expect(await countOf(person)).toBe(3);
  });

  test('also where more were open before: fifty stay', async () => {
    const person = await gateway.createPerson();
    const now = gateway.clock.now();
    const expiresAt = new Date(now.getTime() + 3_600_000);
    const data = Array.from({ length: 300 }, (_, n) => ({
      accountId: person.id,
      tokenHash: new TextEncoder().encode(`${person.username} ${n}`),
      createdAt: now,
      lastSeenAt: now,
      expiresAt,
    }));
    await gateway.db.session.createMany({ data });
    await signInTo(person);
    expect(await countOf(person)).toBe(50);
  });

  test('also for sign-ins at once, and one at least', async () => {
    const one = await startGateway({ env: { LIMIT_SESSIONS: '1', LIMIT_SIGN_INS_PER_MINUTE: '0' }, db: gateway.db });
    const person = await one.createPerson();
    const browsers = await Promise.all(Array.from({ length: 8 }, () => signInTo(person, one)));
    const statuses = await Promise.all(browsers.map((browser) => statusOf(sessionOf(browser))));
    expect([await countOf(person), statuses.filter((status) => status === 200).length]).toEqual([1, 1]);
  });
});

describe('signing out', () => {
  const out = 'mutation { signOut { __typename ... on SignOutPayload { viewer { id } } } }';

  test('succeeds where the session has ended, and clears the cookie', async () => {
    const person = await gateway.createPerson();
    const ended = await signInTo(person);
    await gateway.db.session.deleteMany({ where: { accountId: person.id } });
    const answer = await gateway.graphql(out, {}, { headers: sessionOf(ended) });
    expect([answer.status, answer.errors, answer.data]).toEqual([
      200,
      undefined,
      { signOut: { __typename: 'SignOutPayload', viewer: null } },
    ]);
    expect(answer.headers.get('set-cookie')).toMatch(/^gateway_session_4000=; .*Max-Age=0$/);
  });

  test('with a bearer token touches no cookie and ends no session', async () => {
    const person = await gateway.createPerson();
    const browser = await signInTo(person);
    const answer = await gateway.graphql(out, {}, { token: person.token, headers: sessionOf(browser) });
    expect([answer.data.signOut.viewer, answer.headers.get('set-cookie'), await statusOf(sessionOf(browser))]).toEqual([null, null, 200]);
    expect((await gateway.rest('GET', '/account', person)).status).toBe(200);
  });

  test('without a credential, or with a wrong bearer token, is refused', async () => {
    for (const ask of [{}, { token: `ptlc_unknown1234${'x'.repeat(32)}` }]) {
      const answer = await gateway.graphql(out, {}, ask);
      expect([answer.status, answer.errors?.[0]?.extensions['code']]).toEqual([401, 'UNAUTHENTICATED']);
    }
  });
});
