import { z } from 'zod';
import { hashPassword } from '../crypto/password-hash.ts';
import { alphanumeric, randomText } from '../crypto/token.ts';
import { isUniqueViolation } from '../db/database.ts';
import { recordActivityOf } from './activity/activity.ts';
import { type Actor, actAsOperator, type Tools } from './actor.ts';
import { broken, parseInput, refuseInput, text } from './input.ts';
import { newPassword } from './password/password.ts';
import { emailAddress, findAccountByUsername, foldCase, type Profile, profileFields, usernameText } from './profile/profile.ts';
import { NotFound, TwoFactorNotEnabled } from './refusals.ts';
import { endOtherSessions } from './sessions/sessions.ts';
import { removeTwoFactor } from './two-factor/two-factor.ts';

const generatedPasswordCharacters = 24;

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

/** What an account is made of; `password` left out: one is generated. */
export type NewAccount = Partial<z.infer<typeof accountInput>> & { username: string; email: string };

/**
 * Makes an account. The username is kept in lower case.
 * @returns the account, and its password as it was set.
 * @throws InvalidInput, also when the username or the e-mail address is taken.
 */
export async function createAccount(tools: Tools, input: NewAccount): Promise<{ profile: Profile; password: string }> {
  const password = input.password ?? randomText(generatedPasswordCharacters, alphanumeric);
  const account = parseInput(accountInput, { firstName: null, lastName: null, language: 'en', admin: false, ...input, password });
  const { firstName, lastName, language, admin, email } = account;
  const username = foldCase(account.username);
  const emailFolded = foldCase(email);
  for (const [field, where] of [
    ['username', { usernameFolded: username }],
    ['email', { emailFolded }],
  ] as const) {
    if (await tools.db.account.findFirst({ where, select: { id: true } })) throw refuseInput(field, 'unique');
  }
  const passwordHash = await hashPassword(password, tools.passwordCost);
  const data = {
    username,
    usernameFolded: username,
    email,
    emailFolded,
    firstName,
    lastName,
    language,
    admin,
    passwordHash,
    createdAt: tools.now(),
  };
  const profile = await tools.db.account.create({ data, select: profileFields }).catch((error) => {
    throw isUniqueViolation(error) ? refuseInput('username', 'unique') : error;
  });
  return { profile, password };
}

/** Lists every account, oldest first, with whether two-factor is on and the number of its keys. */
export async function listAccounts(tools: Tools) {
  const accounts = await tools.db.account.findMany({
    orderBy: { id: 'asc' },
    select: { ...profileFields, twoFactor: { select: { secret: true } }, _count: { select: { apiKeys: true, sshKeys: true } } },
  });
  return accounts.map(({ twoFactor, _count, ...profile }) => ({ ...profile, twoFactor: twoFactor?.secret != null, ..._count }));
}

/**
 * Turns two-factor off for somebody who lost both the device and the recovery tokens, and ends their sessions.
 * @throws NotFound, TwoFactorNotEnabled.
 */
export async function disableTwoFactorOf(tools: Tools, username: string): Promise<void> {
  const { id } = await getAccount(tools, username);
  await tools.db.$transaction(async (transaction) => {
    if (!(await removeTwoFactor(transaction, id))) throw new TwoFactorNotEnabled();
    await endOtherSessions(transaction, { accountId: id, keptSessionId: null });
    await recordActivityOf(transaction, { ...actAsOperator(tools, id), actorId: null }, id, 'user:two-factor.delete');
  });
}

/**
 * Ends every session of an account and answers how many there were.
 * @throws NotFound
 */
export async function signOutAccount(tools: Tools, username: string): Promise<number> {
  const { id } = await getAccount(tools, username);
  return tools.db.$transaction(async (transaction) => {
    const count = await endOtherSessions(transaction, { accountId: id, keptSessionId: null });
    if (count > 0) await recordActivityOf(transaction, { ...actAsOperator(tools, id), actorId: null }, id, 'user:sessions.end');
    return count;
  });
}

/**
 * An account as its own actor, for what an operator does on its behalf.
 * @throws NotFound
 */
export async function actAs(tools: Tools, username: string): Promise<Actor> {
  const { id } = await getAccount(tools, username);
  return actAsOperator(tools, id);
}

async function getAccount(tools: Tools, username: string): Promise<Profile> {
  const account = await findAccountByUsername(tools.db, username);
  if (!account) throw new NotFound();
  return account;
}
