import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

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
};

/** A budget kept in this process. A limit of 0 turns it off. */
export function createBudget(limit: number, windowSeconds: number): Budget {
  if (limit === 0) return { spend: async () => null };
  const limiter = new RateLimiterMemory({ points: limit, duration: windowSeconds });
  return {
    spend: async (key) => {
      const spent = await limiter.consume(key).catch((refused: unknown) => {
        if (refused instanceof RateLimiterRes) return refused;
        throw refused;
      });
      return {
        isWithin: spent.consumedPoints <= limit,
        limit,
        remaining: Math.max(0, spent.remainingPoints),
        resetSeconds: Math.max(1, Math.ceil(spent.msBeforeNext / 1000)),
      };
    },
  };
}
