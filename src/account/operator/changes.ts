import { hashPassword } from '../../crypto/password-hash.ts';
import type { Transaction } from '../../db/database.ts';
import { actOn, assertStrong } from '../accounts.ts';
import type { Actor, Tools } from '../actor.ts';
import { change } from '../change.ts';
import { parse, refuseInput } from '../input.ts';
import { passwordToSet } from '../password/input.ts';
import { foldCase, foldEmail } from '../profile/fold.ts';
import { emailInput, usernameInput } from '../profile/input.ts';
import { refuseTaken } from '../profile/profile.ts';
import { endDevices } from '../sessions/devices.ts';
import { endOtherSessions } from '../sessions/sessions.ts';
import { TwoFactorNotEnabled } from '../two-factor/refusals.ts';
import { removeTwoFactor } from '../two-factor/two-factor.ts';

/**
 * Sets the password of an account, ends its sessions and forgets its browsers. API keys stay valid.
 * @param isWeakAllowed whether the password may be easy to guess.
 * @returns the number of sessions that were ended.
 * @throws NotFound, InvalidInput, Overloaded.
 */
export async function setPassword(tools: Tools, username: string, password: string, isWeakAllowed: boolean): Promise<number> {
  const operator = await actOn(tools, username);
  parse(passwordToSet, { password });
  const select = { username: true, email: true, firstName: true, lastName: true } as const;
  if (!isWeakAllowed) {
    await assertStrong(tools, password, await tools.db.account.findUniqueOrThrow({ where: { id: operator.accountId }, select }));
  }
  const passwordHash = await hashPassword(password, tools.passwordCost);
  return change(operator, null, async (transaction, { id }) => {
    await transaction.account.update({ where: { id }, data: { passwordHash }, select: { id: true } });
    const sessions = await signOutEverywhere(transaction, operator);
    return { result: sessions, activity: { event: 'user:account.password-changed' } };
  });
}

/**
 * Sets the e-mail address of an account. It counts for no limit.
 * @returns the address as it is stored.
 * @throws NotFound; InvalidInput, also when another account has the address.
 */
export async function setEmail(tools: Tools, username: string, address: string): Promise<string> {
  const operator = await actOn(tools, username);
  const { email } = parse(emailInput.pick({ email: true }), { email: address });
  const emailFolded = foldEmail(email);
  await change(operator, null, async (transaction, account) => {
    if (account.email === email && account.emailFolded === emailFolded) return { result: undefined };
    const owner = await transaction.account.findUnique({ where: { emailFolded }, select: { id: true } });
    if (owner && owner.id !== account.id) throw refuseInput('email', 'unique');
    await transaction.account.update({ where: { id: account.id }, data: { email, emailFolded }, select: { id: true } });
    return { result: undefined, activity: { event: 'user:account.email-changed', properties: { old: account.email, new: email } } };
  }).catch(refuseTaken('email'));
  return email;
}

/**
 * Gives an account another username, in lower case. It counts for no limit.
 * @returns the new username.
 * @throws NotFound; InvalidInput, also when another account has the username.
 */
export async function renameAccount(tools: Tools, from: string, to: string): Promise<string> {
  const operator = await actOn(tools, from);
  const username = foldCase(parse(usernameInput.pick({ username: true }), { username: to }).username);
  await change(operator, null, async (transaction, account) => {
    if (account.username === username) return { result: undefined };
    const owner = await transaction.account.findUnique({ where: { usernameFolded: username }, select: { id: true } });
    if (owner && owner.id !== account.id) throw refuseInput('username', 'unique');
    const data = { username, usernameFolded: username };
    await transaction.account.update({ where: { id: account.id }, data, select: { id: true } });
    return { result: undefined, activity: { event: 'user:account.renamed', properties: { old: account.username, new: username } } };
  }).catch(refuseTaken('username'));
  return username;
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
    return { result: undefined, activity: { event: 'user:two-factor.delete' } };
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
    return { result: undefined, activity: { event: 'user:account.unlocked' } };
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
    const sessions = await signOutEverywhere(transaction, operator);
    return { result: sessions, activity: { event: 'user:sessions.end' } };
  });
}

/**
 * Disables an account: its password and its API keys are refused as wrong ones are, on every instance, and its sessions and event
 * streams end. Nothing changes where it is disabled already.
 * @returns the number of sessions that were ended.
 * @throws NotFound
 */
export async function disableAccount(tools: Tools, username: string): Promise<number> {
  const operator = await actOn(tools, username);
  return change(operator, null, async (transaction, { id, disabled }) => {
    const sessions = await signOutEverywhere(transaction, operator);
    if (disabled) return { result: sessions };
    await transaction.account.update({ where: { id }, data: { disabled: true }, select: { id: true } });
    return { result: sessions, activity: { event: 'user:account.disabled' } };
  });
}

/**
 * Accepts the password and the API keys of an account again. Nothing changes where it is not disabled.
 * @throws NotFound
 */
export async function enableAccount(tools: Tools, username: string): Promise<void> {
  const operator = await actOn(tools, username);
  await change(operator, null, async (transaction, { id, disabled }) => {
    if (!disabled) return { result: undefined };
    await transaction.account.update({ where: { id }, data: { disabled: false }, select: { id: true } });
    return { result: undefined, activity: { event: 'user:account.enabled' } };
  });
}

/** @returns the number of sessions that were ended. */
async function signOutEverywhere(transaction: Transaction, operator: Actor): Promise<number> {
  const sessions = await endOtherSessions(transaction, operator);
  await endDevices(transaction, operator.accountId);
  return sessions;
}
