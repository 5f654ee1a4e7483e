import { z } from 'zod';
import { broken, countCodePoints, currentPassword } from '../input.ts';

const codeCharacters = 6;

/** The password of a confirmation. It is required, because the rules are checked before the password. */
const requiredPassword = z.string().superRefine((value, context) => {
  if (value === '') context.addIssue(broken('required'));
});

export const confirmationInput = z.object({
  code: z
    .string()
    .trim()
    .superRefine((value, context) => {
      if (value === '') return context.addIssue(broken('required'));
      if (countCodePoints(value) !== codeCharacters) context.addIssue(broken('size', codeCharacters));
    })
    .meta({
      minLength: codeCharacters,
      maxLength: codeCharacters,
      description: 'The six digits that the authenticator shows, such as `123456`. A code is accepted once, within 30 seconds of its time.',
    }),
  password: requiredPassword.meta({ description: 'The password of the account.' }),
});

export const passwordOnlyInput = z.object({ password: currentPassword });
