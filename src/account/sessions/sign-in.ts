import { decoyHash, hashPassword, needsRehash, verifyPassword } from '../../crypto/password-hash.ts';
import type { Database, Prisma } from '../../db/database.ts';
import { recordActivityOf } from '../activity.ts';
import { accountAttempts, attempt, hashInLane } from '../attempts.ts';
import { InvalidCredentials, RateLimited } from '../errors.ts';
import { isStorable } from '../input.ts';
import { isPossiblePassword } from '../password.ts';
import { foldCase } from '../profile.ts';
import { isTwoFactorEnabled } from '../two-factor/two-factor.ts';
import type { Visitor } from '../viewer.ts';
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
  const account = await findByLogin(visitor.db, input.login);
  const key = account ? accountAttempts(account.id) : `unknown:${foldCase(input.login).slice(0, loginCharactersMax)}`;
  const accountId = await attempt(visitor, key, async () => {
    const isRight = await isRightPassword(visitor, account?.passwordHash ?? null, input.password);
    if (account && isRight) return account.id;
    if (account) noteFailure(visitor, account.id, input.login);
    throw new InvalidCredentials();
  });
  if (account) await rehash(visitor, account, input.password);
  if (await isTwoFactorEnabled({ db: visitor.db, accountId })) return { kind: 'challenge', ...(await startChallenge(visitor, accountId)) };
  await visitor.attempts.clear(key);
  const session = await visitor.db.$transaction(async (transaction) => {
    await recordActivityOf(transaction, visitor, accountId, 'auth:success');
    return startSession(transaction, visitor, accountId);
  });
  return { kind: 'session', ...session };
}

/**
 * Takes a sign-in from the address's budget.
 * @throws RateLimited
 */
export async function countSignIn(visitor: Visitor): Promise<void> {
  const spent = await visitor.signIns.spend(visitor.network);
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
  const decoy = await decoyHash(visitor.passwordCost);
  return hashInLane(visitor, () => verifyPassword(hash ?? decoy, password));
}

/** Not waited for: an attempt on an account that exists must take no longer than one on an account that does not. */
function noteFailure(visitor: Visitor, accountId: number, login: string): void {
  const name = login.includes('@') ? 'email' : 'username';
  visitor.inBackground(() =>
    recordActivityOf(visitor.db, { ...visitor, actorId: null }, accountId, 'auth:fail', { [name]: login.slice(0, loginCharactersMax) }),
  );
}

/** The password is known just now: the moment to bring its hash up to date. Skipped when hashing is much asked for. */
async function rehash(visitor: Visitor, { id, passwordHash }: SigningIn, password: string): Promise<void> {
  if (!needsRehash(passwordHash, password, visitor.passwordCost)) return;
  const renewed = await hashInLane(visitor, () => hashPassword(password, visitor.passwordCost)).catch(() => null);
  if (renewed !== null) await visitor.db.account.updateMany({ where: { id, passwordHash }, data: { passwordHash: renewed } });
}
