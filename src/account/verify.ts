import { verifyPassword as verifyHash } from '../crypto/password-hash.ts';
import { QueueFull } from '../rate-limits/queue.ts';
import type { Actor, Tools } from './actor.ts';
import { type Guesses, guessesOfChange } from './guesses.ts';
import { passwordUnitsMax, refuseInput } from './input.ts';
import { passwordPolicy } from './password/policy.ts';
import { IncorrectPassword, Overloaded, Unauthenticated } from './refusals.ts';
import { InvalidCredentials } from './sessions/refusals.ts';
import { InvalidCode } from './two-factor/refusals.ts';

/** A password that was found correct, and the hash that it was compared with. */
export type VerifiedPassword = { readonly passwordHash: string; readonly guessGeneration: number };

/**
 * Verifies the password of the actor's account, outside of any transaction.
 * @param field the input field that the password came in.
 * @throws RateLimited, Overloaded; IncorrectPassword also for what cannot be a password; InvalidInput for a list or an object.
 */
export async function verifyPassword(actor: Actor, password: unknown, field = 'password'): Promise<VerifiedPassword> {
  if (typeof password === 'object' && password !== null) throw refuseInput(field, 'string');
  const { tools, accountId } = actor;
  const select = { passwordHash: true, guessGeneration: true };
  const account = await tools.db.account.findFirst({ where: { id: accountId }, select });
  if (!account) throw new Unauthenticated();
  return guess(tools, guessesOfChange(actor, account), async () => {
    if (!isPossiblePassword(password)) throw new IncorrectPassword();
    const isCorrect = await hashInQueue(tools, () => verifyHash(account.passwordHash, password));
    if (!isCorrect) throw new IncorrectPassword();
    return account;
  });
}

/**
 * Runs a check of a secret within the guesses of its source. The guess is counted before the check, so that guesses at the
 * same time are all counted. While a counter is used up, a correct secret is refused too.
 * @throws RateLimited, and what the check throws. Only a wrong secret stays counted: not a used code, not a fault.
 */
export async function guess<Result>(tools: Tools, guesses: Guesses, check: () => Promise<Result>): Promise<Result> {
  const taken = await tools.guessCounters.take(guesses.counters);
  if (taken.waitSeconds !== null) {
    tools.counts.lockOut(guesses.source);
    throw guesses.refuse(taken.waitSeconds);
  }
  try {
    const result = await check();
    await taken.giveBack();
    return result;
  } catch (error) {
    if (!isWrongSecret(error)) await taken.giveBack();
    throw error;
  }
}

/**
 * Hashes in the queue that bounds how many hashes are computed at once.
 * @throws Overloaded before any hashing when too many wait.
 */
export function hashInQueue<Result>(tools: Tools, hash: () => Promise<Result>): Promise<Result> {
  return inQueue(() => tools.hashing.run(hash));
}

/** Runs what hashes in the queue. @throws Overloaded when too many wait. */
export async function inQueue<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
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
