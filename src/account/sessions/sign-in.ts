import { decoyHash, hashPassword, needsRehash, verifyPassword } from '../../crypto/password-hash.ts';
import type { Database, Prisma, Transaction } from '../../db/database.ts';
import { recordActivityOf } from '../activity/activity.ts';
import type { Visitor } from '../actor.ts';
import { accountAttempts, attempt, hashInLane } from '../attempts.ts';
import { isStorable } from '../input.ts';
import { isPossiblePassword } from '../password/password.ts';
import { foldCase } from '../profile/profile.ts';
import { InvalidCredentials, RateLimited } from '../refusals.ts';
import { isTwoFactorEnabled } from '../two-factor/two-factor.ts';
import { type Challenge, startChallenge } from './challenge.ts';
import { type StartedSession, startSession } from './sessions.ts';

/** What a sign-in comes to: a session, or a challenge where a second factor is asked for. */
export type SignIn = ({ kind: 'session' } & StartedSession) | ({ kind: 'challenge' } & Challenge);

const loginCharactersMax = 191;

/**
 * Signs in by username or e-mail address and password. An unknown account and a wrong password are the same to the
 * caller: in words, in status, and in time, since an unknown one costs the same hash.
 * @throws RateLimited, Overloaded, InvalidCredentials.
 */
export async function signIn(visitor: Visitor, input: { login: string; password: string }): Promise<SignIn> {
  await countSignIn(visitor);
  const found = await findByLogin(visitor.tools.db, input.login);
  const key = found ? accountAttempts(found.id) : `unknown:${foldCase(input.login).slice(0, loginCharactersMax)}`;
  const account = await attempt(visitor.tools, key, async () => {
    const isRight = await isRightPassword(visitor, found?.passwordHash ?? null, input.password);
    if (found && isRight) return found;
    if (found) noteFailure(visitor, found.id, input.login);
    throw new InvalidCredentials();
  });
  const hash = await renewHash(visitor, account, input.password);
  const signedIn = await visitor.tools.db.$transaction((transaction) => open(transaction, visitor, { id: account.id, passwordHash: hash }));
  if (signedIn.kind === 'session') await visitor.tools.attempts.clear(key);
  return signedIn;
}

/**
 * Begins the session, or asks for the second factor. Only while the password is still the one that was verified, and with
 * the account held: a change of password, or of two-factor, at the same moment comes before this and is seen, or after it
 * and ends what this began.
 */
async function open(transaction: Transaction, visitor: Visitor, { id, passwordHash }: SigningIn): Promise<SignIn> {
  const { count } = await transaction.account.updateMany({ where: { id, passwordHash }, data: { passwordHash } });
  if (count === 0) throw new InvalidCredentials();
  if (await isTwoFactorEnabled({ db: transaction, accountId: id }))
    return { kind: 'challenge', ...(await startChallenge(transaction, visitor, id)) };
  await recordActivityOf(transaction, visitor, id, 'auth:success');
  return { kind: 'session', ...(await startSession(transaction, visitor, id)) };
}

/**
 * Takes a sign-in from the address's budget.
 * @throws RateLimited
 */
export async function countSignIn(visitor: Visitor): Promise<void> {
  const spent = await visitor.tools.signIns.spend(visitor.network);
  if (spent && !spent.isWithin) throw new RateLimited(spent.resetSeconds);
}

type SigningIn = { id: number; passwordHash: string };

/** An `@` makes it an e-mail address, as on the panel. */
async function findByLogin(db: Database, login: string): Promise<SigningIn | null> {
  const folded = foldCase(login.trim());
  if (folded === '' || folded.length > 2 * loginCharactersMax || !isStorable(folded)) return null;
  const where: Prisma.AccountWhereUniqueInput = folded.includes('@') ? { emailFolded: folded } : { usernameFolded: folded };
  return db.account.findUnique({ where, select: { id: true, passwordHash: true } });
}

async function isRightPassword(visitor: Visitor, hash: string | null, password: string): Promise<boolean> {
  if (!isPossiblePassword(password)) return false;
  const decoy = await decoyHash(visitor.tools.passwordCost);
  return hashInLane(visitor.tools, () => verifyPassword(hash ?? decoy, password));
}

/** Not waited for: an attempt on an account that exists must take no longer than one on an account that does not. */
function noteFailure(visitor: Visitor, accountId: number, login: string): void {
  const name = login.includes('@') ? 'email' : 'username';
  visitor.tools.inBackground(() =>
    recordActivityOf(visitor.tools.db, { ...visitor, actorId: null }, accountId, 'auth:fail', {
      [name]: login.slice(0, loginCharactersMax),
    }),
  );
}

/**
 * The hash of a password that was just verified, brought up to date: now it is known. Skipped when hashing is much asked for.
 * @throws InvalidCredentials when the password is another meanwhile.
 */
async function renewHash(visitor: Visitor, { id, passwordHash }: SigningIn, password: string): Promise<string> {
  if (!needsRehash(passwordHash, password, visitor.tools.passwordCost)) return passwordHash;
  const renewed = await hashInLane(visitor.tools, () => hashPassword(password, visitor.tools.passwordCost)).catch(() => null);
  if (renewed === null) return passwordHash;
  const { count } = await visitor.tools.db.account.updateMany({ where: { id, passwordHash }, data: { passwordHash: renewed } });
  if (count === 1) return renewed;
  // Another sign-in renewed it first, or the password was changed: what is there now decides.
  const now = await visitor.tools.db.account.findUnique({ where: { id }, select: { passwordHash: true } });
  if (!now || !(await isRightPassword(visitor, now.passwordHash, password))) throw new InvalidCredentials();
  return now.passwordHash;
}
