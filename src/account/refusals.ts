/** One rule that an input breaks. */
export type InputIssue = {
  /** Path of the input field, dotted into lists: `email`, `allowedIps.0`. */
  readonly field: string;
  /** Name of the rule: required, string, array, email, unique, min, max, size, regex; or a rule of one field. */
  readonly rule: string;
  /** The number in the rule, such as the maximum length. */
  readonly limit?: number;
  /** The value that was given, where the sentence repeats it. */
  readonly given?: string;
  readonly message: string;
};

/** An expected answer other than the result. It is thrown, so that the transaction around it is rolled back. */
export abstract class Refusal extends Error {
  /** Stable, in UPPER_SNAKE; programs decide by it. */
  abstract readonly code: string;
}

// biome-ignore lint/suspicious/noExplicitAny: each class has parameters of its own.
type RefusalConstructor = new (...data: any[]) => Refusal;

/** A class of refusals, with its description in the schema. */
export type RefusalClass = RefusalConstructor & {
  readonly description: string;
  /** Numbers that the refusal carries, by name, each with its description. */
  readonly numbers?: Readonly<Record<string, string>>;
};

/** Defines the class of a refusal that carries no data. */
export function defineRefusal<const Name extends string>(
  name: Name,
  code: string,
  { description, message }: { readonly description: string; readonly message: string },
) {
  return class extends Refusal {
    static override readonly name: string = name;
    static readonly description = description;
    override readonly name = name;
    readonly code = code;
    constructor() {
      super(message);
    }
  };
}

export class InvalidInput extends Refusal {
  static readonly description = 'The input breaks rules. Nothing was changed.';
  override readonly name = 'InvalidInput';
  readonly code = 'INVALID_INPUT';
  readonly issues: readonly InputIssue[];
  constructor(issues: readonly InputIssue[]) {
    super(issues[0]?.message ?? 'Correct the input.');
    this.issues = issues;
  }
}

export const IncorrectPassword = defineRefusal('IncorrectPassword', 'INCORRECT_PASSWORD', {
  description: 'The password is not the password of this account.',
  message: 'The password is incorrect.',
});

export const NotFound = defineRefusal('NotFound', 'NOT_FOUND', {
  description: 'The account has no such object. An object of another account gives the same refusal.',
  message: 'This account has no such object.',
});

/** What a rate limit counts. */
export const rateLimits = ['requests', 'wrongSecrets', 'signIns', 'unknownKeys', 'emailChanges', 'usernameChanges', 'events'] as const;
export type RateLimit = (typeof rateLimits)[number];

export class RateLimited extends Refusal {
  static readonly description = 'Too many attempts. Nothing was tried.';
  static readonly numbers = { retryAfterSeconds: 'Seconds to wait before retrying.' };
  override readonly name = 'RateLimited';
  readonly code = 'RATE_LIMITED';
  readonly retryAfterSeconds: number;
  readonly limit: RateLimit;
  constructor(retryAfterSeconds: number, limit: RateLimit) {
    super(
      limit === 'events'
        ? 'More events occurred than were read. Read the list and subscribe again.'
        : `Too many attempts. Retry in ${retryAfterSeconds} seconds.`,
    );
    this.retryAfterSeconds = retryAfterSeconds;
    this.limit = limit;
  }
}

export class Overloaded extends Refusal {
  static readonly description = 'Too many passwords are being checked. Nothing was tried.';
  static readonly numbers = { retryAfterSeconds: 'Seconds to wait before retrying.' };
  override readonly name = 'Overloaded';
  readonly code = 'OVERLOADED';
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    super(`Too many passwords are being checked. Retry in ${retryAfterSeconds} seconds.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export const Unauthenticated = defineRefusal('Unauthenticated', 'UNAUTHENTICATED', {
  description: 'The request has no credential, or one that is wrong, revoked or expired.',
  message: 'The request has no credential, or one that is wrong, revoked or expired.',
});

export class AddressNotAllowed extends Refusal {
  static readonly description = 'The API key is not allowed from this address.';
  override readonly name = 'AddressNotAllowed';
  readonly code = 'FORBIDDEN';
  /** The address that the request came from. */
  readonly ip: string;
  constructor(ip: string) {
    super(`This key is not allowed from ${ip}.`);
    this.ip = ip;
  }
}

export const CrossSite = defineRefusal('CrossSite', 'FORBIDDEN', {
  description: 'A page of another site sent the request with the session cookie.',
  message: 'A page of another site must not use the session cookie.',
});

export const SessionRequired = defineRefusal('SessionRequired', 'FORBIDDEN', {
  description: 'An API key must not do this.',
  message: 'An API key must not do this. Sign in and use the session.',
});

/** Refusals of the request's credential or origin, before any operation. */
export const denials = [Unauthenticated, AddressNotAllowed, CrossSite, SessionRequired] as const;

/** The connection was lost between COMMIT and its answer, and whether the change is done could not be found out. */
export const OutcomeUnknown = defineRefusal('OutcomeUnknown', 'OUTCOME_UNKNOWN', {
  description: 'It is not known whether the change is done.',
  message: 'The connection to the database was lost. Read the account to find out whether the change is done.',
});
