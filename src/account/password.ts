import { z } from 'zod';
import { hashPassword, verifyPassword } from '../crypto/password-hash.ts';
import { recordActivity } from './activity.ts';
import { IncorrectPassword, Unauthenticated } from './errors.ts';
import { broken, countCodePoints, currentPassword, isStorable, parseInput, refuseInput } from './input.ts';
import { endOtherSessions } from './sessions.ts';
import type { Viewer } from './viewer.ts';

const passwordCharactersMin = 8;
/** Refused when longer, never truncated: what is hashed is all that was typed. */
const passwordBytesMax = 1024;

/** A password to be set. Characters are code points of the NFC form, bytes are those of its UTF-8. */
export const newPassword = z
  .string()
  .superRefine((value, context) => {
    const password = value.normalize('NFC');
    if (password.trim() === '') return context.addIssue(broken('required'));
    if (!isStorable(password)) context.addIssue(broken('regex'));
    if (countCodePoints(password) < passwordCharactersMin) context.addIssue(broken('min', passwordCharactersMin));
    if (Buffer.byteLength(password) > passwordBytesMax) context.addIssue(broken('max', passwordBytesMax));
  })
  .meta({ minLength: passwordCharactersMin, maxLength: passwordBytesMax });

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
export async function updatePassword(viewer: Viewer, input: PasswordChange): Promise<void> {
  const verifiedHash = await assertPassword(viewer, input.currentPassword, 'currentPassword');
  const change = parseInput(passwordChange, input);
  const passwordHash = await hashPassword(change.newPassword, viewer.passwordCost);
  await viewer.db.$transaction(async (transaction) => {
    // Only over the hash that was verified: of two changes with the same old password at once, one is refused.
    const { count } = await transaction.account.updateMany({
      where: { id: viewer.accountId, passwordHash: verifiedHash },
      data: { passwordHash },
    });
    if (count === 0) throw new IncorrectPassword();
    await endOtherSessions(transaction, viewer);
    await recordActivity(transaction, viewer, 'user:account.password-changed');
  });
}

/**
 * Checks the viewer's password and answers the hash it was checked against.
 * @throws IncorrectPassword also for what cannot be a password; InvalidInput when it is a list or an object.
 */
export async function assertPassword(viewer: Viewer, password: unknown, field = 'password'): Promise<string> {
  if (typeof password === 'object' && password !== null) throw refuseInput(field, 'string');
  const account = await viewer.db.account.findUnique({ where: { id: viewer.accountId }, select: { passwordHash: true } });
  if (!account) throw new Unauthenticated();
  const typed = typeof password === 'string' ? password.normalize('NFC') : '';
  const isPossible = typed !== '' && Buffer.byteLength(typed) <= passwordBytesMax;
  if (!isPossible || !(await verifyPassword(account.passwordHash, typed))) throw new IncorrectPassword();
  return account.passwordHash;
}

function checkConfirmation(input: { newPassword?: unknown; confirmation?: unknown }, context: z.RefinementCtx): void {
  if (input.confirmation === undefined || input.confirmation === input.newPassword) return;
  context.addIssue({ ...broken('confirmed'), path: ['newPassword'] });
}
