import { describe, expect, test } from 'vitest';
import { signOutAccount, unlockAccount } from '../src/account/operator/changes.ts';
import { createBrowser } from './browser.ts';
import { codeFor, type Person, startGateway } from './harness.ts';

const gateway = await startGateway({ env: { LIMIT_SIGN_INS_PER_MINUTE: '0', LIMIT_REQUESTS_PER_MINUTE: '0' } });
const windowSeconds = 900;

/** Guesses at a login from networks that never signed in, each at most nine times. @returns the results. */
async function guessFromNetworks(login: string, guesses: number): Promise<string[]> {
  const results: string[] = [];
  for (let n = 0; n < guesses; n += 1) {
    const network = createBrowser(gateway, `198.51.${Math.floor(n / 9)}.7`);
    results.push((await network.signIn(login, `wrong${n}`)).__typename);
  }
  return results;
}

const count = (results: readonly string[], name: string) => results.filter((result) => result === name).length;

async function signInTo(person: Person, peer?: string) {
  const browser = createBrowser(gateway, peer);
  expect((await browser.signIn(person.username, person.password)).__typename).toBe('SignInPayload');
  return browser;
}

async function createKey(maker: { token: string }): Promise<{ token: string; identifier: string }> {
  const { body } = await gateway.rest('POST', '/account/api-keys', { ...maker, body: { description: 'x' } });
  return { identifier: body.attributes.identifier, token: `${body.attributes.identifier}${body.meta.secret_token}` };
}

/** Guesses with an API key. @returns the status of the answer. */
const guessBy = async ({ token }: { token: string }) =>
  (await gateway.rest('PUT', '/account/email', { token, body: { email: 'x@example.com', password: 'wrong' } })).status;

async function guessTimes(times: number, guess: () => Promise<unknown>): Promise<unknown[]> {
  const results: unknown[] = [];
  for (let n = 0; n < times; n += 1) results.push(await guess());
  return results;
}

describe('who guesses from networks that never signed in', () => {
  test('reaches a limit of fifty a day for each login, also by nine in each window, and the same for a login of no account', async () => {
    const person = await gateway.createPerson();
    for (const login of [person.username, person.email, 'no-such-account', 'none@example.com']) {
      const results = await guessFromNetworks(login, 60);
      expect([count(results, 'InvalidCredentials'), count(results, 'RateLimited')]).toEqual([50, 10]);
    }
    const slow = await gateway.createPerson();
    const network = createBrowser(gateway, '198.51.100.7');
    let allowed = 0;
    for (let window = 0; window < 8; window += 1) {
      const results = await guessTimes(9, async () => (await network.signIn(slow.username, 'wrong')).__typename);
      allowed += results.filter((result) => result === 'InvalidCredentials').length;
      gateway.clock.advance(windowSeconds);
    }
    expect(allowed).toBe(50);
    gateway.clock.advance(86_400);
    expect((await network.signIn(slow.username, slow.password)).__typename).toBe('SignInPayload');
  });

  test('does not lock the owner out of a browser that signed in before, of sessions, of API keys, or of changes', async () => {
    const person = await gateway.createPerson();
    const [known, signedIn] = [await signInTo(person), await signInTo(person)];
    known.dropSession();
    for (const login of [person.username, person.email]) await guessFromNetworks(login, 60);
    expect((await createBrowser(gateway, '203.0.113.9').signIn(person.username, person.password)).__typename).toBe('RateLimited');
    expect((await known.signIn(person.email, person.password)).__typename).toBe('SignInPayload');
    expect(await signedIn.guess(person.password)).toBe('TwoFactorNotEnabled');
    const body = { current_password: person.password, password: 'another horse', password_confirmation: 'another horse' };
    expect((await gateway.rest('PUT', '/account/password', { ...person, body })).status).toBe(204);
  });

  test('has ten for each network and login in 15 minutes; a /64 of IPv6 is one network', async () => {
    const person = await gateway.createPerson();
    const guesses = await guessTimes(12, () => createBrowser(gateway, '2001:db8:9:9::1').signIn(person.username.toUpperCase(), 'wrong'));
    expect(guesses.slice(9).map((result) => Object(result).__typename)).toEqual(['InvalidCredentials', 'RateLimited', 'RateLimited']);
    const refused = await createBrowser(gateway, '2001:db8:9:9:ffff::2').signIn(` ${person.username} `, person.password);
    expect(refused).toMatchObject({ __typename: 'RateLimited', retryAfterSeconds: windowSeconds });
    expect((await createBrowser(gateway, '2001:db8:9:8::1').signIn(person.username, person.password)).__typename).toBe('SignInPayload');
    gateway.clock.advance(windowSeconds);
    expect((await createBrowser(gateway, '2001:db8:9:9::1').signIn(person.username, person.password)).__typename).toBe('SignInPayload');
  });
});

