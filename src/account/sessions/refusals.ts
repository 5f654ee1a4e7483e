import { Refusal } from '../refusals.ts';

export class InvalidCredentials extends Refusal {
  static readonly description = 'No account has this login and password, or the challenge is unknown, used or expired.';
  override readonly name = 'InvalidCredentials';
  readonly code = 'INVALID_CREDENTIALS';
  constructor() {
    super('The login or the password is incorrect, or the sign-in has expired. Sign in again.');
  }
}
