import { unseal } from '../../crypto/seal.ts';
import { hashToken, randomToken } from '../../crypto/token.ts';
import type { Transaction } from '../../db/database.ts';
import { recordActivityOf } from '../activity/activity.ts';
import type { Visitor } from '../actor.ts';
import { accountAttempts, attempt } from '../attempts.ts';
import { lockAccount } from '../profile/profile.ts';
import { CodeAlreadyUsed, InvalidCode, InvalidCredentials } from '../refusals.ts';
import { consumeStep, matchStep } from '../two-factor/code.ts';
import { useRecoveryToken } from '../two-factor/recovery-tokens.ts';
import { secretOwner } from '../two-factor/setup.ts';
import { type StartedSession, startSession } from './sessions.ts';
import { countSignIn } from './sign-in.ts';

/** A sign-in whose password was right: what the second factor is sent with. */
export type Challenge = { readonly challenge: string; readonly expiresAt: Date };

/** A code of the authenticator, or a recovery token; exactly one. */
export type SecondFactor = { readonly code?: string | null | undefined; readonly recoveryToken?: string | null | undefined };

const challengeMinutes = 5;
const attemptsMax = 5;

/** Asks for the second factor. The challenge is 256 random bits, bound to the account and to nothing a caller can choose. */
export async function startChallenge(transaction: Transaction, visitor: Visitor, accountId: number): Promise<Challenge> {
  const challenge = randomToken();
  const expiresAt = new Date(visitor.now().getTime() + challengeMinutes * 60_000);
  await transaction.signInChallenge.create({ data: { accountId, tokenHash: hashToken(challenge), expiresAt } });
  await recordActivityOf(transaction, { ...visitor, actorId: null }, accountId, 'auth:checkpoint');
  return { challenge, expiresAt };
}

/**
 * Answers a challenge with the second factor and begins the session. A challenge is spent on success, and opens nothing
 * after five wrong answers.
 * @throws RateLimited, InvalidCredentials when the challenge is unknown, spent or expired, InvalidCode, CodeAlreadyUsed.
 */
export async function completeSignIn(visitor: Visitor, input: { challenge: string; answer: SecondFactor }): Promise<StartedSession> {
  await countSignIn(visitor);
  const { id, accountId } = await takeAttempt(visitor, hashToken(input.challenge));
  const session = await attempt(visitor.tools, accountAttempts(accountId), () =>
    visitor.tools.db.$transaction(async (transaction) => {
      await lockAccount(transaction, accountId);
      const event = await checkSecondFactor(transaction, visitor, accountId, input.answer);
      const { count } = await transaction.signInChallenge.deleteMany({ where: { id } });
      if (count === 0) throw new InvalidCredentials();
      await recordActivityOf(transaction, visitor, accountId, event);
      await recordActivityOf(transaction, visitor, accountId, 'auth:success');
      return startSession(transaction, visitor, accountId);
    }),
  ).catch(async (error) => {
    if (error instanceof CodeAlreadyUsed) await giveAttemptBack(visitor, id);
    throw error;
  });
  await visitor.tools.attempts.clear(accountAttempts(accountId));
  return session;
}

/** Counted in the row by one statement, so that answers at once cannot share an attempt. */
async function takeAttempt(
  { tools: { db }, now }: Visitor,
  tokenHash: Uint8Array<ArrayBuffer>,
): Promise<{ id: number; accountId: number }> {
  const where = { tokenHash, expiresAt: { gt: now() } };
  const { count } = await db.signInChallenge.updateMany({
    where: { ...where, attempts: { lt: attemptsMax } },
    data: { attempts: { increment: 1 } },
  });
  const challenge =
    count === 0 ? null : await db.signInChallenge.findUnique({ where: { tokenHash }, select: { id: true, accountId: true } });
  if (!challenge) throw new InvalidCredentials();
  return challenge;
}

async function giveAttemptBack({ tools: { db } }: Visitor, id: number): Promise<void> {
  await db.signInChallenge.updateMany({ where: { id, attempts: { gt: 0 } }, data: { attempts: { decrement: 1 } } });
}

async function checkSecondFactor(transaction: Transaction, visitor: Visitor, accountId: number, answer: SecondFactor) {
  if (answer.recoveryToken != null) {
    if (!(await useRecoveryToken(transaction, visitor.tools.keys, accountId, answer.recoveryToken))) throw new InvalidCode();
    return 'auth:recovery-token' as const;
  }
  const row = await transaction.twoFactor.findUnique({ where: { accountId }, select: { secret: true } });
  if (row?.secret == null) throw new InvalidCredentials();
  const step = matchStep(unseal(visitor.tools.keys, secretOwner(accountId), row.secret), answer.code ?? '', visitor.now());
  if (step === null) throw new InvalidCode();
  await consumeStep(transaction, accountId, step, visitor.now());
  return 'auth:token' as const;
}