describe('a sign-in', () => {
  test('that awaits its second factor clears no count and marks no browser', async () => {
    const person = await gateway.createPerson();
    const { secret } = await gateway.enableTwoFactor(person);
    gateway.clock.advance(60);
    const browser = createBrowser(gateway, '198.51.100.20');
    const codes = async () => {
      const { challenge } = await browser.signIn(person.username, person.password);
      return (await browser.complete(challenge, { code: '000000' })).code;
    };
    expect(await guessTimes(9, codes)).toEqual(Array(9).fill('INVALID_CODE'));
    expect([...browser.cookies.keys()]).toEqual([]);
    // The password and the code share ten guesses.
    expect((await browser.signIn(person.username, 'wrong')).code).toBe('INVALID_CREDENTIALS');
    expect((await browser.signIn(person.username, person.password)).__typename).toBe('RateLimited');
    gateway.clock.advance(windowSeconds);
    for (let round = 0; round < 2; round += 1) {
      expect(await guessTimes(9, async () => (await browser.signIn(person.username, 'wrong')).code)).toHaveLength(9);
      const { challenge } = await browser.signIn(person.username, person.password);
      expect((await browser.complete(challenge, { code: codeFor(secret, gateway.clock.now()) })).__typename).toBe('CompleteSignInPayload');
      gateway.clock.advance(60);
    }
    expect([...browser.cookies.keys()]).toContain('gateway_device_4000');
  });

  test('that is complete clears the count of its own browser or network, and of no other', async () => {
    const person = await gateway.createPerson();
    const [owner, other] = [createBrowser(gateway, '198.51.100.30'), createBrowser(gateway, '198.51.100.31')];
    for (const browser of [owner, other]) await guessTimes(9, () => browser.signIn(person.username, 'wrong'));
    expect((await owner.signIn(person.username, person.password)).__typename).toBe('SignInPayload');
    await guessTimes(9, () => owner.signIn(person.username, 'wrong'));
    expect((await owner.signIn(person.username, person.password)).__typename).toBe('SignInPayload');
    await other.signIn(person.username, 'wrong');
    expect((await other.signIn(person.username, person.password)).__typename).toBe('RateLimited');
  });

  test('from a known browser has ten guesses in 15 minutes and a hundred a day of its own', async () => {
    const person = await gateway.createPerson();
    const known = await signInTo(person);
    let allowed = 0;
    for (let window = 0; window < 12; window += 1) {
      const results = await guessTimes(12, async () => (await known.signIn(person.username, 'wrong')).code);
      allowed += results.filter((code) => code === 'INVALID_CREDENTIALS').length;
      gateway.clock.advance(windowSeconds);
    }
    expect(allowed).toBe(100);
    expect((await createBrowser(gateway, '203.0.113.40').signIn(person.username, person.password)).__typename).toBe('SignInPayload');
  });
});

