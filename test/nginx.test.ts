import { describe, expect, test } from 'vitest';
import { connect } from '../src/db/database.ts';
import { afterwards } from './afterwards.ts';
import { createDatabaseProxy } from './database-proxy.ts';
import { remember, startGateway } from './harness.ts';
import { startLossyRelay } from './lossy-relay.ts';
import { hasNginx, host, startNginx } from './nginx.ts';
import { createMigratedDatabase, until } from './processes.ts';
import { serve } from './serve.ts';

const json = { 'content-type': 'application/json' };
const origin = { origin: `https://${host}` };

async function startInstances() {
  const env = { APP_URL: `https://${host}`, TRUSTED_PROXIES: '127.0.0.1', LIMIT_REQUESTS_PER_MINUTE: '100' };
  const proxy = await createDatabaseProxy(await createMigratedDatabase());
  const db = remember(connect(proxy.url, () => undefined));
  afterwards(() => db.$disconnect());
  const gateway = await startGateway({ env, db });
  const other = await startGateway({ env, db });
  const relays = [await startLossyRelay(await serve(gateway)), await startLossyRelay(await serve(other))] as const;
  const nginx = await startNginx([relays[0].port, relays[1].port]);
  return { gateway, proxy, relays, nginx, takeMethods: () => relays.flatMap(({ takeMethods }) => takeMethods()) };
}

describe.skipIf(!hasNginx)('behind nginx with the files of deploy/, two instances', async () => {
  const { gateway, proxy, relays, nginx, takeMethods } = hasNginx ? await startInstances() : ({} as never);

  test('answer a browser that signed in over TLS, with its own address', async () => {
    const { username, password } = await gateway.createPerson();
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const body = { query, variables: { input: { login: username, password } } };
    const spoofed = { 'x-forwarded-for': '198.51.100.7' };
    const signedIn = await nginx.ask('POST', '/graphql', { body, headers: { ...json, ...origin, ...spoofed }, address: '127.0.0.9' });
    expect(JSON.parse(signedIn.text)).toEqual({ data: { signIn: { __typename: 'SignInPayload' } } });
    const cookies = signedIn.headers['set-cookie'] ?? [];
    expect(cookies).toHaveLength(2);
    for (const cookie of cookies)
      expect(cookie).toMatch(/^__Host-gateway_(session|device)=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Secure;/);
    const headers = {
      ...json,
      ...origin,
      cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; '),
      'x-request-id': 'of-the-client',
    };
    takeMethods();
    for (let request = 0; request < 4; request += 1) {
      const answer = await nginx.ask('POST', '/graphql', { body: { query: '{ viewer { sessions { ip } } }' }, headers });
      expect(JSON.parse(answer.text)).toEqual({ data: { viewer: { sessions: [{ ip: '127.0.0.9' }] } } });
      expect(answer.headers).toMatchObject({ 'x-request-id': 'of-the-client', 'strict-transport-security': 'max-age=31536000' });
    }
    expect(relays.map(({ takeMethods: take }) => take().length)).toEqual([2, 2]);
    const plain = await fetch(`${nginx.plain}/graphql?x`, { redirect: 'manual' });
    expect([plain.status, plain.headers.get('location')]).toEqual([308, 'https://127.0.0.1/graphql?x']);
  });

  test('send each event at once, and a sign of life between events', async () => {
    const person = await gateway.createPerson();
    const headers = { ...json, accept: 'text/event-stream', authorization: `Bearer ${person.token}` };
    const response = await nginx.open('POST', '/graphql', { body: { query: 'subscription { activity { event } }' }, headers });
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    await until(() => text.includes(':\n\n'));
    expect(await gateway.mutate('createApiKey', { description: 'x' }, 'token', person)).toHaveProperty('token');
    await until(() => text.includes('user:api-key.create'));
    response.destroy();
  });

  test('refuse in their own words', async () => {
    const large = await nginx.ask('POST', '/graphql', { body: 'x'.repeat(300_000), headers: json });
    expect([large.status, JSON.parse(large.text).errors[0].extensions.code]).toEqual([413, 'BAD_REQUEST']);
    const { token = '' } = await gateway.createPerson();
    const headers = { authorization: `Bearer ${token}` };
    proxy.cut();
    await until(async () => (await nginx.ask('GET', '/health/ready')).status === 503);
    const lost = await nginx.ask('GET', '/api/client/account', { headers });
    expect([lost.status, lost.headers['retry-after'], JSON.parse(lost.text).errors[0].status]).toEqual([503, '5', '503']);
    proxy.restore();
    await until(async () => (await nginx.ask('GET', '/api/client/account', { headers })).status === 200);
    const ask = () => nginx.ask('POST', '/graphql', { body: { query: '{ __typename }' }, headers: json });
    let limited = await ask();
    while (limited.status === 200) limited = await ask();
    expect([limited.status, JSON.parse(limited.text).errors[0].extensions.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    gateway.beginStop();
    const statuses = [];
    for (let request = 0; request < 2; request += 1) statuses.push((await nginx.ask('GET', '/health/ready')).status);
    expect(statuses.toSorted()).toEqual([200, 503]);
  });

  test.each([
    ['PUT', '/api/client/account/email', { email: 'new@example.com', password: 'correct horse' }, 'user:account.email-changed'],
    ['POST', '/api/client/account/api-keys', { description: 'x' }, 'user:api-key.create'],
    ['DELETE', '/api/client/account/api-keys/', undefined, 'user:api-key.delete'],
  ])('a %s whose answer is lost is sent once, and done once', async (method, path, body, event) => {
    const person = await gateway.createPerson();
    const { apiKey } = await gateway.mutate('createApiKey', { description: 'x' }, 'apiKey { identifier }', person);
    const rows = () => gateway.db.activity.count({ where: { accountId: person.id, event } });
    const before = await rows();
    // Another one: nginx sends nothing for ten seconds to an instance that failed.
    const fresh = await startNginx([relays[0].port, relays[1].port]);
    takeMethods();
    for (const relay of relays) relay.lose(method);
    const headers = { ...json, authorization: `Bearer ${person.token}` };
    const whole = method === 'DELETE' ? `${path}${apiKey.identifier}` : path;
    const answer = await fresh.ask(method, whole, { ...(body ? { body } : {}), headers });
    for (const relay of relays) relay.lose(null);
    expect([answer.status, takeMethods()]).toEqual([502, [method]]);
    expect(await rows()).toBe(before + 1);
  });

  test('where one is gone, the other answers, also a change', async () => {
    const { relays: fresh, nginx: other, gateway: first } = await startInstances();
    const owner = await first.createPerson();
    fresh[0].close();
    const headers = { ...json, authorization: `Bearer ${owner.token}` };
    const body = { email: `new-${owner.email}`, password: owner.password };
    expect((await other.ask('PUT', '/api/client/account/email', { body, headers })).status).toBe(204);
    expect(other.readErrors()).toContain('connect() failed');
    expect(fresh[1].takeMethods()).toEqual(['PUT']);
    expect((await other.ask('GET', '/api/client/account', { headers })).status).toBe(200);
  });
});
