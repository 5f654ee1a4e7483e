import { createClient } from 'graphql-sse';
import { describe, expect, test } from 'vitest';
import { afterwards } from './afterwards.ts';
import { type Person, startGateway, type TestGateway } from './harness.ts';
import { until } from './processes.ts';
import { serve } from './serve.ts';
import { makeSshLine } from './ssh-line.ts';

const gateway = await startGateway({ env: { LIMIT_SIGN_INS_PER_MINUTE: '0' } });
const origin = await serve(gateway);

type Credential = Record<string, string>;
type Told = { event: string; apiKey?: { identifier: string } | null; properties?: object };

const bearer = ({ token }: { token: string }): Credential => ({ authorization: `Bearer ${token}` });
const all = 'subscription { activity { id event apiKey { identifier } properties } }';

/** Watches as a client does, and collects what it is told. */
async function watch(credential: Credential, { query = all, at = origin }: { query?: string; at?: string } = {}) {
  const client = createClient({ url: `${at}/graphql`, headers: credential, retryAttempts: 0 });
  afterwards(() => client.dispose());
  const told: Told[] = [];
  const end = { code: undefined as string | undefined, at: 0, isOver: false };
  const over = () => Object.assign(end, { isOver: true, at: performance.now() });
  const leave = client.subscribe<{ activity: Told }>(
    { query },
    {
      next: ({ data, errors }) => {
        if (data) told.push(data.activity);
        end.code = errors?.[0]?.extensions?.['code'] as string | undefined;
      },
      error: over,
      complete: over,
    },
  );
  return { told, end, leave, events: () => told.map(({ event }) => event) };
}

/** Watches, and answers when nothing can be missed any more. */
async function watchOpen(person: Pick<Person, 'id'>, credential: Credential, options: Parameters<typeof watch>[1] = {}) {
  const before = gateway.tools.feed.count(person.id);
  const watched = await watch(credential, options);
  await until(() => gateway.tools.feed.count(person.id) === before + 1, 30);
  // The stream begins with the first look; one more, and rows from now on are told.
  await new Promise((resolve) => setTimeout(resolve, 100));
  return watched;
}

/** The number of a row that is not committed yet. */
async function takeNumber(): Promise<bigint> {
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
  test('tells what happens to the account, through either door, in its order, and nothing of another', async () => {
    const [person, other] = [await gateway.createPerson(), await gateway.createPerson()];
    const { told, events, leave } = await watchOpen(person, bearer(person));
    await addKey(gateway, other);
    await addKey(gateway, person);
    await gateway.rest('POST', '/account/api-keys', { ...person, body: { description: 'x' } });
    await gateway.rest('PUT', '/account/email', { ...person, body: { email: `new.${person.email}`, password: person.password } });
    await until(() => told.length === 3, 30);
    expect(events()).toEqual(['user:ssh-key.create', 'user:api-key.create', 'user:account.email-changed']);
    expect(told[0]).toMatchObject({ apiKey: { identifier: person.identifier }, properties: { fingerprint: expect.any(String) } });
    leave();
    await until(() => gateway.tools.feed.count(person.id) === 0, 30);
  });

  test('tells only the event that is asked for', async () => {
    const person = await gateway.createPerson();
    const query = 'subscription { activity(event: "user:api-key.create") { event } }';
    const { told, events } = await watchOpen(person, bearer(person), { query });
    await addKey(gateway, person);
    await gateway.mutate('createApiKey', { description: 'x' }, 'token', person);
    await until(() => told.length > 0, 30);
    expect(events()).toEqual(['user:api-key.create']);
  });

  test('tells what a stranger tried at the door, without where from', async () => {
    const person = await gateway.createPerson();
    const { told } = await watchOpen(person, bearer(person), { query: 'subscription { activity { event ip properties } }' });
    await signIn({ ...person, password: 'wrong' });
    await until(() => told.length === 1, 30);
    expect(told[0]).toMatchObject({ event: 'auth:fail', ip: null });
  });

  test('tells what was done on another instance, and misses no row that is committed after later ones', async () => {
    const person = await gateway.createPerson();
    const { told, events } = await watchOpen(person, bearer(person));
    const write = (id: bigint, event: string) =>
      gateway.db.activity.create({ data: { id, accountId: person.id, actorId: person.id, event, occurredAt: gateway.clock.now() } });
    const [first, second] = [await takeNumber(), await takeNumber()];
    await write(second, 'second');
    await until(() => told.length === 1, 30);
    await write(first, 'first');
    await until(() => told.length === 2, 30);
    expect(events()).toEqual(['second', 'first']);
  });

  test('tells a watcher that comes later nothing that was before, and no row twice', async () => {
    const person = await gateway.createPerson();
    const early = await watchOpen(person, bearer(person));
    await addKey(gateway, person);
    await until(() => early.told.length === 1, 30);
    const late = await watchOpen(person, bearer(person));
    await gateway.mutate('createApiKey', { description: 'x' }, 'token', person);
    await until(() => late.told.length === 1 && early.told.length === 2, 30);
    // Also once what was told is old enough to be forgotten.
    gateway.clock.advance(60);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect([early.events(), late.events()]).toEqual([['user:ssh-key.create', 'user:api-key.create'], ['user:api-key.create']]);
  });
});

