import { describe, expect, test } from 'vitest';
import { type Person, startGateway } from './harness.ts';

// All sign-ins here come from one address. Their limit is tested in sign-in-limits.test.ts.
const gateway = await startGateway({ env: { LIMIT_SIGN_INS_PER_MINUTE: '0' } });

/** Signs in. @returns the header that a browser sends from then on. */
async function browserOf(person: Person, userAgent = 'Browser/1.0') {
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
  const input = { login: person.username, password: person.password };
  const { headers } = await gateway.graphql(query, { input }, { headers: { 'user-agent': userAgent }, peer: '192.0.2.77' });
  return { headers: { cookie: headers.get('set-cookie')?.split(';')[0] ?? '' } };
}

const isOpen = async (browser: { headers: { cookie: string } }) =>
  (await gateway.rest('GET', '/account', browser)).status === 200 &&
  (await gateway.graphql('{ viewer { id } }', {}, browser)).status === 200;

describe('sessions', () => {
  test('are listed with address, user agent and times, and the session of the request is marked', async () => {
    const person = await gateway.createPerson();
    const [here] = [await browserOf(person, 'Here/1'), await browserOf(person, 'There/2')];
    const query = '{ viewer { sessions { current ip userAgent createdAt lastSeenAt expiresAt } } }';
    const { sessions } = (await gateway.graphql(query, {}, here)).data.viewer;
    expect(sessions).toEqual([
      expect.objectContaining({ current: true, userAgent: 'Here/1', ip: '192.0.2.77' }),
      expect.objectContaining({ current: false, userAgent: 'There/2', ip: '192.0.2.77' }),
    ]);
  });

  test('are revoked one by one or all at once, from their next request on', async () => {
    const person = await gateway.createPerson();
    const [one, two, three] = [await browserOf(person), await browserOf(person), await browserOf(person)];
    const list = (await gateway.graphql('{ viewer { sessions { id current } } }', {}, one)).data.viewer.sessions;
    expect((await gateway.mutate('revokeSession', { id: list[1].id }, 'viewer { sessions { id } }', one)).viewer.sessions).toHaveLength(2);
    expect([await isOpen(one), await isOpen(two), await isOpen(three)]).toEqual([true, false, true]);
    await gateway.graphql('mutation { revokeOtherSessions { __typename } }', {}, one);
    expect([await isOpen(one), await isOpen(three)]).toEqual([true, false]);
    expect((await gateway.rest('GET', '/account', person)).status).toBe(200);
  });

  test('of another account are not found and not ended', async () => {
    const [mine, theirs] = [await gateway.createPerson(), await gateway.createPerson()];
    const browser = await browserOf(theirs);
    const { id } = (await gateway.graphql('{ viewer { sessions { id } } }', {}, browser)).data.viewer.sessions[0];
    const here = await browserOf(mine);
    expect(await gateway.mutate('revokeSession', { id }, 'viewer { id }', here)).toMatchObject({ __typename: 'NotFound' });
    expect((await gateway.graphql('query ($id: ID!) { node(id: $id) { id } }', { id }, here)).data.node).toBeNull();
    expect(await isOpen(browser)).toBe(true);
  });

  // A stolen key could sign out its owner.
  test('are not ended by an API key: the field is refused', async () => {
    const person = await gateway.createPerson();
    const browser = await browserOf(person);
    const { id } = (await gateway.graphql('{ viewer { sessions { id } } }', {}, browser)).data.viewer.sessions[0];
    const fields = [`one: revokeSession(input: { id: "${id}" }) { __typename }`, 'all: revokeOtherSessions { __typename }'];
    for (const field of fields) {
      const answer = await gateway.graphql(`mutation { ${field} }`, {}, person);
      expect([answer.status, answer.errors]).toEqual([
        200,
        [expect.objectContaining({ path: [field.split(':')[0]], extensions: { code: 'FORBIDDEN' } })],
      ]);
    }
    expect(await isOpen(browser)).toBe(true);
    expect(await gateway.db.activity.count({ where: { accountId: person.id, event: 'user:sessions.end' } })).toBe(0);
  });

  test('except the session of the request end when the password is changed and when two-factor authentication is enabled or disabled; API keys stay', async () => {
    const person = await gateway.createPerson();
    const acts: ((browser: { headers: { cookie: string } }) => Promise<unknown>)[] = [
      (browser) =>
        gateway.mutate('updatePassword', { currentPassword: person.password, newPassword: person.password }, 'viewer { id }', browser),
      () => gateway.enableTwoFactor(person),
      () => gateway.mutate('disableTwoFactor', { password: person.password }, 'viewer { id }', person),
    ];
    const [acting, stolen] = [await browserOf(person), await browserOf(person)];
    await acts[0]?.(acting);
    expect([await isOpen(acting), await isOpen(stolen)]).toEqual([true, false]);
    // Never used between its sign-in and the change.
    const unused = await browserOf(person);
    await acts[1]?.(acting);
    expect([await isOpen(acting), await isOpen(unused)]).toEqual([false, false]);
    await acts[2]?.(acting);
    expect((await gateway.rest('GET', '/account', person)).status).toBe(200);
  });

  test('that begin during a change of the password end with it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const person = await gateway.createPerson();
      const signIns = Array.from({ length: 8 }, () => browserOf(person));
      const change = gateway.mutate(
        'updatePassword',
        { currentPassword: person.password, newPassword: 'another horse' },
        'viewer { id }',
        person,
      );
      const browsers = await Promise.all(signIns);
      expect((await change).__typename).toBe('UpdatePasswordPayload');
      for (const browser of browsers.filter(({ headers }) => headers.cookie !== '')) expect(await isOpen(browser)).toBe(false);
    }
  });

  test('end at sign-out, which clears the cookie', async () => {
    const person = await gateway.createPerson();
    const browser = await browserOf(person);
    const out = await gateway.graphql('mutation { signOut { ... on SignOutPayload { viewer { id } } } }', {}, browser);
    expect(out.data.signOut.viewer).toBeNull();
    expect(out.headers.get('set-cookie')).toMatch(/^gateway_session_4000=; Path=\/; HttpOnly; SameSite=Lax; Max-Age=0$/);
    expect(await isOpen(browser)).toBe(false);
  });

  test('end after 12 hours without a request, and after 14 days in any case', async () => {
    const person = await gateway.createPerson();
    const [idle, busy] = [await browserOf(person), await browserOf(person)];
    const findIdle = async () => (await gateway.graphql('query ($id: ID!) { node(id: $id) { id } }', { id }, busy)).data.node;
    const { id } = (await gateway.graphql('{ viewer { sessions { id current } } }', {}, idle)).data.viewer.sessions.find(
      ({ current }: { current: boolean }) => current,
    );
    expect(await findIdle()).toEqual({ id });
    for (let half = 0; half < 27; half += 1) {
      gateway.clock.advance(11.5 * 3600);
      expect(await isOpen(busy)).toBe(true);
    }
    expect(await isOpen(idle)).toBe(false);
    expect(await findIdle()).toBeNull();
    gateway.clock.advance(15 * 3600 + 26 * 3600);
    expect(await isOpen(busy)).toBe(false);
  });

  test('that ended are 401, never "signed out", and do not prevent a new sign-in', async () => {
    const person = await gateway.createPerson();
    const browser = await browserOf(person);
    await gateway.graphql('mutation { revokeOtherSessions { __typename } }', {}, await browserOf(person));
    const answer = await gateway.graphql('{ viewer { id } }', {}, browser);
    expect([answer.status, answer.errors?.[0]?.extensions['code']]).toEqual([401, 'UNAUTHENTICATED']);
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { ... on SignInPayload { viewer { id } } } }';
    const again = await gateway.graphql(query, { input: { login: person.username, password: person.password } }, browser);
    expect(again.data.signIn.viewer.id).toBeTruthy();
  });

  test('are ignored where the request has a bearer token', async () => {
    const [mine, theirs] = [await gateway.createPerson(), await gateway.createPerson()];
    const browser = await browserOf(theirs);
    expect((await gateway.rest('GET', '/account', { token: mine.token, ...browser })).body.attributes.username).toBe(mine.username);
    expect((await gateway.rest('GET', '/account', { token: `${mine.token}x`, ...browser })).status).toBe(401);
  });

  test('have a cookie with Secure and __Host- over https', async () => {
    const secure = await startGateway({ env: { APP_URL: 'https://panel.example.com' }, db: gateway.db });
    const person = await secure.createPerson();
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const { headers } = await secure.graphql(query, { input: { login: person.username, password: person.password } });
    expect(headers.get('set-cookie')).toMatch(/^__Host-gateway_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure; Expires=/);
  });
});

