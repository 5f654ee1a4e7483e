import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfig } from '../src/config/config.ts';
import { createBudget } from '../src/rate-limits/budget.ts';
import { createGuessCounters } from '../src/rate-limits/guess-counters.ts';
import { connectRedis } from '../src/rate-limits/redis.ts';
import { openTools, silentLog } from '../src/server/tools.ts';
import { afterwards } from './afterwards.ts';
import { printSeconds } from './cost.ts';
import { createEmptyDatabase, createKey } from './processes.ts';

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

  test('gateways count together on one database, and apart on two', async () => {
    const open = async (database: string) => {
      const env = { DATABASE_URL: database, REDIS_URL: url ?? '', APP_KEY: createKey(), LIMIT_SIGN_INS_PER_MINUTE: '5' };
      const { tools, close } = await openTools(readConfig(env), silentLog);
      afterwards(close);
      return tools;
    };
    const [first, second] = [await createEmptyDatabase(), await createEmptyDatabase()];
    const [mine, other, theirs] = [await open(first), await open(first), await open(second)];
    expect((await mine.signIns.spend('192.0.2.1'))?.remaining).toBe(4);
    expect((await other.signIns.spend('192.0.2.1'))?.remaining).toBe(3);
    expect((await theirs.signIns.spend('192.0.2.1'))?.remaining).toBe(4);
    const counter = { key: 'account', limit: 1, windowSeconds: 60 };
    expect((await mine.guessCounters.take([counter])).waitSeconds).toBeNull();
    expect((await other.guessCounters.take([counter])).waitSeconds).toBeGreaterThan(0);
    expect((await theirs.guessCounters.take([counter])).waitSeconds).toBeNull();
  });
});

describe.skipIf(url === undefined).each([
  ['stops answering', (proxy: Proxy) => proxy.drop(true), (proxy: Proxy) => proxy.drop(false)],
  ['answers 300 ms late', (proxy: Proxy) => proxy.delay(300), (proxy: Proxy) => proxy.delay(0)],
])('a Redis that %s', (_what, begin, end) => {
  test('holds no count for longer than a quarter of a second and none after the first, and is used again', async () => {
    const proxy = await createProxy(new URL(url ?? ''));
    afterwards(proxy.close);
    const states: string[] = [];
    const redis = await connectRedis(
      proxy.url,
      (error) => states.push(error.message),
      () => states.push('back'),
    );
    const [name, other] = [randomUUID(), await connectRedis(url ?? '', () => undefined)];
    const [budget, elsewhere] = [createBudget(redis, name, 5, 60), createBudget(other, name, 5, 60)];
    const [counters, counter] = [createGuessCounters(redis, () => new Date()), { key: randomUUID(), limit: 1, windowSeconds: 60 }];
    expect((await budget.spend('a'))?.remaining).toBe(4);
    begin(proxy);
    // Counted alone: what was spent before is in the Redis that is not waited for.
    expect((await budget.spend('a'))?.remaining).toBe(4);
    expect([states, redis.isAvailable()]).toEqual([['no answer in 250 ms'], false]);
    const scripts = proxy.countScripts();
    expect((await budget.spend('a'))?.remaining).toBe(3);
    await budget.giveBack('a');
    expect((await budget.spend('a'))?.remaining).toBe(3);
    expect([(await counters.take([counter])).waitSeconds, (await counters.take([counter])).waitSeconds]).toEqual([null, 60]);
    expect(proxy.countScripts()).toBe(scripts);
    end(proxy);
    await expect.poll(() => states, { timeout: 20_000 }).toEqual(['no answer in 250 ms', 'back']);
    expect([redis.isAvailable(), (await budget.spend('b'))?.remaining]).toEqual([true, 4]);
    expect((await elsewhere.spend('b'))?.remaining).toBe(3);
    redis.close();
    other.close();
  });
});

// Correct passwords, each counted by a Redis that answered late, were refused after ten of them.
test.skipIf(url === undefined)('a correct secret does not stay counted in a Redis that answers 300 ms late, a wrong one does', async () => {
  const proxy = await createProxy(new URL(url ?? ''));
  afterwards(proxy.close);
  const states: string[] = [];
  const redis = await connectRedis(
    proxy.url,
    () => states.push('lost'),
    () => states.push('back'),
  );
  const counters = createGuessCounters(redis, () => new Date());
  const [correct, wrong] = [1, 2].map((limit) => ({ key: randomUUID(), limit, windowSeconds: 60 }));
  const take = async (counter = correct) => counters.take(counter ? [counter] : []);
  const giveBack = (taken: Awaited<ReturnType<typeof take>>) => (taken.waitSeconds === null ? taken.giveBack() : undefined);
  for (const isBefore of [true, false]) {
    states.length = 0;
    const before = isBefore ? await take() : null;
    proxy.delay(300);
    await giveBack(before ?? (await take()));
    if (isBefore) await giveBack(await take());
    await sleep(400);
    proxy.delay(0);
    await expect.poll(() => states, { timeout: 20_000 }).toEqual(['lost', 'back']);
    const again = await take();
    expect(again.waitSeconds).toBeNull();
    await giveBack(again);
  }
  proxy.delay(300);
  await take(wrong);
  proxy.delay(0);
  await expect.poll(() => states, { timeout: 20_000 }).toEqual(['lost', 'back', 'lost', 'back']);
  const waits = [await take(wrong), await take(wrong)].map(({ waitSeconds }) => waitSeconds !== null);
  expect(waits).toEqual([false, true]);
  redis.close();
});

