import { createBudget } from './budget.ts';
import type { RedisConnection } from './redis.ts';

/** How often secrets may be guessed for one key, whichever secret and through whichever operation. */
export type Attempts = {
  /** Takes a place for one attempt, before the secret is looked at: attempts at once cannot share one place. */
  begin(key: string): Promise<Attempt>;
  /** Forgets every attempt, after a sign-in with all that was asked for. */
  clear(key: string): Promise<void>;
};

/** A place that was taken, or the seconds for which there is none. */
export type Attempt =
  | { readonly waitSeconds: number }
  | {
      readonly waitSeconds: null;
      /** The secret was wrong: the place is lost, and with the last one the lock falls shut. */
      fail(): Promise<void>;
      /** The secret was right, or wrong in a way that helps nobody to guess: the place is given back. */
      excuse(): Promise<void>;
    };

const windowSeconds = 15 * 60;
const daySeconds = 86_400;
const strikesMax = 1_000;

/**
 * So many wrong secrets for a key in 15 minutes. After them nothing is let through for 15 minutes, and for twice as long
 * each time again, up to a day. A limit of 0 turns it off.
 */
export function createAttempts(redis: RedisConnection | null, limit: number): Attempts {
  const wrong = createBudget(redis, 'wrong-secrets', limit, windowSeconds);
  const strikes = createBudget(redis, 'strikes', strikesMax, 2 * daySeconds);
  const lock = async (key: string) => {
    const strike = strikesMax - ((await strikes.spend(key))?.remaining ?? strikesMax);
    await wrong.close(key, Math.min(windowSeconds * 2 ** (strike - 1), daySeconds));
  };
  return {
    begin: async (key) => {
      const spent = await wrong.spend(key);
      if (spent && !spent.isWithin) return { waitSeconds: spent.resetSeconds };
      return {
        waitSeconds: null,
        fail: async () => {
          if (spent?.remaining === 0) await lock(key);
        },
        excuse: () => wrong.giveBack(key),
      };
    },
    clear: async (key) => {
      await Promise.all([wrong.clear(key), strikes.clear(key)]);
    },
  };
}
