import { defineRefusal } from '../refusals.ts';

export const InvalidCredentials = defineRefusal('InvalidCredentials', 'INVALID_CREDENTIALS', {
  description: 'No account has this login and password, or the challenge is unknown, used or expired.',
  message: 'The login or the password is incorrect, or the sign-in has expired. Sign in again.',
});