describe('a subscription ends within a second', () => {
  const ends: [how: string, act: (person: Person, cookie: Credential) => Promise<unknown>, by: 'key' | 'session'][] = [
    ['its key is deleted', ({ token, identifier }) => gateway.rest('DELETE', `/account/api-keys/${identifier}`, { token }), 'key'],
    [
      'its session is revoked from elsewhere',
      (person) => gateway.graphql('mutation { revokeOtherSessions { __typename } }', {}, person),
      'session',
    ],
    ['its session signs out', (_person, headers) => gateway.graphql('mutation { signOut { __typename } }', {}, { headers }), 'session'],
    [
      'the password is changed',
      (person) =>
        gateway.mutate('updatePassword', { currentPassword: person.password, newPassword: 'a longer one' }, 'viewer { id }', person),
      'session',
    ],
    ['two-factor is turned on', (person) => gateway.enableTwoFactor(person), 'session'],
    ['an operator deletes the account', ({ id }) => gateway.db.account.delete({ where: { id } }), 'key'],
    ['another instance deletes the session', ({ id }) => gateway.db.session.deleteMany({ where: { accountId: id } }), 'session'],
  ];

  test.each(ends)('after %s, and says why', async (_how, act, by) => {
    const person = await gateway.createPerson();
    const cookie = await signIn(person);
    const { end } = await watchOpen(person, by === 'key' ? bearer(person) : cookie);
    await act(person, cookie);
    const from = performance.now();
    await until(() => end.isOver, 30);
    expect([end.code, gateway.tools.feed.count(person.id)]).toEqual(['UNAUTHENTICATED', 0]);
    // Half a second where the machine has nothing else to do; other tests keep it busy.
    expect(end.at - from).toBeLessThan(5_000);
  });

  test('after its session is past its time, or its key is', async () => {
    const timed = await startGateway({ ownDatabase: true, env: { LIMIT_SIGN_INS_PER_MINUTE: '0' } });
    const at = await serve(timed);
    const person = await timed.createPerson();
    const { apiKey } = await timed.mutate('createApiKey', { description: 'x' }, 'apiKey { identifier }', person);
    const expiresAt = new Date(timed.clock.now().getTime() + 60_000);
    await timed.db.apiKey.updateMany({ where: { identifier: { not: apiKey.identifier } }, data: { expiresAt } });
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const { headers } = await timed.graphql(query, { input: { login: person.username, password: person.password } });
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    const [key, session] = [await watch(bearer(person), { at }), await watch({ cookie }, { at })];
    await until(() => timed.tools.feed.count(person.id) === 2, 30);
    timed.clock.advance(61);
    await until(() => key.end.isOver, 30);
    expect([key.end.code, session.end.isOver]).toEqual(['UNAUTHENTICATED', false]);
    timed.clock.advance(13 * 3_600);
    await until(() => session.end.isOver, 30);
    expect(session.end.code).toBe('UNAUTHENTICATED');
  });
});

