import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RedisConnection } from './redis.ts';

/** The state of a budget after spending from it. */
export type Spent = {
  readonly isWithin: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the window ends, at least 1. */
  readonly resetSeconds: number;
};

/** A number of uses for each key in a fixed window. */
export type Budget = {
  /** Spends uses of the key, one unless it is said. Null when the budget is turned off. */
  spend(key: string, uses?: number): Promise<Spent | null>;
  /** Whether this process knows that the key has no use left in its window. */
  isUsedUp(key: string): boolean;
  /** Gives one use back; none where no use is counted, as after the window. */
  giveBack(key: string): Promise<void>;
};

const usedUpMax = 10_000;

/**
 * Creates a budget, shared by all instances through Redis, or kept in this process without it. While Redis is
 * unavailable each instance counts alone.
 * @param name distinguishes budgets in Redis.
 * @param limit uses in one window; 0 turns the budget off.
 */
export function createBudget(redis: RedisConnection | null, name: string, limit: number, windowSeconds: number): Budget {
  if (limit === 0) return { spend: async () => null, isUsedUp: () => false, giveBack: async () => undefined };
  const options = { points: limit, duration: windowSeconds, keyPrefix: `${redis?.prefix ?? 'gateway'}:${name}` };
  const memory = new RateLimiterMemory(options);
  const shared = redis && new RateLimiterRedis({ ...options, storeClient: redis.client, useRedisPackage: true });
  const countIn = <Result>(count: (limiter: RateLimiterMemory | RateLimiterRedis) => Promise<Result>): Promise<Result> =>
    redis && shared ? redis.send(() => count(shared)).catch(() => count(memory)) : count(memory);
  const usedUp = new LRUCache<string, true>({ max: usedUpMax, ttl: windowSeconds * 1_000 });
  return {
    spend: async (key, uses) => {
      const spent = await countIn((limiter) => limiter.consume(key, uses).catch(asRefused));
      if (spent.msBeforeNext > 0 && spent.remainingPoints <= 0) usedUp.set(key, true, { ttl: spent.msBeforeNext });
      return describeSpent(spent, limit);
    },
    isUsedUp: (key) => usedUp.has(key),
    giveBack: async (key) => {
      usedUp.delete(key);
      await countIn(async (limiter) => {
        const counted = await limiter.get(key);
        if (counted && counted.consumedPoints > 0) await limiter.reward(key);
      });
    },
  };
}

function asRefused(refused: unknown): RateLimiterRes {
  if (refused instanceof RateLimiterRes) return refused;
  throw refused;
}

function describeSpent({ consumedPoints, remainingPoints, msBeforeNext }: RateLimiterRes, limit: number): Spent {
  return {
    isWithin: consumedPoints <= limit,
    limit,
    remaining: Math.max(0, remainingPoints),
    resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
  };
}