describe('what marks a browser', () => {
  /** Whether a browser is known to an account: its network has no guesses left. */
  async function isKnown(browser: Awaited<ReturnType<typeof signInTo>>, person: Person): Promise<boolean> {
    browser.dropSession();
    await guessFromNetworks(person.username, 51);
    return (await browser.signIn(person.username, person.password)).__typename === 'SignInPayload';
  }

  test('cannot be read by scripts, is kept for 180 days, opens nothing, and counts for its own account only', async () => {
    const [ada, bob] = [await gateway.createPerson(), await gateway.createPerson()];
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const { headers } = await gateway.graphql(query, { input: { login: ada.username, password: ada.password } });
    const expires = new Date(gateway.clock.now().getTime() + 180 * 86_400_000).toUTCString();
    const mark = new RegExp(`^gateway_device_4000=[\\w-]{70}; Path=/; HttpOnly; SameSite=Lax; Expires=${expires}$`);
    expect(headers.getSetCookie()).toContainEqual(expect.stringMatching(mark));
    const browser = await signInTo(ada);
    browser.dropSession();
    expect((await browser.graphql('{ viewer { id } }')).data.viewer).toBeNull();
    expect(await isKnown(browser, bob)).toBe(false);
    expect(await isKnown(browser, ada)).toBe(true);
    gateway.clock.advance(180 * 86_400);
    expect(await isKnown(browser, ada)).toBe(false);
  });

  test('is kept for each of the accounts that use the browser', async () => {
    const people = [await gateway.createPerson(), await gateway.createPerson(), await gateway.createPerson()];
    const browser = createBrowser(gateway);
    for (const { username, password } of people) await browser.signIn(username, password);
    for (const person of people) expect(await isKnown(browser, person)).toBe(true);
  });

  test('is refused when it is changed, and where two are sent', async () => {
    const person = await gateway.createPerson();
    const browser = await signInTo(person);
    const mark = browser.cookies.get('gateway_device_4000') ?? '';
    for (const changed of [`${mark.slice(0, -2)}xx`, `x${mark.slice(1)}`, '', 'x'.repeat(10_000), mark.repeat(2)]) {
      browser.cookies.set('gateway_device_4000', changed);
      expect(await isKnown(browser, person)).toBe(false);
    }
    browser.cookies.set('gateway_device_4000', `${mark}; gateway_device_4000=${mark}`);
    expect(await isKnown(browser, person)).toBe(false);
    browser.cookies.set('gateway_device_4000', mark);
    expect(await isKnown(browser, person)).toBe(true);
  });

  test.each(['GraphQL', 'REST'])('ends with a new password, except in the browser that changed it (%s)', async (api) => {
    const person = await gateway.createPerson();
    const [here, elsewhere] = [await signInTo(person), await signInTo(person)];
    const [currentPassword, newPassword] = [person.password, 'another horse'];
    if (api === 'REST') {
      const body = { current_password: currentPassword, password: newPassword, password_confirmation: newPassword };
      expect((await here.rest('PUT', '/account/password', body)).status).toBe(204);
    } else {
      const query = 'mutation ($input: UpdatePasswordInput!) { updatePassword(input: $input) { __typename } }';
      await here.graphql(query, { input: { currentPassword, newPassword } });
    }
    const changed = { ...person, password: newPassword };
    expect([await isKnown(elsewhere, changed), await isKnown(here, changed)]).toEqual([false, true]);
  });

  test('ends when the operator signs the account out', async () => {
    const person = await gateway.createPerson();
    const browser = await signInTo(person);
    await signOutAccount(gateway.tools, person.username);
    expect(await isKnown(browser, person)).toBe(false);
  });
});