type Proxy = Awaited<ReturnType<typeof createProxy>>;

/** A proxy for Redis that can drop all bytes of both directions, and pass answers on late. */
async function createProxy({ hostname, port }: URL) {
  let isDropping = false;
  let delayMs = 0;
  let scripts = 0;
  const sockets = new Set<Socket>();
  const join = (from: Socket, to: Socket, isAnswer: boolean) => {
    sockets.add(from);
    from.on('data', (bytes) => {
      if (bytes.includes('EVAL')) scripts += 1;
      if (isDropping) return;
      if (isAnswer && delayMs > 0) setTimeout(() => to.writable && to.write(bytes), delayMs);
      else to.write(bytes);
    });
    from.on('error', () => to.destroy()).on('close', () => to.destroy());
  };
  const listener = createServer((near) => {
    const far = connectSocket(Number(port || 6379), hostname);
    join(near, far, false);
    join(far, near, true);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `redis://127.0.0.1:${Object(listener.address()).port}`,
    drop: (isOn: boolean) => {
      isDropping = isOn;
    },
    delay: (milliseconds: number) => {
      delayMs = milliseconds;
    },
    /** The messages with a script that were sent. */
    countScripts: () => scripts,
    close: () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
    },
  };
}

// As a replica, or a server without memory or disk for them: it answers PING, and each instance counted alone without a word.
test.skipIf(url === undefined)('a Redis that refuses writes is reported as unavailable, and is used again once it takes them', async () => {
  const [name, password] = [randomUUID(), randomUUID()];
  const operator = await connectRedis(url ?? '', () => undefined);
  const allow = (...rules: string[]) => operator.client.sendCommand(['ACL', 'SETUSER', name, ...rules]);
  await allow('on', `>${password}`, '~*', '+@all');
  const states: string[] = [];
  const redis = await connectRedis(
    Object.assign(new URL(url ?? ''), { username: name, password }).href,
    () => states.push('lost'),
    () => states.push('back'),
  );
  afterwards(async () => {
    redis.close();
    await operator.client.sendCommand(['ACL', 'DELUSER', name]);
    operator.close();
  });
  const [budget, counters] = [createBudget(redis, name, 5, 60), createGuessCounters(redis, () => new Date())];
  for (const count of [() => budget.spend('a'), () => counters.take([{ key: name, limit: 5, windowSeconds: 60 }])]) {
    states.length = 0;
    await allow('-@write');
    await count();
    await count();
    await sleep(600);
    expect([states, redis.isAvailable()]).toEqual([['lost'], false]);
    await allow('+@write');
    await expect.poll(() => states).toEqual(['lost', 'back']);
    expect(redis.isAvailable()).toBe(true);
  }
});

test.each([
  ['in this process', null] as const,
  ...(url === undefined ? [] : [['in Redis', await connectRedis(url, () => undefined)] as const]),
])('a use that is given back after its window adds none: %s', async (_name, redis) => {
  const budget = createBudget(redis, randomUUID(), 1, 60);
  await budget.giveBack('a');
  expect([(await budget.spend('a'))?.isWithin, (await budget.spend('a'))?.isWithin]).toEqual([true, false]);
  const other = createBudget(redis, randomUUID(), 1, 60);
  await other.spend('a');
  await other.giveBack('a');
  expect([(await other.spend('a'))?.isWithin, (await other.spend('a'))?.isWithin]).toEqual([true, false]);
  redis?.close();
});

test('while Redis is unavailable, each instance counts alone, no request waits, and one loss is reported', async () => {
  const errors: Error[] = [];
  const redis = await connectRedis('redis://127.0.0.1:1', (error) => errors.push(error));
  const budget = createBudget(redis, randomUUID(), 2, 60);
  const started = performance.now();
  expect([(await budget.spend('a'))?.isWithin, (await budget.spend('a'))?.isWithin, (await budget.spend('a'))?.isWithin]).toEqual([
    true,
    true,
    false,
  ]);
  printSeconds('three counts without Redis', started);
  // The attempts to connect again, of which there are several meanwhile, fail too.
  expect(errors).toHaveLength(1);
  redis.close();
});
