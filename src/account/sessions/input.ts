import { z } from 'zod';
import { compared, nameCharactersMax, passwordUnitsMax, unitsMax } from '../input.ts';
import { codeUnitsMax } from '../two-factor/code.ts';

const challengeUnitsMax = 64;

export const signInInput = z.object({
  login: compared(unitsMax(nameCharactersMax), 'The username or the e-mail address, in any case: `ada`, `ada@example.com`.'),
  password: compared(passwordUnitsMax, 'The password of the account.'),
});

export const completeSignInInput = z.object({
  challenge: compared(challengeUnitsMax, 'The challenge of `signIn`.'),
  answer: z
    .object({
      code: compared(
        codeUnitsMax,
        'The six digits that the authenticator shows, such as `123456`. A code is accepted once, within 30 seconds of its time.',
      ).optional(),
      recoveryToken: compared(codeUnitsMax, 'A recovery token, with or without dashes, in any case. It is accepted once.').optional(),
    })
    .meta({ typeName: 'SecondFactorInput', description: 'A code or a recovery token.', isOneOf: true }),
});

export const sessionIdInput = z.object({
  id: z.unknown().meta({ node: 'Session', description: 'The id of the session.' }),
});
