import { z } from 'zod';
import { hashPassword, verifyPassword } from '../../crypto/password-hash.ts';
import { recordActivity } from '../activity/activity.ts';
import { type Actor, sessionIdOf, type Visitor } from '../actor.ts';
import { accountAttempts, attempt, hashInLane } from '../attempts.ts';
import { broken, currentPassword, parseInput, refuseInput } from '../input.ts';
import { IncorrectPassword, Unauthenticated } from '../refusals.ts';
import { endOtherSessions } from '../sessions/sessions.ts';
import { findFormFaults, findGuessFaults, type PasswordContext, type PasswordFault, passwordPolicy } from './policy.ts';

/** A password to be set. */
export const newPassword = z
  .string()
  .superRefine((value, context) => {
    for (const fault of findFormFaults(value)) context.addIssue(broken(fault, limitOf(fault)));
  })
  .meta({ minLength: passwordPolicy.minLength, maxLength: passwordPolicy.maxBytes });

/** What a password change asks for; `confirmation` is compared where the caller has one to give. */
export type PasswordChange = { currentPassword: unknown; newPassword: unknown; confirmation?: unknown };

/** A new password, and the one it replaces. */
export const passwordChange = z
  .object({
    currentPassword,
    newPassword,
    confirmation: z.unknown().meta({ type: 'string', description: 'The new password again.' }).optional(),
  })
  .superRefine(checkConfirmation);

/**
 * Sets another password and ends every other session of the account.
 * @throws IncorrectPassword before anything else is looked at, InvalidInput.
 */
export async function updatePassword(actor: Actor, input: PasswordChange): Promise<void> {
  const verifiedHash = await assertPassword(actor, input.currentPassword, 'currentPassword');
  const change = parseInput(passwordChange, input);
  const [fault] = findGuessFaults(change.newPassword, await passwordContext(actor));
  if (fault) throw refuseInput('newPassword', fault);
  const passwordHash = await hashInLane(actor.tools, () => hashPassword(change.newPassword, actor.tools.passwordCost));
  await actor.tools.db.$transaction(async (transaction) => {
    // Only over the hash that was verified: of two changes with the same old password at once, one is refused.
    const { count } = await transaction.account.updateMany({
      where: { id: actor.accountId, passwordHash: verifiedHash },
      data: { passwordHash },
    });
    if (count === 0) throw new IncorrectPassword();
    await endOtherSessions(transaction, { accountId: actor.accountId, keptSessionId: sessionIdOf(actor) });
    await recordActivity(transaction, actor, 'user:account.password-changed');
  });
}

/**
 * Checks the actor's password and answers the hash it was checked against.
 * @throws RateLimited, Overloaded, IncorrectPassword also for what cannot be a password, InvalidInput when it is a list or an object.
 */
export async function assertPassword(actor: Actor, password: unknown, field = 'password'): Promise<string> {
  if (typeof password === 'object' && password !== null) throw refuseInput(field, 'string');
  return attempt(actor.tools, accountAttempts(actor.accountId), async () => {
    const account = await actor.tools.db.account.findUnique({ where: { id: actor.accountId }, select: { passwordHash: true } });
    if (!account) throw new Unauthenticated();
    const { passwordHash } = account;
    if (!isPossiblePassword(password)) throw new IncorrectPassword();
    if (!(await hashInLane(actor.tools, () => verifyPassword(passwordHash, password)))) throw new IncorrectPassword();
    return passwordHash;
  });
}

/** Whether something can be a password at all: text that is neither empty nor longer than one may be. */
export function isPossiblePassword(password: unknown): password is string {
  return typeof password === 'string' && password !== '' && Buffer.byteLength(password.normalize('NFC')) <= passwordPolicy.maxBytes;
}

/** Whose password it shall be; nobody in particular before they are signed in. */
export async function passwordContext(asking: Visitor | Actor): Promise<PasswordContext> {
  const account =
    'accountId' in asking
      ? await asking.tools.db.account.findUnique({ where: { id: asking.accountId }, select: { username: true, email: true } })
      : null;
  return { ...account, product: asking.tools.issuer };
}

function limitOf(fault: PasswordFault): number | undefined {
  if (fault === 'min') return passwordPolicy.minLength;
  return fault === 'max' ? passwordPolicy.maxBytes : undefined;
}

function checkConfirmation(input: { newPassword?: unknown; confirmation?: unknown }, context: z.RefinementCtx): void {
  if (input.confirmation === undefined || input.confirmation === input.newPassword) return;
  context.addIssue({ ...broken('confirmed'), path: ['newPassword'] });
}