describe('an API key that guesses', () => {
  test('uses up its own guesses, and those of no other key, session or sign-in', async () => {
    const person = await gateway.createPerson();
    const [stolen, other] = [person, await signInTo(person)];
    const unrelated = await createKey(await signedInKey(other));
    expect(await guessTimes(11, () => guessBy(stolen))).toEqual([...Array(10).fill(400), 429]);
    expect([await guessBy(unrelated), await other.guess()]).toEqual([400, 'IncorrectPassword']);
    expect((await createBrowser(gateway, '203.0.113.50').signIn(person.username, person.password)).__typename).toBe('SignInPayload');
  });

  test('shares its guesses with the keys that it makes and that these make, also after it is deleted', async () => {
    const person = await gateway.createPerson();
    const child = await createKey(person);
    const grandchild = await createKey(child);
    expect(await guessTimes(4, () => guessBy(person))).toEqual(Array(4).fill(400));
    expect(await guessTimes(4, () => guessBy(child))).toEqual(Array(4).fill(400));
    for (const { identifier } of [person, child]) await gateway.rest('DELETE', `/account/api-keys/${identifier}`, grandchild);
    expect(await guessTimes(3, () => guessBy(grandchild))).toEqual([400, 400, 429]);
    expect(await guessBy(await createKey(grandchild))).toBe(429);
  });

  test('has a limit of a hundred a day, by all forms of guessing together', async () => {
    const person = await gateway.createPerson();
    const forms = [
      () => guessBy(person),
      async () => (await gateway.rest('POST', '/account/two-factor', { ...person, body: { code: '123456', password: 'wrong' } })).status,
      async () => {
        const mutation = 'mutation { a: disableTwoFactor(input: { password: "wrong" }) { __typename } }';
        return (await gateway.graphql(mutation, {}, person)).data.a.__typename === 'RateLimited' ? 429 : 400;
      },
    ];
    let allowed = 0;
    for (let window = 0; window < 11; window += 1) {
      for (let n = 0; n < 12; n += 1) allowed += (await forms[n % forms.length]?.()) === 400 ? 1 : 0;
      gateway.clock.advance(windowSeconds);
    }
    expect(allowed).toBe(100);
  });

  test('that was made in a session has a window of its own, and shares the limit of the day with the session, also after both are gone', async () => {
    const person = await gateway.createPerson();
    const session = await signInTo(person);
    let allowed = 0;
    for (let n = 0; n < 12; n += 1) {
      const key = await signedInKey(session);
      const results = await guessTimes(11, () => guessBy(key));
      allowed += results.filter((status) => status === 400).length;
      await gateway.rest('DELETE', `/account/api-keys/${key.identifier}`, key);
    }
    expect(allowed).toBe(100);
    const last = await signedInKey(session);
    expect([await session.guess(), await guessBy(last)]).toEqual(['RateLimited', 429]);
    await session.graphql('mutation { signOut { __typename } }');
    expect(await guessBy(last)).toBe(429);
    expect(await (await signInTo(person)).guess()).toBe('IncorrectPassword');
  });

  async function signedInKey(session: Awaited<ReturnType<typeof signInTo>>) {
    const { body } = await session.rest('POST', '/account/api-keys', { description: 'x' });
    return { identifier: body.attributes.identifier as string, token: `${body.attributes.identifier}${body.meta.secret_token}` };
  }
});

test('after the operator unlocks an account, every source of it can guess again, at once and on every instance', async () => {
  const other = await startGateway({ env: { LIMIT_SIGN_INS_PER_MINUTE: '0' }, db: gateway.db });
  const person = await gateway.createPerson();
  const browser = await signInTo(person);
  await guessFromNetworks(person.username, 60);
  await guessTimes(10, () => guessBy(person));
  await guessTimes(10, () => browser.guess());
  expect([await guessBy(person), await browser.guess()]).toEqual([429, 'RateLimited']);
  await unlockAccount(other.tools, person.username);
  expect([await guessBy(person), await browser.guess()]).toEqual([400, 'IncorrectPassword']);
  expect((await createBrowser(gateway, '203.0.113.60').signIn(person.username, person.password)).__typename).toBe('SignInPayload');
  const row = await gateway.db.activity.findFirst({ where: { accountId: person.id, event: 'user:account.unlocked' } });
  expect(row).toMatchObject({ actorId: null, properties: { by: 'operator' } });
});