describe('a page of another site', () => {
  const attack = 'mutation { createApiKey(input: { description: "stolen" }) { __typename } }';
  const crossSite = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'https://other.gateway.test' },
  ];

  test('cannot change anything with the cookie, with any content type, in both APIs', async () => {
    const person = await gateway.createPerson();
    const { headers } = await browserOf(person);
    for (const site of crossSite) {
      for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'application/graphql']) {
        const body =
          type === 'application/graphql'
            ? attack
            : type.endsWith('urlencoded')
              ? `query=${encodeURIComponent(attack)}`
              : JSON.stringify({ query: attack });
        const response = await gateway.fetch('/graphql', { method: 'POST', headers: { ...headers, ...site, 'content-type': type }, body });
        expect(response.status).toBeGreaterThanOrEqual(400);
      }
      const rest = await gateway.rest('POST', '/account/api-keys', { headers: { ...headers, ...site }, body: { description: 'stolen' } });
      expect([rest.status, rest.body.errors[0].code]).toEqual([403, 'AccessDeniedHttpException']);
    }
    expect(await gateway.db.apiKey.count({ where: { accountId: person.id, description: 'stolen' } })).toBe(0);
  });

  test('cannot sign a browser in to another account', async () => {
    const person = await gateway.createPerson();
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const input = { login: person.username, password: person.password };
    const answer = await gateway.graphql(query, { input }, { headers: { origin: 'https://evil.example' } });
    expect([answer.status, answer.errors?.[0]?.extensions['code'], answer.headers.get('set-cookie')]).toEqual([403, 'FORBIDDEN', null]);
  });

  test('can do so from an allowed origin; a bearer token is accepted from any', async () => {
    const open = await startGateway({ env: { CORS_ORIGINS: 'https://frontend.example.com' }, db: gateway.db });
    const person = await open.createPerson();
    const { headers } = await browserOf(person);
    for (const site of [
      { origin: 'http://gateway.test' },
      { origin: 'https://frontend.example.com', 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-origin' },
      {},
    ]) {
      expect(
        (await open.graphql(attack, {}, { headers: { ...headers, ...(site as Record<string, string>) } })).data.createApiKey.__typename,
      ).toBe('CreateApiKeyPayload');
    }
    const bearer = await gateway.graphql(attack, {}, { token: person.token, headers: { origin: 'https://evil.example' } });
    expect(bearer.data.createApiKey.__typename).toBe('CreateApiKeyPayload');
  });
});
