import { z } from 'zod';
import { hashPassword } from '../crypto/password-hash.ts';
import { alphanumeric, randomText } from '../crypto/token.ts';
import type { Database } from '../db/database.ts';
import { type ListedAccount, listAccountsAfter } from '../db/statements/accounts.ts';
import { type Actor, actAsOperator, type Tools } from './actor.ts';
import { change } from './change.ts';
import { broken, parse, refuseInput, refuseInputs, text } from './input.ts';
import { newPassword } from './password/input.ts';
import { namesOf } from './password/password.ts';
import { findGuessFault } from './password/strength.ts';
import { foldCase, foldEmail } from './profile/fold.ts';
import { emailAddress, usernameText } from './profile/input.ts';
import { type Profile, profileFields, refuseTaken } from './profile/profile.ts';
import { NotFound } from './refusals.ts';
import { endDevices } from './sessions/devices.ts';
import { endOtherSessions } from './sessions/sessions.ts';
import { TwoFactorNotEnabled } from './two-factor/refusals.ts';
import { removeTwoFactor } from './two-factor/two-factor.ts';

const generatedPasswordCharacters = 24;
const accountsPerPage = 1_000;
/** Names who acted, in the activity of the account. */
const byOperator = { by: 'operator' } as const;

const accountInput = z.object({
  username: usernameText,
  email: emailAddress,
  firstName: text({ most: 191 }).nullable(),
  lastName: text({ most: 191 }).nullable(),
  language: z.string().superRefine((value, context) => {
    if (!/^[a-z]{2}(?:[_-][a-zA-Z]{2})?$/.test(value)) context.addIssue(broken('language'));
  }),
  admin: z.boolean(),
  password: newPassword,
});

/** The fields of a new account. Without `password`, one is generated. */
export type NewAccount = Partial<z.infer<typeof accountInput>> & { username: string; email: string };

/**
 * Creates an account. The username is kept in lower case.
 * @param isWeakAllowed whether a password may be easy to guess.
 * @returns the account, and the password that was set.
 * @throws InvalidInput, also when the username or the e-mail address is taken; Overloaded.
 */
export async function createAccount(
  tools: Tools,
  input: NewAccount,
  isWeakAllowed = false,
): Promise<{ profile: Profile; password: string }> {
  const generated = randomText(generatedPasswordCharacters, alphanumeric);
  const defaults = { firstName: null, lastName: null, language: 'en', admin: false, password: generated };
  const { password, ...account } = parse(accountInput, { ...defaults, ...input });
  const username = foldCase(account.username);
  const folded = { usernameFolded: username, emailFolded: foldEmail(account.email) };
  await assertFree(tools.db, folded);
  if (input.password !== undefined && !isWeakAllowed) await assertStrong(tools, password, account);
  const passwordHash = await hashPassword(password, tools.passwordCost);
  const data = { ...account, ...folded, username, passwordHash, createdAt: tools.now() };
  const profile = await tools.db.account.create({ data, select: profileFields }).catch(refuseTaken('username'));
  return { profile, password };
}

async function assertStrong(tools: Tools, password: string, account: Parameters<typeof namesOf>[1]): Promise<void> {
  const fault = await findGuessFault(tools, password, namesOf(tools.issuer, account));
  if (fault) throw refuseInputs([{ field: 'password', ...fault }]);
}

async function assertFree(db: Database, { usernameFolded, emailFolded }: { usernameFolded: string; emailFolded: string }): Promise<void> {
  if (await db.account.findUnique({ where: { usernameFolded }, select: { id: true } })) throw refuseInput('username', 'unique');
  if (await db.account.findUnique({ where: { emailFolded }, select: { id: true } })) throw refuseInput('email', 'unique');
}

/** Lists every account, oldest first, in pages: with whether two-factor authentication is enabled and the numbers of its keys. */
export async function* listAccounts({ db }: Tools): AsyncGenerator<readonly ListedAccount[]> {
  for (let after = 0; ; ) {
    const page = await listAccountsAfter(db, after, accountsPerPage);
    if (page.length > 0) yield page;
    if (page.length < accountsPerPage) return;
    after = page.at(-1)?.id ?? after;
  }
}

/**
 * The operator as an actor on the account of a username, which is compared without regard to case.
 * @throws NotFound
 */
export async function actOn(tools: Tools, username: string): Promise<Actor> {
  const account = await tools.db.account.findUnique({ where: { usernameFolded: foldCase(username) }, select: { id: true } });
  if (!account) throw new NotFound();
  return actAsOperator(tools, account.id);
}

/**
 * Disables two-factor authentication for an owner who lost both the device and the recovery tokens, and ends their sessions.
 * @throws NotFound, TwoFactorNotEnabled.
 */
export async function disableTwoFactorOf(tools: Tools, username: string): Promise<void> {
  const operator = await actOn(tools, username);
  await change(operator, null, async (transaction, { id }) => {
    if (!(await removeTwoFactor(transaction, id))) throw new TwoFactorNotEnabled();
    await endOtherSessions(transaction, operator);
    return { result: undefined, activity: { event: 'user:two-factor.delete', properties: byOperator } };
  });
}

/**
 * Begins the counters of wrong secrets of an account anew, on every instance, from their next guess on: its logins, browsers,
 * sessions and API keys.
 * @throws NotFound
 */
export async function unlockAccount(tools: Tools, username: string): Promise<void> {
  const operator = await actOn(tools, username);
  await change(operator, null, async (transaction, { id }) => {
    await transaction.account.update({ where: { id }, data: { guessGeneration: { increment: 1 } }, select: { id: true } });
    return { result: undefined, activity: { event: 'user:account.unlocked', properties: byOperator } };
  });
}

/**
 * Ends every session of an account. Browsers that signed in to it before are unknown from then on.
 * @returns the number of sessions that were ended.
 * @throws NotFound
 */
export async function signOutAccount(tools: Tools, username: string): Promise<number> {
  const operator = await actOn(tools, username);
  return change(operator, null, async (transaction) => {
    const count = await endOtherSessions(transaction, operator);
    await endDevices(transaction, operator.accountId);
    return { result: count, activity: { event: 'user:sessions.end', properties: byOperator } };
  });
}
