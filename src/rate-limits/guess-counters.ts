import type { GuessCounters, Taken } from './counter.ts';
import { createMemoryCounters } from './memory-counters.ts';
import type { RedisConnection } from './redis.ts';
import { createRedisCounters } from './redis-counters.ts';

/** Counters of one process. Each takes about 200 bytes. */
const memoryCountersMax = 100_000;
const redisCountersMax = 1_000_000;

/**
 * Creates the counters, shared by all instances through Redis, or kept in this process without it. While Redis is
 * unavailable, each instance counts alone. Their number is bounded: where a new one has no place, of the sixteen least
 * recently used the one with the fewest guesses is dropped. A counter that is used up stays while others are not.
 * @param now the clock of the counters in this process.
 */
export function createGuessCounters(redis: RedisConnection | null, now: () => Date): GuessCounters {
  const here = createMemoryCounters(memoryCountersMax, now);
  if (!redis) return here;
  const shared = createRedisCounters(redis, redisCountersMax);
  return {
    take: async (counters) => {
      const { taken, withdraw } = shared.begin(counters);
      return taken.catch(async () => withLate(await here.take(counters), withdraw));
    },
    clear: async (keys) => {
      await here.clear(keys);
      await shared.clear(keys).catch(() => undefined);
    },
  };
}

/** A guess that Redis can count late. Only a wrong secret stays counted in both. */
function withLate(taken: Taken, withdraw: () => void): Taken {
  if (taken.waitSeconds !== null) {
    withdraw();
    return taken;
  }
  return {
    waitSeconds: null,
    giveBack: async () => {
      withdraw();
      await taken.giveBack();
    },
  };
}
