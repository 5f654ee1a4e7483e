import { QueueFull } from '../rate-limits/queue.ts';
import type { Tools } from './actor.ts';
import { IncorrectPassword, InvalidCode, InvalidCredentials, Overloaded, RateLimited } from './refusals.ts';

/** What an account's wrong secrets are counted under, whichever operation they came through. */
export function accountAttempts(accountId: number): string {
  return `account:${accountId}`;
}

/**
 * Checks a secret against the account's budget of wrong ones. The place is taken before the secret is looked at, so a
 * hundred attempts at once are a hundred; while the lock is shut the right secret does not pass either.
 * @throws RateLimited, or what the check throws. Only a wrong secret costs: not a code that was used, not a fault.
 */
export async function attempt<T>(tools: Tools, key: string, check: () => Promise<T>): Promise<T> {
  const place = await tools.attempts.begin(key);
  if (place.waitSeconds !== null) throw new RateLimited(place.waitSeconds);
  try {
    const checked = await check();
    await place.excuse();
    return checked;
  } catch (error) {
    await (isWrongSecret(error) ? place.fail() : place.excuse());
    throw error;
  }
}

/**
 * Does a password's hashing in the lane that keeps it from standing in everybody's way.
 * @throws Overloaded before any hashing when too many wait.
 */
export async function hashInLane<T>(tools: Tools, work: () => Promise<T>): Promise<T> {
  try {
    return await tools.hashing.run(work);
  } catch (error) {
    throw error instanceof QueueFull ? new Overloaded(error.retryAfterSeconds) : error;
  }
}

function isWrongSecret(error: unknown): boolean {
  return error instanceof IncorrectPassword || error instanceof InvalidCode || error instanceof InvalidCredentials;
}
