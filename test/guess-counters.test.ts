import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import type { GuessCounters, Taken } from '../src/rate-limits/counter.ts';
import { createGuessCounters } from '../src/rate-limits/guess-counters.ts';
import { createMemoryCounters } from '../src/rate-limits/memory-counters.ts';
import { connectRedis } from '../src/rate-limits/redis.ts';
import { createRedisCounters } from '../src/rate-limits/redis-counters.ts';

const url = process.env['TEST_REDIS_URL'];
const redis = url === undefined ? null : await connectRedis(url, () => undefined);
afterAll(() => redis?.close());

let time = Date.parse('2026-03-01T12:00:00Z');
const now = () => new Date(time);

const counter = (limit: number, key: string = randomUUID(), windowSeconds = 900) => ({ key, limit, windowSeconds });
const take = async (counters: GuessCounters, ...wanted: ReturnType<typeof counter>[]) => (await counters.take(wanted)).waitSeconds === null;
async function giveBack(taken: Taken): Promise<void> {
  if (taken.waitSeconds === null) await taken.giveBack();
}

const kinds = [['in this process', () => createMemoryCounters(1_000, now)] as const];
const withRedis = redis ? [['in Redis', () => createRedisCounters(redis, 1_000_000)] as const] : [];

describe.each([...kinds, ...withRedis])('a counter of guesses, %s', (_name, create) => {
  const counters = create();

  test('of forty guesses at once allows its limit, and says how long the others must wait', async () => {
    const one = counter(10);
    const taken = await Promise.all(Array.from({ length: 40 }, () => counters.take([one])));
    const waits = taken.flatMap(({ waitSeconds }) => (waitSeconds === null ? [] : [waitSeconds]));
    expect(waits).toHaveLength(30);
    for (const wait of waits) expect([wait > 890, wait <= 900]).toEqual([true, true]);
  });

  test('is not counted where another counter of the guess is used up', async () => {
    const [free, usedUp] = [counter(2), counter(1)];
    expect(await take(counters, usedUp)).toBe(true);
    for (let round = 0; round < 5; round += 1) expect(await take(counters, free, usedUp)).toBe(false);
    expect([await take(counters, free), await take(counters, free), await take(counters, free)]).toEqual([true, true, false]);
  });

  test('is given back what was counted, and never more', async () => {
    const one = counter(2);
    const [first, second] = [await counters.take([one]), await counters.take([one])];
    await counters.clear([one.key]);
    const third = await counters.take([one]);
    for (const before of [first, second]) await giveBack(before);
    expect([await take(counters, one), await take(counters, one)]).toEqual([true, false]);
    await giveBack(third);
    expect([await take(counters, one), await take(counters, one)]).toEqual([true, false]);
  });
});

describe('a counter of guesses in this process', () => {
  test('begins anew after its window, and is given back nothing of an earlier window', async () => {
    const counters = createMemoryCounters(10, now);
    const one = counter(1);
    const before = await counters.take([one]);
    expect(await take(counters, one)).toBe(false);
    time += 900_000;
    expect(await take(counters, one)).toBe(true);
    await giveBack(before);
    expect(await take(counters, one)).toBe(false);
  });

  test('stays used up while other guesses fill the counters, whose number is bounded', async () => {
    const counters = createMemoryCounters(100, now);
    const usedUp = counter(5);
    for (let round = 0; round < 5; round += 1) await take(counters, usedUp);
    const first = counter(1);
    await take(counters, first);
    for (let round = 0; round < 1_000; round += 1) await take(counters, counter(5));
    expect(await take(counters, usedUp)).toBe(false);
    // The first of the others was dropped for a newer one.
    expect(await take(counters, first)).toBe(true);
  });
});

describe.skipIf(redis === null)('counters of guesses in Redis', () => {
  test('are shared by instances, and bounded in number: one with few guesses is dropped, one that is used up is not', async () => {
    const names = redis ? [createGuessCounters(redis, now), createGuessCounters(redis, now)] : [];
    const one = counter(4);
    const taken = await Promise.all(Array.from({ length: 10 }, (_, n) => names[n % 2]?.take([one])));
    expect(taken.filter((each) => each?.waitSeconds === null)).toHaveLength(4);
    const name = `guesses:${randomUUID()}`;
    const few = redis && createRedisCounters(redis, 50, name);
    for (let round = 0; round < 4; round += 1) await few?.take([one]);
    for (let round = 0; round < 200; round += 1) await few?.take([counter(4)]);
    expect(await redis?.client.zCard(`gateway:${name}:index`)).toBe(50);
    expect((await few?.take([one]))?.waitSeconds).toBeGreaterThan(0);
  });

  test('do not begin a window anew when they are given back after it', async () => {
    const counters = redis && createRedisCounters(redis, 1_000_000);
    const one = counter(1, randomUUID(), 1);
    const before = await counters?.take([one]);
    await expect.poll(() => redis?.client.exists(`gateway:guesses:${one.key}`), { timeout: 5_000 }).toBe(0);
    if (before) await giveBack(before);
    expect(await redis?.client.exists(`gateway:guesses:${one.key}`)).toBe(0);
  });
});

test('while Redis is unavailable, guesses are counted in this process', async () => {
  const away = await connectRedis('redis://127.0.0.1:1', () => undefined);
  const counters = createGuessCounters(away, now);
  const one = counter(2);
  expect([await take(counters, one), await take(counters, one), await take(counters, one)]).toEqual([true, true, false]);
  away.close();
});
