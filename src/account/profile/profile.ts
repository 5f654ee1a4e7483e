import { isUniqueViolation, type Prisma, type Transaction } from '../../db/database.ts';
import { listEmailChanges } from '../../db/statements/activity.ts';
import type { Actor } from '../actor.ts';
import { change } from '../change.ts';
import { parse, refuseInput } from '../input.ts';
import { operation } from '../operation.ts';
import { IncorrectPassword, InvalidInput, Overloaded, RateLimited } from '../refusals.ts';
import { verifyPassword } from '../verify.ts';
import { emailInput, foldCase, usernameInput } from './input.ts';

const daySeconds = 86_400;

/** The columns of a profile. */
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

export const updateEmail = operation({
  name: 'updateEmail',
  description:
    'Changes the e-mail address of the account. The password is checked first. An account can change its address three times in 24 hours, unless the operator sets another number; a change of case is not counted.',
  input: emailInput,
  refusals: [InvalidInput, IncorrectPassword, RateLimited, Overloaded],
  requires: { credential: 'any' },
  async run(actor, input) {
    const verified = await verifyPassword(actor, input.password);
    const { email } = parse(emailInput, input);
    const emailFolded = foldCase(email);
    return change(actor, verified, async (transaction, account) => {
      if (account.email === email) return { result: undefined };
      if (account.emailFolded !== emailFolded) {
        if (await transaction.account.findUnique({ where: { emailFolded }, select: { id: true } })) throw refuseInput('email', 'unique');
        await assertEmailChangeLeft(transaction, actor);
      }
      await transaction.account
        .update({ where: { id: account.id }, data: { email, emailFolded }, select: { id: true } })
        .catch(refuseTaken('email'));
      return { result: undefined, activity: { event: 'user:account.email-changed', properties: { old: account.email, new: email } } };
    });
  },
});

export const updateUsername = operation({
  name: 'updateUsername',
  description: 'Changes the username of the account. The password is checked first. Usernames are kept in lower case.',
  input: usernameInput,
  refusals: [InvalidInput, IncorrectPassword, RateLimited, Overloaded],
  requires: { credential: 'any' },
  async run(actor, input) {
    const verified = await verifyPassword(actor, input.password);
    const username = foldCase(parse(usernameInput, input).username);
    return change(actor, verified, async (transaction, account) => {
      if (account.username === username) return { result: undefined };
      await transaction.account
        .update({ where: { id: account.id }, data: { username, usernameFolded: username }, select: { id: true } })
        .catch(refuseTaken('username'));
      const properties = { old: account.username, new: username };
      return { result: undefined, activity: { event: 'user:account.username-changed', properties } };
    });
  },
});

/** When two accounts take one name at once, the unique index refuses the second. */
export function refuseTaken(field: string): (error: unknown) => never {
  return (error) => {
    throw isUniqueViolation(error) ? refuseInput(field, 'unique') : error;
  };
}

/** Counts rows of activity: they are written with the change, survive a restart and are the same for every instance. */
async function assertEmailChangeLeft(transaction: Transaction, { tools, accountId, now }: Actor): Promise<void> {
  const { emailChangesPerDay } = tools.limits;
  if (emailChangesPerDay === 0) return;
  const since = new Date(now().getTime() - daySeconds * 1000);
  const changes = await listEmailChanges(transaction, accountId, since);
  // Folded here again: lower() folds letters outside ASCII by the locale of the database only.
  const oldest = changes.filter((change) => foldCase(change.old) !== foldCase(change.new))[emailChangesPerDay - 1];
  if (oldest) throw new RateLimited(Math.ceil((oldest.occurredAt.getTime() - since.getTime()) / 1000), 'emailChanges');
}
