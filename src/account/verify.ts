import { verifyPassword as verifyHash } from '../crypto/password-hash.ts';
import { QueueFull } from '../rate-limits/queue.ts';
import type { Actor, Tools } from './actor.ts';
import { passwordUnitsMax, refuseInput } from './input.ts';
import { passwordPolicy } from './password/policy.ts';
import { IncorrectPassword, Overloaded, RateLimited, Unauthenticated } from './refusals.ts';
import { InvalidCredentials } from './sessions/refusals.ts';
import { InvalidCode } from './two-factor/refusals.ts';

/** A password that was found correct, and the hash that it was compared with. */
export type VerifiedPassword = { readonly passwordHash: string };

/**
 * Verifies the password of the actor's account, outside of any transaction.
 * @param field the input field that the password came in.
 * @throws RateLimited, Overloaded; IncorrectPassword also for what cannot be a password; InvalidInput for a list or an object.
 */
export async function verifyPassword(actor: Actor, password: unknown, field = 'password'): Promise<VerifiedPassword> {
  if (typeof password === 'object' && password !== null) throw refuseInput(field, 'string');
  const { tools, accountId } = actor;
  return guess(tools, guessesOf(accountId), async () => {
    const account = await tools.db.account.findUnique({ where: { id: accountId }, select: { passwordHash: true } });
    if (!account) throw new Unauthenticated();
    if (!isPossiblePassword(password)) throw new IncorrectPassword();
    const isCorrect = await hashInQueue(tools, () => verifyHash(account.passwordHash, password));
    if (!isCorrect) throw new IncorrectPassword();
    return account;
  });
}

/**
 * Verifies a code or a recovery token within the budget of wrong secrets of an account.
 * @param check throws InvalidCode for a wrong one.
 * @throws RateLimited, and what `check` throws.
 */
export function verifySecondFactor<Result>(tools: Tools, accountId: number, check: () => Promise<Result>): Promise<Result> {
  return guess(tools, guessesOf(accountId), check);
}

/** The key under which the wrong secrets of an account are counted, in every operation. */
export function guessesOf(accountId: number): string {
  return `account:${accountId}`;
}

/**
 * Runs a check of a secret within a budget of wrong ones. The attempt is counted before the check, so that attempts at the
 * same time are all counted. While the budget is used up, a correct secret is refused too.
 * @throws RateLimited, and what the check throws. Only a wrong secret counts: not a used code, not a fault.
 */
export async function guess<Result>(tools: Tools, key: string, check: () => Promise<Result>): Promise<Result> {
  const attempt = await tools.attempts.begin(key);
  if (attempt.waitSeconds !== null) throw new RateLimited(attempt.waitSeconds, 'wrongSecrets');
  try {
    const result = await check();
    await attempt.excuse();
    return result;
  } catch (error) {
    await (isWrongSecret(error) ? attempt.fail() : attempt.excuse());
    throw error;
  }
}

/**
 * Hashes in the queue that bounds how many hashes are computed at once.
 * @throws Overloaded before any hashing when too many wait.
 */
export async function hashInQueue<Result>(tools: Tools, hash: () => Promise<Result>): Promise<Result> {
  try {
    return await tools.hashing.run(hash);
  } catch (error) {
    throw error instanceof QueueFull ? new Overloaded(error.retryAfterSeconds) : error;
  }
}

/** Whether a value can be a password: text that is neither empty nor longer than the policy allows. */
export function isPossiblePassword(password: unknown): password is string {
  if (typeof password !== 'string' || password === '' || password.length > passwordUnitsMax) return false;
  return Buffer.byteLength(password.normalize('NFC')) <= passwordPolicy.maxBytes;
}

/** Whether an error means a wrong secret, and not a used one or a fault. */
export function isWrongSecret(error: unknown): boolean {
  return error instanceof IncorrectPassword || error instanceof InvalidCode || error instanceof InvalidCredentials;
}
