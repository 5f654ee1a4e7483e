import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { createAttempts } from '../src/limits/attempts.ts';
import { createBudget } from '../src/limits/budget.ts';
import { connectRedis } from '../src/limits/redis.ts';

const url = process.env['TEST_REDIS_URL'];

describe.skipIf(url === undefined)('on Redis', async () => {
  const connect = async () => connectRedis(url ?? '', () => undefined);
  const [one, two] = url === undefined ? [null, null] : [await connect(), await connect()];
  afterAll(() => {
    one?.close();
    two?.close();
  });

  test('several instances spend from one budget', async () => {
    const name = randomUUID();
    const budgets = [createBudget(one, name, 3, 60), createBudget(two, name, 3, 60)];
    const spent = await Promise.all(Array.from({ length: 10 }, (_, n) => budgets[n % 2]?.spend('account:1')));
    expect(spent.filter((one) => one?.isWithin)).toHaveLength(3);
  });

  test('a lock that falls shut at one instance is shut at the other', async () => {
    const key = `account:${randomUUID()}`;
    const [here, there] = [createAttempts(one, 2), createAttempts(two, 2)];
    for (const attempts of [here, there]) {
      const place = await attempts.begin(key);
      if (place.waitSeconds === null) await place.fail();
    }
    expect((await here.begin(key)).waitSeconds).toBeGreaterThan(800);
    expect((await there.begin(key)).waitSeconds).toBeGreaterThan(800);
  });
});

test('while Redis is away, each instance counts for itself and nobody waits', async () => {
  const errors: Error[] = [];
  const redis = await connectRedis('redis://127.0.0.1:1', (error) => errors.push(error));
  const budget = createBudget(redis, randomUUID(), 2, 60);
  const started = performance.now();
  expect([(await budget.spend('a'))?.isWithin, (await budget.spend('a'))?.isWithin, (await budget.spend('a'))?.isWithin]).toEqual([
    true,
    true,
    false,
  ]);
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(errors.length).toBeGreaterThan(0);
  redis.close();
});
