import { z } from 'zod';

// These values are compared and never stored. Any wrong value gets the same refusal.
const compared = (description: string) => z.unknown().meta({ type: 'string', description });

export const signInInput = z.object({
  login: compared('The username or the e-mail address, in any case: `ada`, `ada@example.com`.'),
  password: compared('The password of the account.'),
});

export const completeSignInInput = z.object({
  challenge: compared('The challenge of `signIn`.'),
  answer: z
    .object({
      code: compared(
        'The six digits that the authenticator shows, such as `123456`. A code is accepted once, within 30 seconds of its time.',
      ).optional(),
      recoveryToken: compared('A recovery token, with or without dashes, in any case. It is accepted once.').optional(),
    })
    .meta({ typeName: 'SecondFactorInput', description: 'A code or a recovery token.', isOneOf: true }),
});

export const sessionIdInput = z.object({
  id: z.unknown().meta({ node: 'Session', description: 'The id of the session.' }),
});
