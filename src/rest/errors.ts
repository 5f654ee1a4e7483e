import {
  AddressNotAllowed,
  type AnyRefusal,
  ApiKeyLimitReached,
  CodeAlreadyUsed,
  IncorrectPassword,
  InvalidCode,
  InvalidInput,
  NotFound,
  RateLimited,
  type RefusalName,
  SshKeyAlreadyAdded,
  SshKeyLimitReached,
  TwoFactorAlreadyEnabled,
  TwoFactorNotEnabled,
  TwoFactorSetupMissing,
  Unauthenticated,
} from '../account/errors.ts';
import type { Answer } from './answer.ts';
import { toValidationErrors, type ValidationError, validationError } from './validation.ts';

/** How the panel says a refusal: its exception's name and its sentence, or a list of broken rules. */
type Said = { code: string; detail: string } | ValidationError[];
type RefusalNamed<Name extends RefusalName> = Extract<AnyRefusal, { name: Name }>;
export type PanelWords = { readonly [Name in RefusalName]: (refusal: RefusalNamed<Name>) => Said };

/** Every refusal in the panel's words: a new one does not compile until it has them. */
export const panelWords: PanelWords = {
  InvalidInput: ({ issues }) => toValidationErrors(issues),
  IncorrectPassword: () => ({ code: 'InvalidPasswordProvidedException', detail: 'The password provided was invalid for this account.' }),
  InvalidCode: () => ({
    code: 'TwoFactorAuthenticationTokenInvalid',
    detail: 'The provided two-factor authentication token was not valid.',
  }),
  CodeAlreadyUsed: () => ({
    code: 'TwoFactorAuthenticationTokenInvalid',
    detail: 'The provided two-factor authentication token was not valid.',
  }),
  TwoFactorAlreadyEnabled: () => badRequest('Two-factor authentication is already enabled on this account.'),
  TwoFactorNotEnabled: () => badRequest('Two-factor authentication is not enabled on this account.'),
  TwoFactorSetupMissing: () => [validationError('code', '', 'The two-factor authentication secret has not been generated or has expired.')],
  ApiKeyLimitReached: () => ({ code: 'DisplayException', detail: 'You have reached the account limit for number of API keys.' }),
  SshKeyLimitReached: () => ({ code: 'DisplayException', detail: 'You have reached the account limit for number of SSH keys.' }),
  SshKeyAlreadyAdded: () => [validationError('public_key', '', 'The public key provided already exists on your account.')],
  NotFound: () => ({ code: 'NotFoundHttpException', detail: 'The requested resource could not be found on the server.' }),
  RateLimited: () => ({
    code: 'TooManyRequestsHttpException',
    detail: 'Your email address has been changed too many times today. Please try again later.',
  }),
  Unauthenticated: () => ({ code: 'AuthenticationException', detail: 'Unauthenticated.' }),
  AddressNotAllowed: ({ ip }) => ({
    code: 'AccessDeniedHttpException',
    detail: `This IP address (${ip}) does not have permission to access the API using these credentials.`,
  }),
};

/** The two-factor routes have their own words for a wrong password. */
export const twoFactorWords: Partial<PanelWords> = { IncorrectPassword: () => badRequest('The password provided was not valid.') };

/** A refusal as the panel answers it, in a route's own words where it has some. */
export function refuse(refusal: AnyRefusal, words: Partial<PanelWords> = {}): Answer {
  const say: (refused: never) => Said = words[refusal.name] ?? panelWords[refusal.name];
  const said: Said = Reflect.apply(say, null, [refusal]);
  const answer = Array.isArray(said) ? { status: refusal.status, body: { errors: said } } : failure(refusal.status, said.code, said.detail);
  return 'retryAfterSeconds' in refusal ? { ...answer, headers: { 'retry-after': String(refusal.retryAfterSeconds) } } : answer;
}

/** An error outside the domain: no such route, a body that cannot be read, a fault of ours. */
export function failure(status: number, code: string, detail: string): Answer {
  return { status, body: { errors: [{ code, status: String(status), detail }] } };
}

function badRequest(detail: string) {
  return { code: 'BadRequestHttpException', detail };
}

/** A query that asks for what there is not. */
export class BadQuery extends Error {
  override readonly name = 'BadQuery';
  readonly code: string;
  constructor(code: string, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** A refusal as the documentation shows it. */
export type DocumentedRefusal = { readonly name: string; readonly status: number; readonly body?: unknown };

/** Every refusal a route may give, with its body as an example. */
export function documentedRefusals({
  refusals = [],
  words,
}: {
  refusals?: readonly RefusalName[];
  words?: Partial<PanelWords>;
}): DocumentedRefusal[] {
  const names: readonly RefusalName[] = ['Unauthenticated', 'AddressNotAllowed', ...refusals];
  const ours = names.map((name) => ({ name, ...refuse(examples[name], words) }));
  return [
    ...ours,
    {
      name: 'MalformedBody',
      ...failure(400, 'BadRequestHttpException', 'The JSON data passed in the request appears to be malformed: Syntax error'),
    },
    { name: 'BodyTooLarge', ...tooLarge },
    { name: 'TooManyRequests', ...tooManyRequests },
  ];
}

export const tooLarge = failure(413, 'PostTooLargeException', 'The request body is larger than 256 KiB.');
export const tooManyRequests = failure(429, 'ThrottleRequestsException', 'Too Many Attempts.');

const examples: { readonly [Name in RefusalName]: RefusalNamed<Name> } = {
  InvalidInput: new InvalidInput([{ field: 'description', rule: 'required', message: '' }]),
  IncorrectPassword: new IncorrectPassword(),
  InvalidCode: new InvalidCode(),
  CodeAlreadyUsed: new CodeAlreadyUsed(30),
  TwoFactorAlreadyEnabled: new TwoFactorAlreadyEnabled(),
  TwoFactorNotEnabled: new TwoFactorNotEnabled(),
  TwoFactorSetupMissing: new TwoFactorSetupMissing(),
  ApiKeyLimitReached: new ApiKeyLimitReached(),
  SshKeyLimitReached: new SshKeyLimitReached(),
  SshKeyAlreadyAdded: new SshKeyAlreadyAdded(),
  NotFound: new NotFound(),
  RateLimited: new RateLimited(3600),
  Unauthenticated: new Unauthenticated(),
  AddressNotAllowed: new AddressNotAllowed('203.0.113.5'),
};
