import { z } from 'zod';
import { broken, countCodePoints, currentPassword } from '../input.ts';
import { codeUnitsMax, normalizeCode } from './code.ts';

const codeCharacters = 6;

/** The password of a confirmation. It is required, because the rules are checked before the password. */
const requiredPassword = z.string().superRefine((value, context) => {
  if (value === '') context.addIssue(broken('required'));
});

export const confirmationInput = z.object({
  code: z
    .string()
    .superRefine((value, context) => {
      if (value.length > codeUnitsMax) return context.addIssue({ ...broken('size', codeCharacters), continue: false });
      const code = normalizeCode(value);
      if (code === '') return context.addIssue(broken('required'));
      // The panel counts the blanks within a code: one of six characters with them is a wrong code.
      const isOfSize = [code, value.trim()].some((text) => countCodePoints(text) === codeCharacters);
      if (!isOfSize) context.addIssue(broken('size', codeCharacters));
    })
    .overwrite(normalizeCode)
    .meta({
      minLength: codeCharacters,
      maxLength: codeCharacters,
      description: 'The six digits that the authenticator shows, such as `123456`. A code is accepted once, within 30 seconds of its time.',
    }),
  password: requiredPassword.meta({ description: 'The password of the account.' }),
});

export const passwordOnlyInput = z.object({ password: currentPassword });
