import { isUniqueViolation, type Prisma } from '../../db/database.ts';
import { change } from '../change.ts';
import { parse, refuseInput } from '../input.ts';
import { operation } from '../operation.ts';
import { IncorrectPassword, InvalidInput, Overloaded, RateLimited } from '../refusals.ts';
import { verifyPassword } from '../verify.ts';
import { countChange } from './changes-per-day.ts';
import { foldCase, foldEmail } from './fold.ts';
import { emailInput, profileInput, usernameInput } from './input.ts';

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
    'Changes the e-mail address of the account. The password is checked first. An account can change its address three times in 24 hours, unless the operator sets another number. An address of another account is counted, a change of case is not.',
  input: emailInput,
  refusals: [InvalidInput, IncorrectPassword, RateLimited, Overloaded],
  requires: { credential: 'any' },
  async run(actor, input) {
    const verified = await verifyPassword(actor, input.password);
    const { email } = parse(emailInput, input);
    const emailFolded = foldEmail(email);
    await changeUnique('email', () =>
      change(actor, verified, async (transaction, account) => {
        if (account.email === email) return { result: null };
        if (account.emailFolded !== emailFolded) {
          await countChange(transaction, actor, 'email');
          const owner = await transaction.account.findUnique({ where: { emailFolded }, select: { id: true } });
          if (owner) return { result: refuseInput('email', 'unique') };
        }
        await transaction.account.update({ where: { id: account.id }, data: { email, emailFolded }, select: { id: true } });
        return { result: null, activity: { event: 'user:account.email-changed', properties: { old: account.email, new: email } } };
      }),
    );
  },
});

export const updateUsername = operation({
  name: 'updateUsername',
  description:
    'Changes the username of the account. The password is checked first. Usernames are kept in lower case. An account can change its username as often as its e-mail address. A username of another account is counted.',
  input: usernameInput,
  refusals: [InvalidInput, IncorrectPassword, RateLimited, Overloaded],
  requires: { credential: 'any' },
  async run(actor, input) {
    const verified = await verifyPassword(actor, input.password);
    const username = foldCase(parse(usernameInput, input).username);
    await changeUnique('username', () =>
      change(actor, verified, async (transaction, account) => {
        if (account.username === username) return { result: null };
        await countChange(transaction, actor, 'username');
        const owner = await transaction.account.findUnique({ where: { usernameFolded: username }, select: { id: true } });
        if (owner) return { result: refuseInput('username', 'unique') };
        const data = { username, usernameFolded: username };
        await transaction.account.update({ where: { id: account.id }, data, select: { id: true } });
        const properties = { old: account.username, new: username };
        return { result: null, activity: { event: 'user:account.username-changed', properties } };
      }),
    );
  },
});

export const updateProfile = operation({
  name: 'updateProfile',
  description: 'Changes the names and the language of the account. Fields that are not given stay.',
  input: profileInput,
  refusals: [InvalidInput],
  requires: { credential: 'any' },
  async run(actor, input) {
    const { firstName, lastName, language } = parse(profileInput, input);
    const given = Object.entries({ firstName, lastName, language: language ?? undefined }).filter(([, value]) => value !== undefined);
    await change(actor, null, async (transaction, { id }) => {
      if (given.length === 0) return { result: undefined };
      await transaction.account.update({ where: { id }, data: Object.fromEntries(given), select: { id: true } });
      return { result: undefined, activity: { event: 'user:account.profile-changed' } };
    });
  },
});

/**
 * Runs a change to a value that one account can have. It returns its refusal instead of throwing it, so that the count of the
 * change is kept. When two accounts take one value at once, the unique index refuses the second, which is then run again.
 */
async function changeUnique(field: 'email' | 'username', run: () => Promise<InvalidInput | null>): Promise<void> {
  const again = (error: unknown) => {
    if (!isUniqueViolation(error)) throw error;
    return run().catch(refuseTaken(field));
  };
  const refusal = await run().catch(again);
  if (refusal) throw refusal;
}

/** When two accounts take one name at once, the unique index refuses the second. */
export function refuseTaken(field: string): (error: unknown) => never {
  return (error) => {
    throw isUniqueViolation(error) ? refuseInput(field, 'unique') : error;
  };
}
