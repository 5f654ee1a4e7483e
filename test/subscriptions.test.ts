import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { createClient } from 'graphql-sse';
import { describe, expect, test } from 'vitest';
import { createHandler } from '../src/server/http.ts';
import { listen } from '../src/server/listen.ts';
import { afterwards } from './afterwards.ts';
import { printSeconds } from './cost.ts';
import { type Person, startGateway, type TestGateway } from './harness.ts';
import { until } from './processes.ts';
import { serve } from './serve.ts';
import { makeSshLine } from './ssh-line.ts';

const gateway = await startGateway({ env: { LIMIT_SIGN_INS_PER_MINUTE: '0' } });
const origin = await serve(gateway);

type Credential = Record<string, string>;
type Received = { event: string; apiKey?: { identifier: string } | null; properties?: object };

const bearer = ({ token }: { token: string }): Credential => ({ authorization: `Bearer ${token}` });
const all = 'subscription { activity { id event apiKey { identifier } properties } }';

/** Subscribes as a client does, and collects the events that it receives. */
function watch(credential: Credential, { query = all, at = origin }: { query?: string; at?: string } = {}) {
  const opened = Promise.withResolvers<void>();
  const client = createClient({ url: `${at}/graphql`, headers: credential, retryAttempts: 0, on: { connected: () => opened.resolve() } });
  afterwards(() => client.dispose());
  const received: Received[] = [];
  const end = { code: undefined as string | undefined, isOver: false };
  const over = () => Object.assign(end, { isOver: true });
  const unsubscribe = client.subscribe<{ activity: Received }>(
    { query },
    {
      next: ({ data, errors }) => {
        if (data) received.push(data.activity);
        end.code = errors?.[0]?.extensions?.['code'] as string | undefined;
      },
      error: over,
      complete: over,
    },
  );
  return { received, end, unsubscribe, opened: opened.promise, events: () => received.map(({ event }) => event) };
}

/** Subscribes. Resolves when the stream is open: every event from then on is received. */
async function watchOpen(credential: Credential, options: Parameters<typeof watch>[1] = {}) {
  const watched = watch(credential, options);
  await watched.opened;
  return watched;
}

/** The next id of a row of activity. */
async function takeId(): Promise<bigint> {
  const [row] = await gateway.db.$queryRaw<{ id: bigint }[]>`SELECT nextval(pg_get_serial_sequence('activity', 'id')) AS id`;
  return row?.id ?? 0n;
}

async function signIn(person: Person): Promise<Credential> {
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
  const { headers } = await gateway.graphql(query, { input: { login: person.username, password: person.password } });
  return { cookie: headers.get('set-cookie')?.split(';')[0] ?? '' };
}

const addKey = (at: TestGateway, person: Person) =>
  at.mutate('addSshKey', { name: 'x', publicKey: makeSshLine() }, 'sshKey { id }', person);

