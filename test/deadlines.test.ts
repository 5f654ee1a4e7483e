import { describe, expect, test } from 'vitest';
import { connect } from '../src/db/database.ts';
import { applyMigrations } from '../src/db/migrate.ts';
import { openPool } from '../src/db/postgresql.ts';
import { createDeadline, RequestTimeout } from '../src/server/deadline.ts';
import { afterwards } from './afterwards.ts';
import { remember, startGateway } from './harness.ts';
import { createReadableLog } from './log-lines.ts';
import { queryOn, runOn } from './postgresql.ts';
import { createEmptyDatabase, until } from './processes.ts';

const url = await createEmptyDatabase();
await applyMigrations(url);
const db = remember(connect(url, () => undefined));
afterwards(() => db.$disconnect());
const { log, lines } = createReadableLog();
const gateway = await startGateway({ db, log, env: { REQUEST_TIMEOUT_SECONDS: '1' } });
const patient = await startGateway({ db });
const person = await patient.createPerson();

/** Runs work while another connection has the lock of the tables that every request reads or writes. */
async function whileLocked<Result>(mode: string, work: () => Promise<Result>): Promise<Result> {
  const { promise: unlocked, resolve: unlock } = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const locking = db.$transaction(
    async (transaction) => {
      await transaction.$executeRawUnsafe(`LOCK TABLE accounts, api_keys IN ${mode} MODE`);
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

const waiting = `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

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

  test('changes nothing after it was refused', async () => {
    const change = { ...person, body: { description: 'late' } };
    const mutation = 'mutation { createApiKey(input: { description: "late" }) { __typename } }';
    const [rest, graphql] = await whileLocked('SHARE', async () => {
      const both = await Promise.all([gateway.rest('POST', '/account/api-keys', change), gateway.graphql(mutation, {}, person)]);
      expect((await queryOn(url, waiting))[0].count).toBeGreaterThan(0);
      return both;
    });
    expect([rest.status, graphql.status]).toEqual([503, 503]);
    await until(async () => (await queryOn(url, waiting))[0].count === 0);
    await gateway.settle();
    // A request after it waits for the lock of the account, so both transactions are over.
    expect((await patient.rest('POST', '/account/api-keys', { ...person, body: { description: 'in time' } })).status).toBe(200);
    expect(
      (await patient.rest('GET', '/account/api-keys', person)).body.data.map(
        ({ attributes }: { attributes: { description: string } }) => attributes.description,
      ),
    ).not.toContain('late');
  });
});

describe('the time of a request', () => {
  test('is over for a change before its COMMIT, and not after it', async () => {
    const late = createDeadline(0);
    await expect(late.inTime(new Promise(() => undefined))).rejects.toThrow(RequestTimeout);
    expect(() => late.beginCommit()).toThrow(RequestTimeout);

    const committing = createDeadline(0);
    const { promise: over, resolve: end } = Promise.withResolvers<string>();
    const answer = committing.inTime(over);
    committing.beginCommit();
    // A timer that was set later ends later.
    setTimeout(() => end('done'), 1);
    expect(await answer).toBe('done');
    expect(() => committing.beginCommit()).toThrow(RequestTimeout);
  });
});

test('a statement ends on the server with the time of a request', async () => {
  const pool = openPool(url, { connectionsMax: 2, statementMs: 200 });
  afterwards(() => pool.end());
  await expect(pool.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
  await runOn(url, 'SELECT 1');
});

test('an instance opens DATABASE_CONNECTIONS_MAX connections at most', async () => {
  const pool = openPool(url, { connectionsMax: 2, statementMs: 5_000 });
  afterwards(() => pool.end());
  await Promise.all(Array.from({ length: 10 }, () => pool.query('SELECT 1')));
  expect(pool.totalCount).toBe(2);
});
