import { createBudget } from './budget.ts';
import type { RedisConnection } from './redis.ts';

/** Counts the guesses of secrets for a key, over all secrets and operations. */
export type Attempts = {
  /** Counts one attempt, before the secret is verified: attempts at once are all counted. */
  begin(key: string): Promise<Attempt>;
  /** Forgets all attempts, after a complete sign-in. */
  clear(key: string): Promise<void>;
};

/** An attempt that was counted, or the seconds until the next is allowed. */
export type Attempt =
  | { readonly waitSeconds: number }
  | {
      readonly waitSeconds: null;
      /** The secret was wrong: the attempt stays counted, and after the last one the key is locked. */
      fail(): Promise<void>;
      /** The attempt is not counted: the secret was right, or the failure reveals nothing about it. */
      excuse(): Promise<void>;
    };

const windowSeconds = 15 * 60;
const daySeconds = 86_400;
const lockOutsMax = 1_000;

/**
 * Creates the counter of wrong secrets in 15 minutes.
 * @param limit the wrong secrets after which a key is locked for 15 minutes, twice as long each further time, at most a
 * day. 0 turns the counter off.
 */
export function createAttempts(redis: RedisConnection | null, limit: number): Attempts {
  const wrong = createBudget(redis, 'wrong-secrets', limit, windowSeconds);
  const lockOuts = createBudget(redis, 'lock-outs', lockOutsMax, 2 * daySeconds);
  const lock = async (key: string) => {
    const lockOut = lockOutsMax - ((await lockOuts.spend(key))?.remaining ?? lockOutsMax);
    await wrong.block(key, Math.min(windowSeconds * 2 ** (lockOut - 1), daySeconds));
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
      await Promise.all([wrong.clear(key), lockOuts.clear(key)]);
    },
  };
}
