import { defineRefusal, Refusal } from '../refusals.ts';

export class InvalidCode extends Refusal {
  static readonly description = 'The code is not valid at the present time, or the recovery token is unknown or used.';
  override readonly name = 'InvalidCode';
  readonly code = 'INVALID_CODE';
  constructor(secret: 'code' | 'recoveryToken') {
    super(
      secret === 'code'
        ? 'The code is incorrect. Enter the code that the authenticator shows now, and check that the clock of its device is right.'
        : 'The recovery token is incorrect or was used before. Use another one.',
    );
  }
}

export class CodeAlreadyUsed extends Refusal {
  static readonly description = 'The code is correct but was used before. A code is accepted once.';
  static readonly numbers = { waitSeconds: 'Seconds until the authenticator shows another code.' };
  override readonly name = 'CodeAlreadyUsed';
  readonly code = 'CODE_ALREADY_USED';
  readonly waitSeconds: number;
  constructor(waitSeconds: number) {
    super(`The code was used before. The next code is shown in ${waitSeconds} seconds.`);
    this.waitSeconds = waitSeconds;
  }
}

export const TwoFactorAlreadyEnabled = defineRefusal('TwoFactorAlreadyEnabled', 'TWO_FACTOR_ALREADY_ENABLED', {
  description: 'Two-factor authentication is already enabled.',
  message: 'Two-factor authentication is already enabled.',
});

export const TwoFactorNotEnabled = defineRefusal('TwoFactorNotEnabled', 'TWO_FACTOR_NOT_ENABLED', {
  description: 'Two-factor authentication is not enabled.',
  message: 'Two-factor authentication is not enabled.',
});

export const TwoFactorSetupMissing = defineRefusal('TwoFactorSetupMissing', 'TWO_FACTOR_SETUP_MISSING', {
  description: 'No two-factor secret is pending, or it has expired. Read `twoFactorSetup` again.',
  message: 'No two-factor secret is pending, or it has expired. Read the setup again.',
});
