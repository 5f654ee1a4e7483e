import { z } from 'zod';
import { alphanumeric, randomText } from '../../crypto/token.ts';
import { broken, compared, currentPassword, passwordUnitsMax } from '../input.ts';
import { findFormFaults, limitOf, passwordPolicy } from './policy.ts';

const generatedCharacters = 24;

/** A random password, for the operator to pass on. */
export function generatePassword(): string {
  return randomText(generatedCharacters, alphanumeric);
}

/** A password to be set. */
export const newPassword = z
  .string()
  .superRefine((value, context) => {
    for (const fault of findFormFaults(value)) context.addIssue(broken(fault, limitOf(fault)));
  })
  .meta({ minLength: passwordPolicy.minLength, maxLength: passwordPolicy.maxBytes });

export const passwordInput = z
  .object({
    currentPassword,
    newPassword: newPassword.meta({
      description: 'The new password: at least 8 characters (Unicode code points), at most 1,024 bytes of UTF-8. Compared in NFC.',
    }),
    confirmation: compared(passwordUnitsMax, 'The new password again.').optional(),
  })
  .superRefine(({ newPassword, confirmation }, context) => {
    if (confirmation === undefined || confirmation === newPassword || newPassword.length > passwordUnitsMax) return;
    context.addIssue({ ...broken('confirmed'), path: ['newPassword'] });
  });

/** A password that the operator sets. */
export const passwordToSet = z.object({ password: newPassword });
