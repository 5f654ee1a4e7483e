import type { Counter, GuessCounters, Taken } from './counter.ts';
import type { RedisConnection } from './redis.ts';

const indexSeconds = 2 * 86_400;

// Each script runs as one step, so that guesses at the same time cannot share the last place. A counter is a hash: `n` guesses
// in the window `w`, which expires with it.

/** ARGV: the maximum number of counters, the name of a new window, the lifetime of the index; a limit and milliseconds for each counter. */
const takeScript = `
local wait = 0
for i = 2, #KEYS do
  local guesses = tonumber(redis.call('HGET', KEYS[i], 'n') or '0')
  if guesses >= tonumber(ARGV[2 * i]) then wait = math.max(wait, 1, redis.call('PTTL', KEYS[i])) end
end
if wait > 0 then return { wait } end
local time = redis.call('TIME')
local windows = { 0 }
for i = 2, #KEYS do
  if redis.call('HINCRBY', KEYS[i], 'n', 1) == 1 then
    redis.call('HSET', KEYS[i], 'w', ARGV[2])
    redis.call('PEXPIRE', KEYS[i], ARGV[2 * i + 1])
  end
  redis.call('ZADD', KEYS[1], time[1], KEYS[i])
  windows[i] = redis.call('HGET', KEYS[i], 'w')
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
while redis.call('ZCARD', KEYS[1]) > tonumber(ARGV[1]) do
  local dropped, fewest
  for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, 15)) do
    local guesses = tonumber(redis.call('HGET', key, 'n') or '0')
    if not fewest or guesses < fewest then dropped, fewest = key, guesses end
  end
  redis.call('DEL', dropped)
  redis.call('ZREM', KEYS[1], dropped)
end
return windows`;

/** ARGV: for each counter, the name of the window that the guess was counted in. */
const giveBackScript = `
for i = 2, #KEYS do
  if redis.call('HGET', KEYS[i], 'w') == ARGV[i - 1] and redis.call('HINCRBY', KEYS[i], 'n', -1) <= 0 then
    redis.call('DEL', KEYS[i])
    redis.call('ZREM', KEYS[1], KEYS[i])
  end
end`;

const clearScript = `
for i = 2, #KEYS do
  redis.call('DEL', KEYS[i])
  redis.call('ZREM', KEYS[1], KEYS[i])
end`;

/** Counters in Redis. */
export type RedisCounters = GuessCounters & {
  /** Counts a guess as `take` does. Where that rejects, it can still be counted, by an answer that comes late. */
  begin(counters: readonly Counter[]): Begun;
};

type Begun = {
  readonly taken: Promise<Taken>;
  /** Counts the guess no longer, as soon as Redis says that it was counted. */
  withdraw(): void;
};

/**
 * Creates counters in Redis. They reject while it is unavailable.
 * @param name distinguishes them in Redis.
 */
export function createRedisCounters(
  redis: Pick<RedisConnection, 'client' | 'prefix' | 'send'>,
  countersMax: number,
  name = 'guesses',
): RedisCounters {
  const { client, send } = redis;
  const prefix = `${redis.prefix}:${name}:`;
  /** The names of all counters, in the order of their last use. */
  const indexKey = `${prefix}index`;
  const run = (script: string, names: readonly string[], values: readonly (string | number)[]): Promise<unknown> =>
    client.eval(script, { keys: [indexKey, ...names.map((name) => prefix + name)], arguments: values.map(String) });
  // Sent also while Redis answers late, which then runs it after the count. The guess stays counted where the connection was lost.
  const giveBack = (names: readonly string[], windows: readonly unknown[]) => {
    const given = run(giveBackScript, names, windows.map(String)).then(nothing, nothing);
    return send(() => given).catch(nothing);
  };
  const begin = (counters: readonly Counter[]): Begun => {
    const names = counters.map(({ key }) => key);
    const values = [countersMax, crypto.randomUUID(), indexSeconds, ...counters.flatMap(describe)];
    let answer: Promise<Taken> | null = null;
    const count = () => {
      answer = run(takeScript, names, values).then((answered) => readTaken(answered, (windows) => giveBack(names, windows)));
      return answer;
    };
    return {
      taken: send(count),
      withdraw: () => void answer?.then((taken) => (taken.waitSeconds === null ? taken.giveBack() : undefined)).catch(nothing),
    };
  };
  return {
    begin,
    take: (counters) => begin(counters).taken,
    clear: async (keys) => void (await send(() => run(clearScript, keys, []))),
  };
}

function readTaken(answer: unknown, giveBack: (windows: readonly unknown[]) => Promise<void>): Taken {
  const [waitMs, ...windows] = Array.isArray(answer) ? answer : [];
  if (Number(waitMs) > 0) return { waitSeconds: Math.ceil(Number(waitMs) / 1000) };
  return { waitSeconds: null, giveBack: () => giveBack(windows) };
}

function nothing(): void {}

function describe({ limit, windowSeconds }: Counter): [number, number] {
  return [limit, windowSeconds * 1000];
}
