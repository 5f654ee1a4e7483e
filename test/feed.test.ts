import { describe, expect, test } from 'vitest';
import { createActivityFeed } from '../src/account/activity/feed.ts';
import { startGateway } from './harness.ts';
import { until } from './processes.ts';
import { createWatchedDatabase } from './watched-database.ts';

const { db, watching } = await createWatchedDatabase();
const gateway = await startGateway({ db });
const errors: unknown[] = [];

/** A feed of its own, an account, and what watches it with the account's key. */
async function createBench() {
  const feed = createActivityFeed(gateway.tools, (error) => errors.push(error));
  const { id: accountId, identifier } = await gateway.createPerson();
  const key = await db.apiKey.findUniqueOrThrow({ where: { identifier }, select: { id: true } });
  const left = new AbortController();
  const watch = () =>
    feed.watch(
      { accountId, credential: { kind: 'apiKey', allowedIps: [], identifier, ...key, familyId: key.id, madeInSessionId: null } },
      null,
      left.signal,
    );
  const row = (event: string) => ({ accountId, event, occurredAt: gateway.clock.now() });
  const write = (event: string, id?: bigint) => db.activity.create({ data: { ...row(event), ...(id === undefined ? {} : { id }) } });
  return { feed, accountId, key, left, watch, row, write };
}

/** An id that a row is given before it is committed. */
async function takeId(): Promise<bigint> {
  const [row] = await db.$queryRaw<{ id: bigint }[]>`SELECT nextval('activity_id_seq') AS id`;
  return row?.id ?? 0n;
}

/** Makes the reads of the feed fail, as when the database is away. */
function failReads(): void {
  watching.watch = ({ sql }) => {
    if (/FROM activity_id_seq|FROM unnest/.test(sql)) throw new Error('away');
  };
}

describe('the feed', () => {
  test('delivers rows that are committed after later ones, and none from before the subscription', async () => {
    const { watch, write, left } = await createBench();
    await write('before');
    const rows = await watch();
    const [low, high] = [await takeId(), await takeId()];
    await write('high', high);
    expect((await rows.next()).value?.event).toBe('high');
    await write('low', low);
    expect((await rows.next()).value?.event).toBe('low');
    left.abort();
  });

  // A sequence that has given no id says 1, which the first row then gets.
  test('delivers the first row of a database, also long after the subscription', async () => {
    const { feed, watch, write, left } = await createBench();
    await db.$executeRaw`TRUNCATE activity RESTART IDENTITY`;
    const rows = await watch();
    gateway.clock.advance(41);
    let polls = 0;
    watching.watch = ({ sql }) => {
      if (sql.includes('activity_id_seq')) polls += 1;
    };
    await until(() => polls > 1);
    watching.watch = null;
    await write('first');
    feed.poll();
    expect((await rows.next()).value?.event).toBe('first');
    left.abort();
  });

  test('refuses a subscription whose first poll fails, and loses no row to later failures', async () => {
    const { feed, accountId, watch, write, left } = await createBench();
    const rows = await watch();
    failReads();
    feed.poll();
    await until(() => errors.length > 0);
    await expect(watch()).rejects.toThrow('away');
    await write('meanwhile');
    watching.watch = null;
    expect((await rows.next()).value?.event).toBe('meanwhile');
    expect(errors).toHaveLength(1);
    left.abort();
    expect([(await rows.next()).done, feed.count(accountId)]).toEqual([true, 0]);
  });

  test('delivers neither what waits to be read nor the row of the revocation to a revoked credential', async () => {
    const { feed, accountId, key, watch, row, write } = await createBench();
    const rows = await watch();
    for (const event of ['first', 'second', 'third']) await write(event);
    expect((await rows.next()).value?.event).toBe('first');
    await db.$transaction([db.apiKey.delete({ where: { id: key.id } }), db.activity.create({ data: row('revocation') })]);
    await until(() => feed.count(accountId) === 0);
    await expect(rows.next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await rows.next()).done).toBe(true);
  });

  test('ends every subscription when it is closed, and polls no more', async () => {
    const { feed, accountId, watch } = await createBench();
    const rows = await watch();
    const reading = rows.next();
    await feed.close();
    let polls = 0;
    watching.watch = ({ sql }) => {
      if (sql.includes('activity_id_seq')) polls += 1;
    };
    feed.poll();
    expect([(await reading).done, (await (await watch()).next()).done, feed.count(accountId), polls]).toEqual([true, true, 0, 0]);
    watching.watch = null;
  });
});
