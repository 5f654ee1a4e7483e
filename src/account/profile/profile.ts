import { z } from 'zod';
import { type Account, type Database, isUniqueViolation, type Prisma, type Transaction } from '../../db/database.ts';
import { recordActivity } from '../activity/activity.ts';
import type { Actor } from '../actor.ts';
import { broken, currentPassword, parseInput, refuseInput, text } from '../input.ts';
import { assertPassword } from '../password/password.ts';
import { RateLimited, Unauthenticated } from '../refusals.ts';

const daySeconds = 86_400;

/** What an account shows of itself. */
export const profileFields = {
  id: true,
  uuid: true,
  username: true,
  email: true,
  firstName: true,
  lastName: true,
  language: true,
  admin: true,
  createdAt: true,
} as const satisfies Prisma.AccountSelect;

export type Profile = Prisma.AccountGetPayload<{ select: typeof profileFields }>;

// RFC 5321 §4.1.2 mailboxes, with letters of any script (RFC 6531): a dot-separated or quoted local part; a host name
// of one label or more, or an address in brackets. Linear: no part of it can match the same text in two ways.
const mailbox =
  /^(?:[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*|"(?:[^"\\\p{Cc}]|\\[^\p{Cc}])*")@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?)*|\[[0-9a-fA-F:.]+\])$/u;

/** An e-mail address, kept as typed. */
export const emailAddress = text({ most: 191 }).superRefine((value, context) => {
  if (value !== '' && !mailbox.test(value)) context.addIssue(broken('email'));
});

/** A new e-mail address, and the password that allows it. */
export const emailChange = z.object({ email: emailAddress, password: currentPassword });

/** Reads the actor's account. */
export async function getProfile(actor: Actor): Promise<Profile> {
  const profile = await actor.tools.db.account.findUnique({ where: { id: actor.accountId }, select: profileFields });
  if (!profile) throw new Unauthenticated();
  return profile;
}

/**
 * Changes the e-mail address. The same address is no change; a change of case alone is one, and is not counted.
 * @throws IncorrectPassword before anything else is looked at, InvalidInput, RateLimited.
 */
export async function updateEmail(actor: Actor, input: { email: unknown; password: unknown }): Promise<void> {
  await assertPassword(actor, input.password);
  const { email } = parseInput(emailChange, input);
  const emailFolded = foldCase(email);
  await actor.tools.db
    .$transaction(async (transaction) => {
      const account = await lockAccount(transaction, actor.accountId);
      if (account.email === email) return;
      if (account.emailFolded !== emailFolded) {
        await assertEmailFree(transaction, emailFolded);
        await assertEmailChangeLeft(transaction, actor);
      }
      await transaction.account.update({ where: { id: account.id }, data: { email, emailFolded }, select: { id: true } });
      await recordActivity(transaction, actor, 'user:account.email-changed', { old: account.email, new: email });
    })
    .catch((error) => {
      // Two accounts that ask for one address at once: the index decides.
      throw isUniqueViolation(error) ? refuseInput('email', 'unique') : error;
    });
}

/** A username: letters and digits at both ends; dots, dashes and underscores between. */
export const usernameText = text({ most: 191 }).superRefine((value, context) => {
  if (value !== '' && !/^[a-z0-9](?:[\w.-]*[a-z0-9])?$/i.test(value)) context.addIssue(broken('username'));
});

/** A new username, and the password that allows it. */
export const usernameChange = z.object({ username: usernameText, password: currentPassword });

/**
 * Changes the username, which is kept in lower case. The same name is no change.
 * @throws IncorrectPassword before anything else is looked at, InvalidInput.
 */
export async function updateUsername(actor: Actor, input: { username: unknown; password: unknown }): Promise<void> {
  await assertPassword(actor, input.password);
  const username = foldCase(parseInput(usernameChange, input).username);
  await actor.tools.db
    .$transaction(async (transaction) => {
      const account = await lockAccount(transaction, actor.accountId);
      if (account.username === username) return;
      await transaction.account.update({ where: { id: account.id }, data: { username, usernameFolded: username }, select: { id: true } });
      await recordActivity(transaction, actor, 'user:account.username-changed', { old: account.username, new: username });
    })
    .catch((error) => {
      throw isUniqueViolation(error) ? refuseInput('username', 'unique') : error;
    });
}

/** The form in which usernames and e-mail addresses are compared: without regard to case, composed. */
export function foldCase(value: string): string {
  return value.normalize('NFC').toLowerCase();
}

/** Finds an account by username, without regard to case. */
export function findAccountByUsername(db: Database, username: string): Promise<Profile | null> {
  return db.account.findUnique({ where: { usernameFolded: foldCase(username) }, select: profileFields });
}

/**
 * Reads an account and holds its row until the transaction ends: whatever is counted after this, nobody else adds to.
 * @throws Unauthenticated when the account is gone.
 */
export async function lockAccount(transaction: Transaction, accountId: number) {
  await transaction.$queryRaw`SELECT id FROM accounts WHERE id = ${accountId} FOR NO KEY UPDATE`;
  const account = await transaction.account.findUnique({
    where: { id: accountId },
    select: { id: true, username: true, email: true, emailFolded: true },
  });
  if (!account) throw new Unauthenticated();
  return account;
}

async function assertEmailFree(transaction: Transaction, emailFolded: string): Promise<void> {
  if (await transaction.account.findUnique({ where: { emailFolded }, select: { id: true } })) throw refuseInput('email', 'unique');
}

/** The activity rows are the count: written with the change, they survive a restart and are the same for every instance. */
async function assertEmailChangeLeft(transaction: Transaction, actor: Actor): Promise<void> {
  const { emailChangesPerDay } = actor.tools.limits;
  if (emailChangesPerDay === 0) return;
  const now = actor.now();
  const since = new Date(now.getTime() - daySeconds * 1000);
  const changes = await transaction.$queryRaw<{ occurredAt: Date; old: string; new: string }[]>`
    SELECT occurred_at AS "occurredAt", properties->>'old' AS old, properties->>'new' AS new FROM activity
    WHERE account_id = ${actor.accountId} AND event = 'user:account.email-changed' AND occurred_at > ${since}
      AND lower(properties->>'old') <> lower(properties->>'new')
    ORDER BY occurred_at DESC`;
  // Folded here once more: what lower() knows of letters outside ASCII depends on the database's locale.
  const oldest = changes.filter((change) => foldCase(change.old) !== foldCase(change.new))[emailChangesPerDay - 1];
  if (oldest) throw new RateLimited(Math.ceil((oldest.occurredAt.getTime() - since.getTime()) / 1000), 'emailChanges');
}

/**
 * Reads the actor's account with whatever a Prisma selection asks for beside it.
 * @throws Unauthenticated when it is gone.
 */
export async function readAccount(actor: Actor, selection: Prisma.AccountDefaultArgs): Promise<Account> {
  const account = await actor.tools.db.account.findUnique({ ...selection, where: { id: actor.accountId } });
  if (!account) throw new Unauthenticated();
  return account;
}