describe('the feed', () => {
  const row = (person: Person, event: string) => ({ accountId: person.id, actorId: person.id, event, occurredAt: gateway.clock.now() });

  test('lets go whoever does not read, and says so', async () => {
    const person = await gateway.createPerson();
    const { id } = await gateway.db.apiKey.findUniqueOrThrow({ where: { identifier: person.identifier } });
    const viewer = { ...person.actor, credential: { kind: 'apiKey' as const, id, identifier: person.identifier } };
    const rows = await gateway.tools.feed.watch(viewer, 'much', new AbortController().signal);
    await gateway.db.activity.createMany({ data: Array.from({ length: 1_001 }, () => row(person, 'much')) });
    await until(() => gateway.tools.feed.count(person.id) === 0, 30);
    let read = 0;
    const readAll = async () => {
      for await (const { event } of rows) read += event === 'much' ? 1 : 0;
    };
    await expect(readAll()).rejects.toMatchObject({ code: 'RATE_LIMITED', message: expect.stringContaining('subscribe again') });
    // What waited for a reader is in the list; it is not given any more, as to a revoked credential it must not be.
    expect(read).toBe(0);
  });

  test('gives nothing that still waits to be read once the credential is revoked', async () => {
    const person = await gateway.createPerson();
    const { id } = await gateway.db.apiKey.findUniqueOrThrow({ where: { identifier: person.identifier } });
    const viewer = { ...person.actor, credential: { kind: 'apiKey' as const, id, identifier: person.identifier } };
    const rows = await gateway.tools.feed.watch(viewer, null, new AbortController().signal);
    await gateway.db.activity.createMany({ data: Array.from({ length: 5 }, () => row(person, 'waits')) });
    gateway.tools.feed.poll();
    expect((await rows.next()).value.event).toBe('waits');
    await gateway.db.apiKey.delete({ where: { id } });
    await until(() => gateway.tools.feed.count(person.id) === 0, 30);
    await expect(rows.next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await rows.next()).done).toBe(true);
  });
});

describe('a subscription that cannot be', () => {
  const ask = (headers: Credential, query = all, path = '/graphql') =>
    gateway.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
      body: JSON.stringify({ query }),
    });

  test('is refused to nobody and to a wrong credential with 401', async () => {
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: `Bearer ptlc_${'w'.repeat(43)}` })).status).toBe(401);
  });

  test('is refused to who reads no event stream, with what to send, and nothing stays open', async () => {
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
  ])('is refused to who accepts %s, and nothing stays open', async (accept) => {
    const person = await gateway.createPerson();
    expect((await ask({ ...bearer(person), accept })).status).toBe(406);
    expect(gateway.tools.feed.count(person.id)).toBe(0);
  });

  test('leaves nothing open when who asked hangs up before it is answered, or at once comes again', async () => {
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

  test('is refused past ten of an account at once, and one more may come for each that left', async () => {
    const person = await gateway.createPerson();
    const open = await Promise.all(Array.from({ length: 10 }, () => watch(bearer(person))));
    await until(() => gateway.tools.feed.count(person.id) === 10, 30);
    const refused = await ask(bearer(person));
    expect(await refused.text()).toContain('"limit":"subscriptions","found":11,"allowed":10');
    open[0]?.leave();
    await until(() => gateway.tools.feed.count(person.id) === 9, 30);
    await watchOpen(person, bearer(person));
  });

  test('is an event stream that no cache and no proxy keeps', async () => {
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
