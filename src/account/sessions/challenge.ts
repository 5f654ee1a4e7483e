import { unseal } from '../../crypto/seal.ts';
import { hashToken, randomToken } from '../../crypto/token.ts';
import type { Transaction } from '../../db/database.ts';
import { type Sql, sqlOf } from '../../db/sql.ts';
import { insertChallenge } from '../../db/statements/challenges.ts';
import type { Visitor } from '../actor.ts';
import { changeAccount } from '../change.ts';
import type { SignInOutcome } from '../counts.ts';
import { type Guesses, guessesOfLogin } from '../guesses.ts';
import { operation } from '../operation.ts';
import { RateLimited } from '../refusals.ts';
import { consumeStep, matchStep } from '../two-factor/code.ts';
import { secretOwner } from '../two-factor/pending.ts';
import { useRecoveryToken } from '../two-factor/recovery-tokens.ts';
import { CodeAlreadyUsed, InvalidCode } from '../two-factor/refusals.ts';
import { guess, isWrongSecret } from '../verify.ts';
import { findDevice } from './devices.ts';
import { type Entered, enter, noteLastUses } from './enter.ts';
import { completeSignInInput } from './input.ts';
import { InvalidCredentials } from './refusals.ts';
import { countOutcome, countSignIn, noteFailure, signInEvent } from './sign-in-events.ts';

/** A sign-in whose password was correct and whose second factor is awaited. */
export type Challenge = { readonly challenge: string; readonly expiresAt: Date };

const challengeMinutes = 5;
const attemptsMax = 5;

/** Starts a challenge: 256 random bits, bound to the account. */
export async function startChallenge(sql: Sql, visitor: Visitor, accountId: number, loginFolded: string): Promise<Challenge> {
  const challenge = randomToken();
  const expiresAt = new Date(visitor.now().getTime() + challengeMinutes * 60_000);
  await insertChallenge(sql, { accountId, tokenHash: hashToken(challenge), loginFolded, expiresAt });
  return { challenge, expiresAt };
}

export const completeSignIn = operation({
  name: 'completeSignIn',
  description: 'Answers the challenge of `signIn` and signs in with a cookie. A challenge is refused after five incorrect answers.',
  input: completeSignInInput,
  refusals: [InvalidCredentials, InvalidCode, CodeAlreadyUsed, RateLimited],
  requires: { credential: 'none' },
  async run(visitor, input) {
    await countSignIn(visitor);
    const succeeded = (): SignInOutcome => 'succeeded';
    return countOutcome(visitor, succeeded, () => attempt(visitor, input.challenge, input.answer));
  },
});

async function attempt(visitor: Visitor, challenge: unknown, answer: unknown): Promise<Entered> {
  const taken = await takeAttempt(visitor, challenge);
  return complete(visitor, taken, answer).catch(async (error) => {
    const { id, accountId, loginFolded: login } = taken;
    if (error instanceof InvalidCode) noteFailure(visitor, { accountId, login, reason: 'wrong code' });
    if (!isWrongSecret(error)) await giveAttemptBack(visitor, id).catch(() => undefined);
    throw error;
  });
}

type TakenChallenge = { readonly id: number; readonly accountId: number; readonly loginFolded: string };

async function complete(visitor: Visitor, { id, accountId, loginFolded }: TakenChallenge, answer: unknown): Promise<Entered> {
  const guesses = await findGuesses(visitor, accountId, loginFolded);
  await noteLastUses(visitor.tools);
  const begin = () =>
    changeAccount(visitor, accountId, async (transaction, account) => {
      if (!account) throw new InvalidCredentials();
      const event = await verifyAnswer(transaction, visitor, accountId, answer);
      const { count } = await transaction.signInChallenge.deleteMany({ where: { id } });
      if (count === 0) throw new InvalidCredentials();
      const entered = await enter(sqlOf(transaction), visitor, account);
      return { ...entered, activity: [signInEvent(visitor, event), signInEvent(visitor, 'auth:success')] };
    });
  const entered = await guess(visitor.tools, guesses, begin);
  await visitor.tools.guessCounters.clear(guesses.own);
  return entered;
}

/** The guesses of the sign-in that the challenge continues: codes are counted with passwords. */
async function findGuesses(visitor: Visitor, accountId: number, login: string): Promise<Guesses> {
  const select = { id: true, guessGeneration: true, deviceGeneration: true };
  const account = await visitor.tools.db.account.findFirst({ where: { id: accountId }, select });
  if (!account) throw new InvalidCredentials();
  return guessesOfLogin(visitor, login, account, findDevice(visitor, account));
}

/** Counts the attempt in the row by one statement, so that answers at the same time cannot share it. The count outlives a refusal. */
async function takeAttempt({ tools: { db }, now }: Visitor, challenge: unknown): Promise<TakenChallenge> {
  const tokenHash = hashToken(typeof challenge === 'string' ? challenge : '');
  const [taken] = await db.signInChallenge.updateManyAndReturn({
    where: { tokenHash, expiresAt: { gt: now() }, attempts: { lt: attemptsMax } },
    data: { attempts: { increment: 1 } },
    select: { id: true, accountId: true, loginFolded: true },
  });
  if (!taken) throw new InvalidCredentials();
  return taken;
}

async function giveAttemptBack({ tools: { db } }: Visitor, id: number): Promise<void> {
  await db.signInChallenge.updateMany({ where: { id, attempts: { gt: 0 } }, data: { attempts: { decrement: 1 } } });
}

/** Verifies a code or a recovery token and uses it up. Returns the event that it leaves. */
async function verifyAnswer(transaction: Transaction, visitor: Visitor, accountId: number, answer: unknown) {
  const { code, recoveryToken } = readAnswer(answer);
  const { keys } = visitor.tools;
  if (recoveryToken !== null) {
    if (!(await useRecoveryToken(transaction, keys, accountId, recoveryToken))) throw new InvalidCode('recoveryToken');
    return 'auth:recovery-token' as const;
  }
  const row = await transaction.twoFactor.findUnique({ where: { accountId }, select: { secret: true } });
  if (row?.secret == null) throw new InvalidCredentials();
  const step = matchStep(unseal(keys, secretOwner(accountId), row.secret), code ?? '', visitor.now());
  if (step === null) throw new InvalidCode('code');
  await consumeStep(transaction, accountId, step, visitor.now());
  return 'auth:token' as const;
}

function readAnswer(answer: unknown): { code: string | null; recoveryToken: string | null } {
  const { data } = completeSignInInput.shape.answer.safeParse(answer);
  const textOf = (value: unknown) => (typeof value === 'string' ? value : null);
  return { code: textOf(data?.code), recoveryToken: textOf(data?.recoveryToken) };
}