describe('a subscription to activity', () => {
  test('receives the events of its account only, through both APIs, in their order', async () => {
    const [person, other] = [await gateway.createPerson(), await gateway.createPerson()];
    const { received, events, unsubscribe } = await watchOpen(bearer(person));
    await addKey(gateway, other);
    await addKey(gateway, person);
    await gateway.rest('POST', '/account/api-keys', { ...person, body: { description: 'x' } });
    await gateway.rest('PUT', '/account/email', { ...person, body: { email: `new.${person.email}`, password: person.password } });
    await until(() => received.length === 3, 30);
    expect(events()).toEqual(['user:ssh-key.create', 'user:api-key.create', 'user:account.email-changed']);
    expect(received[0]).toMatchObject({ apiKey: { identifier: person.identifier }, properties: { fingerprint: expect.any(String) } });
    unsubscribe();
    await until(() => gateway.tools.feed.count(person.id) === 0, 30);
  });

  test('receives only the event that it names', async () => {
    const person = await gateway.createPerson();
    const query = 'subscription { activity(event: "user:api-key.create") { event } }';
    const { received, events } = await watchOpen(bearer(person), { query });
    await addKey(gateway, person);
    await gateway.mutate('createApiKey', { description: 'x' }, 'token', person);
    await until(() => received.length > 0, 30);
    expect(events()).toEqual(['user:api-key.create']);
  });

  test('receives a failed sign-in of another caller with its address', async () => {
    const person = await gateway.createPerson();
    const { received } = await watchOpen(bearer(person), { query: 'subscription { activity { event ip properties } }' });
    await signIn({ ...person, password: 'wrong' });
    await until(() => received.length === 1, 30);
    expect(received[0]).toMatchObject({ event: 'auth:fail', ip: '127.0.0.1' });
  });

  test('receives the events of other instances, and rows that are committed after later ones', async () => {
    const person = await gateway.createPerson();
    const { received, events } = await watchOpen(bearer(person));
    const write = (id: bigint, event: string) =>
      gateway.db.activity.create({ data: { id, accountId: person.id, actorId: person.id, event, occurredAt: gateway.clock.now() } });
    const [first, second] = [await takeId(), await takeId()];
    await write(second, 'second');
    await until(() => received.length === 1, 30);
    await write(first, 'first');
    await until(() => received.length === 2, 30);
    expect(events()).toEqual(['second', 'first']);
  });

  test('receives no earlier event and none twice', async () => {
    const person = await gateway.createPerson();
    const early = await watchOpen(bearer(person));
    await addKey(gateway, person);
    await until(() => early.received.length === 1, 30);
    const late = await watchOpen(bearer(person));
    await gateway.mutate('createApiKey', { description: 'x' }, 'token', person);
    await until(() => late.received.length === 1 && early.received.length === 2, 30);
    // Also when the ids of the received rows are no longer remembered: the poll that finds the next row forgets them.
    gateway.clock.advance(60);
    for (const count of [2, 3]) {
      await gateway.mutate('createApiKey', { description: 'x' }, 'token', person);
      await until(() => late.received.length >= count && early.received.length >= count + 1, 30);
    }
    const keys = Array(3).fill('user:api-key.create');
    expect([early.events(), late.events()]).toEqual([['user:ssh-key.create', ...keys], keys]);
  });
});

describe('a subscription ends within a second', () => {
  const ends: [how: string, act: (person: Person, cookie: Credential) => Promise<unknown>, by: 'key' | 'session'][] = [
    ['its key is deleted', ({ token, identifier }) => gateway.rest('DELETE', `/account/api-keys/${identifier}`, { token }), 'key'],
    [
      'its session is ended by another session',
      async (person) => gateway.graphql('mutation { revokeOtherSessions { __typename } }', {}, { headers: await signIn(person) }),
      'session',
    ],
    ['its session signs out', (_person, headers) => gateway.graphql('mutation { signOut { __typename } }', {}, { headers }), 'session'],
    [
      'the password is changed',
      (person) =>
        gateway.mutate('updatePassword', { currentPassword: person.password, newPassword: 'a longer one' }, 'viewer { id }', person),
      'session',
    ],
    ['two-factor authentication is enabled', (person) => gateway.enableTwoFactor(person), 'session'],
    ['an operator deletes the account', ({ id }) => gateway.db.account.delete({ where: { id } }), 'key'],
    ['another instance deletes the session', ({ id }) => gateway.db.session.deleteMany({ where: { accountId: id } }), 'session'],
  ];

  test.each(ends)('after %s, with the code', async (how, act, by) => {
    const person = await gateway.createPerson();
    const cookie = await signIn(person);
    const { end } = await watchOpen(by === 'key' ? bearer(person) : cookie);
    await act(person, cookie);
    const from = performance.now();
    await until(() => end.isOver, 30);
    expect([end.code, gateway.tools.feed.count(person.id)]).toEqual(['UNAUTHENTICATED', 0]);
    printSeconds(`a subscription ends after ${how}`, from);
  });

  test('after its session or its key expires', async () => {
    const timed = await startGateway({ ownDatabase: true, env: { LIMIT_SIGN_INS_PER_MINUTE: '0' } });
    const at = await serve(timed);
    const person = await timed.createPerson();
    const { apiKey } = await timed.mutate('createApiKey', { description: 'x' }, 'apiKey { identifier }', person);
    const expiresAt = new Date(timed.clock.now().getTime() + 60_000);
    await timed.db.apiKey.updateMany({ where: { identifier: { not: apiKey.identifier } }, data: { expiresAt } });
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const { headers } = await timed.graphql(query, { input: { login: person.username, password: person.password } });
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    const [key, session] = [watch(bearer(person), { at }), watch({ cookie }, { at })];
    await until(() => timed.tools.feed.count(person.id) === 2, 30);
    timed.clock.advance(61);
    await until(() => key.end.isOver, 30);
    expect([key.end.code, session.end.isOver]).toEqual(['UNAUTHENTICATED', false]);
    timed.clock.advance(13 * 3_600);
    await until(() => session.end.isOver, 30);
    expect(session.end.code).toBe('UNAUTHENTICATED');
  });
});

