/** One rule that an input broke. */
export type InputIssue = {
  /** Path of the input field, dotted into lists: `email`, `allowedIps.0`. */
  readonly field: string;
  /** Name of the rule: required, string, array, email, unique, min, max, size, regex; or a rule of one field alone. */
  readonly rule: string;
  /** The figure of the rule, such as the most characters allowed. */
  readonly limit?: number;
  /** What the caller gave, where the sentence repeats it. */
  readonly given?: string;
  readonly message: string;
};

/** An answer the domain gives on purpose. Thrown, so that the transaction around it is rolled back. */
export abstract class Refusal extends Error {
  /** Stable and UPPER_SNAKE; programs decide by it. */
  abstract readonly code: string;
  /** The HTTP status that says the same. */
  abstract readonly status: number;
}

export class InvalidInput extends Refusal {
  override readonly name = 'InvalidInput';
  readonly code = 'INVALID_INPUT';
  readonly status = 422;
  readonly issues: readonly InputIssue[];
  constructor(issues: readonly InputIssue[]) {
    super(issues[0]?.message ?? 'The input is not valid.');
    this.issues = issues;
  }
}

export class IncorrectPassword extends Refusal {
  override readonly name = 'IncorrectPassword';
  readonly code = 'INCORRECT_PASSWORD';
  readonly status = 400;
  constructor() {
    super('The password is not the one of this account.');
  }
}

export class InvalidCode extends Refusal {
  override readonly name = 'InvalidCode';
  readonly code = 'INVALID_CODE';
  readonly status = 400;
  constructor() {
    super('The code is not the one that the authenticator shows now.');
  }
}

export class CodeAlreadyUsed extends Refusal {
  override readonly name = 'CodeAlreadyUsed';
  readonly code = 'CODE_ALREADY_USED';
  readonly status = 400;
  /** Seconds until the authenticator shows a code that can be accepted. */
  readonly waitSeconds: number;
  constructor(waitSeconds: number) {
    super(`The code was used already; the next one comes in ${waitSeconds} seconds.`);
    this.waitSeconds = waitSeconds;
  }
}

export class TwoFactorAlreadyEnabled extends Refusal {
  override readonly name = 'TwoFactorAlreadyEnabled';
  readonly code = 'TWO_FACTOR_ALREADY_ENABLED';
  readonly status = 400;
  constructor() {
    super('Two-factor authentication is on already.');
  }
}

export class TwoFactorNotEnabled extends Refusal {
  override readonly name = 'TwoFactorNotEnabled';
  readonly code = 'TWO_FACTOR_NOT_ENABLED';
  readonly status = 400;
  constructor() {
    super('Two-factor authentication is off.');
  }
}

export class TwoFactorSetupMissing extends Refusal {
  override readonly name = 'TwoFactorSetupMissing';
  readonly code = 'TWO_FACTOR_SETUP_MISSING';
  readonly status = 422;
  constructor() {
    super('No two-factor secret is waiting to be confirmed, or it has expired: read the setup again.');
  }
}

export class ApiKeyLimitReached extends Refusal {
  override readonly name = 'ApiKeyLimitReached';
  readonly code = 'API_KEY_LIMIT_REACHED';
  readonly status = 400;
  constructor() {
    super('This account has as many API keys as it may; delete one first.');
  }
}

export class SshKeyLimitReached extends Refusal {
  override readonly name = 'SshKeyLimitReached';
  readonly code = 'SSH_KEY_LIMIT_REACHED';
  readonly status = 400;
  constructor() {
    super('This account has as many SSH keys as it may; remove one first.');
  }
}

export class SshKeyAlreadyAdded extends Refusal {
  override readonly name = 'SshKeyAlreadyAdded';
  readonly code = 'SSH_KEY_ALREADY_ADDED';
  readonly status = 422;
  constructor() {
    super('This SSH key is on the account already.');
  }
}

export class NotFound extends Refusal {
  override readonly name = 'NotFound';
  readonly code = 'NOT_FOUND';
  readonly status = 404;
  constructor() {
    super('There is no such thing on this account.');
  }
}

export class RateLimited extends Refusal {
  override readonly name = 'RateLimited';
  readonly code = 'RATE_LIMITED';
  readonly status = 429;
  readonly retryAfterSeconds: number;
  /** What there was too much of. */
  readonly budget: 'attempts' | 'emailChanges' | 'events';
  constructor(retryAfterSeconds: number, budget: 'attempts' | 'emailChanges' | 'events' = 'attempts') {
    super(
      budget === 'events'
        ? 'More happened than was read; read the list, and watch again.'
        : `Too many attempts; try again in ${retryAfterSeconds} seconds.`,
    );
    this.retryAfterSeconds = retryAfterSeconds;
    this.budget = budget;
  }
}

export class InvalidCredentials extends Refusal {
  override readonly name = 'InvalidCredentials';
  readonly code = 'INVALID_CREDENTIALS';
  readonly status = 400;
  constructor() {
    super('No account matches, or the sign-in has expired; sign in again.');
  }
}

export class Overloaded extends Refusal {
  override readonly name = 'Overloaded';
  readonly code = 'OVERLOADED';
  readonly status = 503;
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    super(`Too many are signing in at this moment; try again in ${retryAfterSeconds} seconds.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export class Unauthenticated extends Refusal {
  override readonly name = 'Unauthenticated';
  readonly code = 'UNAUTHENTICATED';
  readonly status = 401;
  constructor() {
    super('No credential, or one that is wrong, revoked or expired.');
  }
}

export class AddressNotAllowed extends Refusal {
  override readonly name = 'AddressNotAllowed';
  readonly code = 'FORBIDDEN';
  readonly status = 403;
  /** The address the request came from. */
  readonly ip: string;
  constructor(ip: string) {
    super('This API key may not be used from this address.');
    this.ip = ip;
  }
}

export class CrossSite extends Refusal {
  override readonly name = 'CrossSite';
  readonly code = 'FORBIDDEN';
  readonly status = 403;
  constructor() {
    super('A page of another site may not do this with the cookie of this one.');
  }
}

/** Refusals an operation may give: each is a member of some result union. */
export const refusals = [
  InvalidInput,
  IncorrectPassword,
  InvalidCode,
  CodeAlreadyUsed,
  TwoFactorAlreadyEnabled,
  TwoFactorNotEnabled,
  TwoFactorSetupMissing,
  ApiKeyLimitReached,
  SshKeyLimitReached,
  SshKeyAlreadyAdded,
  NotFound,
  RateLimited,
  InvalidCredentials,
  Overloaded,
] as const;

/** Refusals of the caller as such, before any operation. */
export const denials = [Unauthenticated, AddressNotAllowed, CrossSite] as const;

export type RefusalName = InstanceType<(typeof refusals)[number] | (typeof denials)[number]>['name'];
export type AnyRefusal = InstanceType<(typeof refusals)[number] | (typeof denials)[number]>;

/** Whether an error is an answer given on purpose; anything else thrown is a bug. */
export function isRefusal(error: unknown): error is AnyRefusal {
  return error instanceof Refusal;
}
