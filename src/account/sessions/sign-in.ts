import { hashPassword, needsRehash } from '../../crypto/password-hash.ts';
import { findByEmail, findByUsername, hasSecondFactor } from '../../db/statements/logins.ts';
import type { Visitor } from '../actor.ts';
import { changeAccountBySql } from '../change.ts';
import { guessesOfLogin } from '../guesses.ts';
import { isStorable } from '../input.ts';
import { operation } from '../operation.ts';
import { foldLogin } from '../profile/fold.ts';
import { Overloaded, RateLimited } from '../refusals.ts';
import { guess, inQueue, isPossiblePassword } from '../verify.ts';
import { type Challenge, startChallenge } from './challenge.ts';
import { findDevice } from './devices.ts';
import { type Entered, enter, noteLastUses } from './enter.ts';
import { signInInput } from './input.ts';
import { InvalidCredentials } from './refusals.ts';
import { countOutcome, countSignIn, noteFailure, signInEvent } from './sign-in-events.ts';

/** The result of a sign-in: a session, or a challenge where a second factor is required. */
export type SignIn = ({ readonly kind: 'session' } & Entered) | ({ readonly kind: 'challenge' } & Challenge);

type Candidate = { readonly id: number; readonly passwordHash: string };

export const signIn = operation({
  name: 'signIn',
  description:
    'Signs in with a cookie, in place of the session whose cookie comes along. Where two-factor authentication is enabled, the result is a challenge and no session begins yet. An unknown account and an incorrect password get the same answer.',
  input: signInInput,
  refusals: [InvalidCredentials, RateLimited, Overloaded],
  requires: { credential: 'none' },
  async run(visitor, input): Promise<SignIn> {
    await countSignIn(visitor);
    const outcomeOf = ({ kind }: SignIn) => (kind === 'session' ? 'succeeded' : 'second_factor_required');
    return countOutcome(visitor, outcomeOf, () => attempt(visitor, foldLogin(asText(input.login)), asText(input.password)));
  },
});

async function attempt(visitor: Visitor, login: string, password: string): Promise<SignIn> {
  await inQueue(async () => visitor.tools.hashing.assertOpen());
  const known = await findByLogin(visitor, login);
  // A disabled account is a login of no account, also in time.
  const found = known?.disabled ? null : known;
  const guesses = guessesOfLogin(visitor, login, found, found && findDevice(visitor, found));
  const disabledId = found ? null : (known?.id ?? null);
  const account = await guess(visitor.tools, guesses, () => verify(visitor, { login, password, found, disabledId }));
  await noteLastUses(visitor.tools);
  const signedIn = await begin(visitor, await renewHash(visitor, account, password), login);
  if (signedIn.kind === 'session') await visitor.tools.guessCounters.clear(guesses.own);
  return signedIn;
}

/**
 * Begins the session or starts a challenge, under the lock of the account and only while the stored hash is the verified one. A
 * change of the password or of two-factor authentication at the same time is either seen here or ends the session afterwards.
 */
function begin(visitor: Visitor, { id, passwordHash }: Candidate, login: string): Promise<SignIn> {
  return changeAccountBySql<SignIn>(visitor, id, async (sql, account) => {
    if (account?.passwordHash !== passwordHash) throw new InvalidCredentials();
    if (await hasSecondFactor(sql, id)) {
      const challenge = await startChallenge(sql, visitor, id, login);
      return { result: { kind: 'challenge', ...challenge }, activity: signInEvent(visitor, 'auth:checkpoint', { isAnonymous: true }) };
    }
    const { result, ...rest } = await enter(sql, visitor, account);
    return { ...rest, result: { kind: 'session', ...result }, activity: signInEvent(visitor, 'auth:success') };
  });
}

/** An `@` makes a login an e-mail address, as on the panel. */
async function findByLogin({ tools }: Visitor, login: string) {
  if (login === '' || !isStorable(login)) return null;
  return login.includes('@') ? findByEmail(tools.sql, login) : findByUsername(tools.sql, login);
}

type Attempt = {
  readonly login: string;
  readonly password: string;
  readonly found: Candidate | null;
  /** The account of the login, where that is disabled. */
  readonly disabledId: number | null;
};

/**
 * Verifies the password of an account. An unknown login is compared with a decoy, and a wrong password is answered after the
 * time of the slowest kind of hash, so that the time does not tell whether the account exists or how it is hashed.
 * @throws InvalidCredentials, Overloaded.
 */
async function verify(visitor: Visitor, { login, password, found, disabledId }: Attempt): Promise<Candidate> {
  const { hashKinds } = visitor.tools;
  const startedAt = performance.now();
  const decoy = await hashKinds.makeDecoyFor(login);
  const verified = isPossiblePassword(password)
    ? await inQueue(() => hashKinds.verify(found?.passwordHash ?? decoy, password))
    : { isCorrect: false, queuedMs: 0 };
  if (found && verified.isCorrect) return found;
  const reason = found ? 'wrong password' : disabledId === null ? 'unknown login' : 'account disabled';
  noteFailure(visitor, { accountId: found?.id ?? disabledId, login, reason });
  await hashKinds.untilSlowest(startedAt, verified);
  throw new InvalidCredentials();
}

/**
 * Hashes a verified password anew where its hash has another algorithm or cost. Skipped when too many hashes wait.
 * @throws InvalidCredentials when the password was changed meanwhile.
 */
async function renewHash(visitor: Visitor, candidate: Candidate, password: string): Promise<Candidate> {
  const { id, passwordHash } = candidate;
  const { db, passwordCost } = visitor.tools;
  if (!needsRehash(passwordHash, password, passwordCost)) return candidate;
  const renewed = await visitor.tools.hashing.run(() => hashPassword(password, passwordCost)).catch(() => null);
  if (renewed === null) return candidate;
  const { count } = await db.account.updateMany({ where: { id, passwordHash }, data: { passwordHash: renewed } });
  if (count === 1) return { id, passwordHash: renewed };
  // Another sign-in renewed it first, or the password was changed: the stored hash decides.
  const stored = await db.account.findFirst({ where: { id }, select: { id: true, passwordHash: true } });
  const verified = stored && (await inQueue(() => visitor.tools.hashKinds.verify(stored.passwordHash, password)));
  if (!stored || !verified?.isCorrect) throw new InvalidCredentials();
  return stored;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
