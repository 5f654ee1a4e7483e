import { z } from 'zod';
import { hashPassword } from '../crypto/password-hash.ts';
import type { Database } from '../db/database.ts';
import { type ListedAccount, listAccountsAfter } from '../db/statements/accounts.ts';
import { type Actor, actAsOperator, type Tools } from './actor.ts';
import { parse, refuseInput, refuseInputs, text } from './input.ts';
import { generatePassword, newPassword } from './password/input.ts';
import { namesOf } from './password/password.ts';
import { findGuessFault } from './password/strength.ts';
import { foldCase, foldEmail } from './profile/fold.ts';
import { emailAddress, languageCode, usernameText } from './profile/input.ts';
import { type Profile, profileFields, refuseTaken } from './profile/profile.ts';
import { NotFound } from './refusals.ts';

const accountsPerPage = 1_000;

const accountInput = z.object({
  username: usernameText,
  email: emailAddress,
  firstName: text({ most: 191 }).nullable(),
  lastName: text({ most: 191 }).nullable(),
  language: languageCode,
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
  const defaults = { firstName: null, lastName: null, language: 'en', admin: false, password: generatePassword() };
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

/**
 * @throws InvalidInput when a password is easy to guess, or has a name of the account or of the service in it; Overloaded.
 */
export async function assertStrong(tools: Tools, password: string, account: Parameters<typeof namesOf>[1]): Promise<void> {
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