describe('while a server stops and a request still runs', () => {
  /** A server that stops while it waits for the rest of a body, which `finish` sends. */
  async function stopDuring(headers: Credential, query: string) {
    const listener = await listen({ host: '127.0.0.1', port: 0 }, createHandler(gateway.answer));
    const body = JSON.stringify({ query });
    const length = { 'content-type': 'application/json', 'content-length': body.length, expect: '100-continue' };
    const slow = request(`${listener.origin}/graphql`, { method: 'POST', headers: { ...headers, ...length } });
    slow.flushHeaders();
    await once(slow, 'continue');
    const finish = async () => {
      slow.end(body);
      const [response] = await once(slow, 'response');
      return text(response);
    };
    return { at: listener.origin, stop: () => listener.drain(30_000), finish };
  }

  test('its subscriptions end, and go on at another one', async () => {
    const person = await gateway.createPerson();
    const { at, stop, finish } = await stopDuring(bearer(person), '{ __typename }');
    const connections: string[] = [];
    const client = createClient({
      url: () => `${connections.push('') === 1 ? at : origin}/graphql`,
      headers: bearer(person),
      retry: async () => undefined,
    });
    afterwards(() => client.dispose());
    const received: unknown[] = [];
    const over: unknown[] = [];
    const sink = { next: ({ data }: { data?: unknown }) => received.push(data), error: over.push, complete: () => over.push('completed') };
    client.subscribe({ query: 'subscription { activity { event } }' }, sink);
    await until(() => gateway.tools.feed.count(person.id) === 1, 30);
    const stopped = stop();
    await until(() => connections.length === 2 && gateway.tools.feed.count(person.id) === 1, 30);
    // Its first poll is done once another watcher of the account is ready.
    await watchOpen(bearer(person));
    await addKey(gateway, person);
    await until(() => received.length === 1, 30);
    expect([received, over]).toEqual([[{ activity: { event: 'user:ssh-key.create' } }], []]);
    expect(await finish()).toBe('{"data":{"__typename":"Query"}}');
    await stopped;
  });

  test('a query that is answered as an event stream is answered whole', async () => {
    const headers = { ...bearer(await gateway.createPerson()), accept: 'text/event-stream' };
    const { stop, finish } = await stopDuring(headers, '{ __typename }');
    const stopped = stop();
    expect(await finish()).toBe(':\n\nevent: next\ndata: {"data":{"__typename":"Query"}}\n\nevent: complete\ndata:\n\n');
    await stopped;
  });
});

describe('the feed', () => {
  const row = (person: Person, event: string) => ({ accountId: person.id, actorId: person.id, event, occurredAt: gateway.clock.now() });

  test('ends a subscription whose events are not read, with the reason', async () => {
    const person = await gateway.createPerson();
    const { id } = await gateway.db.apiKey.findUniqueOrThrow({ where: { identifier: person.identifier } });
    const viewer = {
      ...person.actor,
      credential: { kind: 'apiKey' as const, allowedIps: [], id, identifier: person.identifier, familyId: id, madeInSessionId: null },
    };
    const rows = await gateway.tools.feed.watch(viewer, 'much', new AbortController().signal);
    await gateway.db.activity.createMany({ data: Array.from({ length: 1_001 }, () => row(person, 'much')) });
    await until(() => gateway.tools.feed.count(person.id) === 0, 30);
    let read = 0;
    const readAll = async () => {
      for await (const { event } of rows) read += event === 'much' ? 1 : 0;
    };
    await expect(readAll()).rejects.toMatchObject({ code: 'RATE_LIMITED', message: expect.stringContaining('subscribe again') });
    // The events that were not read are in the list of activity.
    expect(read).toBe(0);
  });

  test('drops the events that were not read when the credential is revoked', async () => {
    const person = await gateway.createPerson();
    const { id } = await gateway.db.apiKey.findUniqueOrThrow({ where: { identifier: person.identifier } });
    const viewer = {
      ...person.actor,
      credential: { kind: 'apiKey' as const, allowedIps: [], id, identifier: person.identifier, familyId: id, madeInSessionId: null },
    };
    const rows = await gateway.tools.feed.watch(viewer, null, new AbortController().signal);
    await gateway.db.activity.createMany({ data: Array.from({ length: 5 }, () => row(person, 'unread')) });
    gateway.tools.feed.poll();
    expect((await rows.next()).value.event).toBe('unread');
    await gateway.db.apiKey.delete({ where: { id } });
    await until(() => gateway.tools.feed.count(person.id) === 0, 30);
    await expect(rows.next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await rows.next()).done).toBe(true);
  });
});

