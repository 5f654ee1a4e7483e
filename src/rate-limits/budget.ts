import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RedisConnection } from './redis.ts';

/** What is left of a budget after spending from it. */
export type Spent = {
  readonly isWithin: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the window ends, at least 1. */
  readonly resetSeconds: number;
};

/** So much of one thing for each key in a fixed window. */
export type Budget = {
  /** Takes one from the key's budget. Null when the budget is turned off. */
  spend(key: string): Promise<Spent | null>;
  /** Gives one back, for what turned out to cost nothing. */
  giveBack(key: string): Promise<void>;
  /** Gives all back. */
  clear(key: string): Promise<void>;
  /** Leaves nothing for so many seconds, whatever is given back. */
  close(key: string, seconds: number): Promise<void>;
};

/** Far more than parallel attempts could give back. */
const closed = 1_000_000;

/**
 * A budget by name, shared by every instance where there is Redis, else kept in this process. A limit of 0 turns it off.
 * While Redis is away each instance counts for itself.
 */
export function createBudget(redis: RedisConnection | null, name: string, limit: number, windowSeconds: number): Budget {
  if (limit === 0) return unlimited;
  const options = { points: limit, duration: windowSeconds, keyPrefix: `gateway:${name}` };
  const memory = new RateLimiterMemory(options);
  const limiter = redis
    ? new RateLimiterRedis({
        ...options,
        storeClient: redis.client,
        useRedisPackage: true,
        insuranceLimiter: memory,
        rejectIfRedisNotReady: true,
      })
    : memory;
  return {
    spend: async (key) => describeSpent(await limiter.consume(key).catch(asRefused), limit),
    giveBack: async (key) => void (await limiter.reward(key)),
    clear: async (key) => void (await limiter.delete(key)),
    close: async (key, seconds) => void (await limiter.set(key, closed, seconds)),
  };
}

const nothing = async () => undefined;
const unlimited: Budget = { spend: async () => null, giveBack: nothing, clear: nothing, close: nothing };

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
