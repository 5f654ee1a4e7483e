import { connect as connectSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { connect } from '../src/db/database.ts';
import { openPool } from '../src/db/postgresql.ts';
import { createRequestTime, endTime, runInTime } from '../src/db/request-time.ts';
import { createReads } from '../src/db/sql.ts';
import { isUnavailable } from '../src/db/unavailable.ts';
import { createDeadline, RequestTimeout } from '../src/server/deadline.ts';
import { afterwards } from './afterwards.ts';
import { remember, startGateway } from './harness.ts';
import { createReadableLog } from './log-lines.ts';
import { queryOn, runOn } from './postgresql.ts';
import { createMigratedDatabase, until } from './processes.ts';
import { serve } from './serve.ts';

const url = await createMigratedDatabase();
const connections = connect(url, () => undefined);
const db = remember(connections);
afterwards(() => db.$disconnect());
const { log, lines } = createReadableLog();
const gateway = await startGateway({ db, log, env: { REQUEST_TIMEOUT_SECONDS: '1' } });
const patient = await startGateway({ db });
const person = await patient.createPerson();

/** Runs work while another connection has the lock of the tables that every request reads or writes. */
async function whileLocked<Result>(mode: string, work: () => Promise<Result>, tables = 'accounts, api_keys'): Promise<Result> {
  const { promise: unlocked, resolve: unlock } = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const locking = db.$transaction(
    async (transaction) => {
      await transaction.$executeRawUnsafe(`LOCK TABLE ${tables} IN ${mode} MODE`);
      held.resolve();
      await unlocked;
    },
    { timeout: 30_000 },
  );
  await held.promise;
  return work().finally(async () => {
    unlock();
    await locking;
  });
}

const asEventStream = { authorization: `Bearer ${person.token}`, accept: 'text/event-stream', 'content-type': 'application/json' };
const late = { ...person, body: { description: 'late' } };
const create = 'createApiKey(input: { description: "late" }) { __typename }';
const renameField = 'updateProfile(input: { firstName: "Late" }) { __typename }';
const rename = `mutation { ${renameField} }`;

// Without the last uses of keys, which are written in the background.
const waiting = `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
  AND query NOT LIKE '%last_used_at = uses%'`;
const countSleeping = async () =>
  Number(
    (await queryOn(url, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`))[0].count,
  );
const countWaiting = async () => Number((await queryOn(url, waiting))[0].count);

describe('a request that takes longer than REQUEST_TIMEOUT_SECONDS', () => {
  test('is answered with 503 and Retry-After in the form of each API, and logged without a stack', async () => {
    const [rest, graphql] = await whileLocked('ACCESS EXCLUSIVE', () =>
      Promise.all([gateway.rest('GET', '/account', person), gateway.graphql('{ viewer { profile { email } } }', {}, person)]),
    );
    expect([rest.status, rest.headers.get('retry-after'), rest.body.errors[0].status]).toEqual([503, '5', '503']);
    expect([graphql.status, graphql.headers.get('retry-after'), graphql.errors?.[0]?.extensions['code']]).toEqual([
      503,
      '5',
      'UNAVAILABLE',
    ]);
    const logged = lines.filter(({ msg }) => msg === 'the request took longer than REQUEST_TIMEOUT_SECONDS');
    expect(logged.map((line) => [line['requestId'], 'err' in line])).toEqual(
      expect.arrayContaining([rest, graphql].map(({ headers }) => [headers.get('x-request-id'), false])),
    );
  });

  test.each([
    ['by statements of the program', 'ACCESS EXCLUSIVE', 'query', () => gateway.graphql('{ viewer { profile { email } } }', {}, person)],
    ['of the program in a transaction', 'SHARE', 'createApiKey', () => gateway.rest('POST', '/account/api-keys', late)],
    ['of Prisma in a transaction', 'SHARE', 'updateProfile', () => gateway.graphql(rename, {}, person)],
    ['of both in one request', 'SHARE', 'both', () => gateway.graphql(`mutation { ${create} ${renameField} }`, {}, person)],
  ])('ends its statements on the server, changes nothing, and leaves its connections free: %s', async (_how, mode, _name, send) => {
    const before = await countWaiting();
    await whileLocked(mode, async () => {
      const waits = patient.rest('POST', '/account/api-keys', { ...person, body: { description: 'patient' } });
      await until(async () => (await countWaiting()) === before + 1);
      expect((await send()).status).toBe(503);
      // Of two statements with one time limit, the earlier one still waits.
      await until(async () => (await countWaiting()) === before + 1);
      return { waits };
    }).then(async ({ waits }) => expect((await waits).status).toBe(200));
    await gateway.settle();
    await until(() => connections.count().active === 0);
    expect(connections.count().waiting).toBe(0);
    const { body } = await patient.rest('GET', '/account/api-keys', person);
    expect(body.data.map(({ attributes }: { attributes: { description: string } }) => attributes.description)).not.toContain('late');
    expect((await patient.graphql('{ viewer { profile { firstName } } }', {}, person)).data.viewer.profile.firstName).not.toBe('Late');
    // Each of the connections is good.
    const reads = await Promise.all(Array.from({ length: 30 }, () => patient.rest('GET', '/account', person)));
    expect(reads.filter(({ status }) => status !== 200)).toEqual([]);
  });

  test('has no statement that begins later', async () => {
    const pool = openPool(url, { connectionsMax: 1, statementMs: 15_000 });
    afterwards(() => pool.end());
    const holder = await pool.connect();
    const time = createRequestTime();
    const [first, second] = [runInTime(time, () => pool.query('SELECT 1')), runInTime(time, () => pool.connect())];
    endTime(time);
    holder.release();
    await expect(first).rejects.toThrow('the time of the request is over');
    await expect(second).rejects.toThrow('the time of the request is over');
    await expect(runInTime(time, () => pool.query('SELECT 1'))).rejects.toSatisfy(isUnavailable);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('does not end the read of another request that shares its message, and both end with the later one', async () => {
    const pool = openPool(url, { connectionsMax: 1, statementMs: 60_000 });
    afterwards(() => pool.end());
    const sql = createReads(pool);
    const sleep = (seconds: number) => sql({ name: '', text: `SELECT to_json(pg_sleep(${seconds})::text)` }, []);
    const [time, other] = [createRequestTime(), createRequestTime()];
    const shared = [runInTime(time, () => sleep(0.3)), runInTime(other, () => sleep(0.01))];
    await until(() => pool.totalCount - pool.idleCount === 1);
    endTime(time);
    expect(await Promise.all(shared)).toEqual(['', '']);

    const [third, fourth] = [createRequestTime(), createRequestTime()];
    const ended = Promise.allSettled([runInTime(third, () => sleep(600)), runInTime(fourth, () => sleep(600))]);
    await until(async () => (await countSleeping()) === 1);
    endTime(third);
    endTime(fourth);
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await until(async () => (await countSleeping()) === 0);
  });

  test('has no read that begins later in the message of another request, which still ends with its own time', async () => {
    const pool = openPool(url, { connectionsMax: 1, statementMs: 60_000 });
    afterwards(() => pool.end());
    const sql = createReads(pool);
    const [over, other] = [createRequestTime(), createRequestTime()];
    endTime(over);
    const sleep = (seconds: number) => sql({ name: '', text: `SELECT to_json(pg_sleep(${seconds})::text)` }, []).catch(isUnavailable);
    const [late, ended] = [runInTime(over, () => sleep(0.01)), runInTime(other, () => sleep(600))];
    expect(await late).toBe(true);
    await until(async () => (await countSleeping()) === 1);
    endTime(other);
    expect(await ended).toBe(true);
    await until(async () => (await countSleeping()) === 0);
  });

  test('has no subscription that begins later', async () => {
    const body = { query: 'subscription { activity { id } }' };
    const refused = await whileLocked(
      'ACCESS EXCLUSIVE',
      () => gateway.fetch('/graphql', { method: 'POST', headers: asEventStream, body: JSON.stringify(body) }),
      'activity',
    );
    expect([refused.status, gateway.tools.feed.count(person.id)]).toEqual([503, 1]);
    await until(() => gateway.tools.feed.count(person.id) === 0);
  });

  test('does not end what it began for others: the live feed, and work that no request waits for', async () => {
    const time = createRequestTime();
    let sent: Promise<unknown> = Promise.resolve();
    runInTime(time, () =>
      gateway.tools.inBackground(async () => {
        sent = db.$queryRaw`SELECT pg_sleep(0.2)::text`;
        await sent;
      }),
    );
    endTime(time);
    await gateway.settle();
    await expect(sent).resolves.toHaveLength(1);
    expect(lines.filter(({ level }) => Number(level) >= 40).map(({ msg }) => msg)).not.toContain('something was not written');
  });
});

describe('the time of a request', () => {
  test('is over for a change before its COMMIT, and not after it', async () => {
    const late = createDeadline(0);
    await expect(late.inTime(() => new Promise(() => undefined))).rejects.toThrow(RequestTimeout);
    expect(() => late.beginCommit()).toThrow(RequestTimeout);

    const committing = createDeadline(0);
    const { promise: over, resolve: end } = Promise.withResolvers<string>();
    const answer = committing.inTime(() => over);
    committing.beginCommit();
    // A timer that was set later ends later.
    setTimeout(() => end('done'), 1);
    expect(await answer).toBe('done');
    expect(() => committing.beginCommit()).toThrow(RequestTimeout);
  });
});

describe('a body that does not arrive within the time of its request', () => {
  /** Sends half a body, and waits until the server closes the connection. */
  async function stall(origin: string, path: string, headers: string): Promise<string> {
    const socket = connectSocket(Number(new URL(origin).port), '127.0.0.1');
    const type = `Host: x\r\nContent-Type: application/json\r\nContent-Length: 40\r\n${headers}`;
    socket.write(`POST ${path} HTTP/1.1\r\n${type}\r\n{"que`);
    return text(socket);
  }

  test.each([
    ['/graphql', 'an API key'],
    ['/graphql', 'no credential'],
    ['/api/client/account/api-keys', 'an API key'],
  ])('is 408 at %s with %s, counts for the address, and is no fault of ours', async (path, credential) => {
    const limited = await startGateway({ db, log, env: { REQUEST_TIMEOUT_SECONDS: '1', LIMIT_REQUESTS_PER_MINUTE: '2' } });
    const origin = await serve(limited);
    const faults = lines.filter(({ level }) => Number(level) >= 50).length;
    const sent = credential === 'no credential' ? '' : `Authorization: Bearer ${person.token}\r\n`;
    const sentence = 'The body of the request did not arrive in time.';
    const error = path === '/graphql' ? `"message":"${sentence}"` : `"status":"408","detail":"${sentence}"`;
    for (let round = 0; round < 2; round += 1) {
      const answer = await stall(origin, path, sent);
      expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
      expect(answer).toContain(error);
      expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    }
    expect(lines.filter(({ level }) => Number(level) >= 50)).toHaveLength(faults);
    expect((await fetch(`${origin}/nowhere`)).status).toBe(429);
  });
});

test('a statement ends on the server with the time of a request', async () => {
  const pool = openPool(url, { connectionsMax: 2, statementMs: 200 });
  afterwards(() => pool.end());
  await expect(pool.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
  await runOn(url, 'SELECT 1');
});

test('a connection that the server ends while it is idle ends nothing else, before Prisma uses the pool too', async () => {
  const pool = openPool(url, { connectionsMax: 1, statementMs: 5_000 });
  afterwards(() => pool.end());
  const askPid = async () => Number((await pool.query('SELECT pg_backend_pid() AS pid')).rows[0].pid);
  const lost = await askPid();
  await runOn(url, `SELECT pg_terminate_backend(${lost})`);
  await until(() => pool.totalCount === 0);
  expect(await askPid()).not.toBe(lost);
});

test('an instance opens DATABASE_CONNECTIONS_MAX connections at most', async () => {
  const pool = openPool(url, { connectionsMax: 2, statementMs: 5_000 });
  afterwards(() => pool.end());
  await Promise.all(Array.from({ length: 10 }, () => pool.query('SELECT 1')));
  expect(pool.totalCount).toBe(2);
});