describe('a request for a subscription', () => {
  const ask = (headers: Credential, query = all, path = '/graphql') =>
    gateway.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
      body: JSON.stringify({ query }),
    });

  test('is refused with 401 without a credential or with a wrong one', async () => {
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: `Bearer ptlc_${'w'.repeat(43)}` })).status).toBe(401);
  });

  test('is refused when the client accepts no event stream, with the header to send, and opens nothing', async () => {
    const person = await gateway.createPerson();
    const response = await ask({ ...bearer(person), accept: 'application/json' });
    expect([response.status, (await response.json()).errors[0].message]).toEqual([406, expect.stringContaining('text/event-stream')]);
    expect(gateway.tools.feed.count(person.id)).toBe(0);
  });

  test.each([
    'text/event-stream; charset=iso-8859-1',
    'foo text/event-stream',
    '*/*;charset=x',
    'application/json, text/event-stream;charset=x',
  ])('is refused with Accept: %s, and opens nothing', async (accept) => {
    const person = await gateway.createPerson();
    expect((await ask({ ...bearer(person), accept })).status).toBe(406);
    expect(gateway.tools.feed.count(person.id)).toBe(0);
  });

  test.each([
    'subscription { activity @include(if: false) { id } }',
    'subscription ($isOff: Boolean = true) { activity @skip(if: $isOff) { id } }',
    'subscription ($isOn: Boolean!) { ... @include(if: $isOn) { activity { id } } }',
    'subscription { ...Root @skip(if: true) } fragment Root on Subscription { activity { id } }',
    'subscription { ...Root } fragment Root on Subscription { ...Inner } fragment Inner on Subscription { activity @include(if: true) { id } }',
  ])('is refused with a condition on its field, whatever the condition is: %s', async (query) => {
    const person = await gateway.createPerson();
    const response = await ask({ ...bearer(person), accept: 'application/graphql-response+json' }, query);
    const [error] = (await response.json()).errors;
    expect([response.status, error.message, error.extensions]).toEqual([
      400,
      'The field of a subscription has no @skip and no @include.',
      { code: 'BAD_REQUEST' },
    ]);
    expect(gateway.tools.feed.count(person.id)).toBe(0);
  });

  test('is closed when the client closes its connection before or during the answer', async () => {
    const person = await gateway.createPerson();
    const headers = { ...bearer(person), accept: 'text/event-stream', 'content-type': 'application/json' };
    const statuses: number[] = [];
    for (let round = 0; round < 60; round += 1) {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), round % 15);
      const init = { method: 'POST', headers, body: JSON.stringify({ query: all }), signal: abort.signal };
      const response = await fetch(`${origin}/graphql`, init).catch(() => null);
      if (response) statuses.push(response.status);
      await response?.text().catch(() => undefined);
    }
    await until(() => gateway.tools.feed.count(person.id) === 0, 30);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  test('is refused above ten open subscriptions of an account, and accepted again when one ends', async () => {
    const person = await gateway.createPerson();
    const open = Array.from({ length: 10 }, () => watch(bearer(person)));
    await until(() => gateway.tools.feed.count(person.id) === 10, 30);
    const refused = await ask(bearer(person));
    expect(await refused.text()).toContain('"limit":"subscriptions","found":11,"allowed":10');
    open[0]?.unsubscribe();
    await until(() => gateway.tools.feed.count(person.id) === 9, 30);
    await watchOpen(bearer(person));
  });

  test('is answered with an event stream that no cache and no proxy stores', async () => {
    const person = await gateway.createPerson();
    const abort = new AbortController();
    const response = await fetch(`${origin}/graphql?query=${encodeURIComponent(all)}`, {
      headers: { ...bearer(person), accept: 'text/event-stream' },
      signal: abort.signal,
    });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    abort.abort();
    await until(() => gateway.tools.feed.count(person.id) === 0, 30);
  });
});
