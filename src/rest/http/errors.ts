import type { AnyRefusal, RefusalName } from '../../account/operations.ts';
import type { Answer } from './answer.ts';
import { toValidationErrors, type ValidationError, validationError } from './validation.ts';

/** How the panel says a refusal: its exception's name and its sentence, or a list of broken rules. */
type Said = { code: string; detail: string } | ValidationError[];
export type RefusalNamed<Name extends RefusalName> = Extract<AnyRefusal, { name: Name }>;
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
  RateLimited: ({ limit }) =>
    limit === 'emailChanges'
      ? {
          code: 'TooManyRequestsHttpException',
          detail: 'Your email address has been changed too many times today. Please try again later.',
        }
      : { code: 'ThrottleRequestsException', detail: 'Too Many Attempts.' },
  InvalidCredentials: () => ({ code: 'DisplayException', detail: 'No account matching those credentials could be found.' }),
  Overloaded: () => ({ code: 'ServiceUnavailableHttpException', detail: 'The service is unavailable for a moment, please try again.' }),
  Unauthenticated: () => ({ code: 'AuthenticationException', detail: 'Unauthenticated.' }),
  AddressNotAllowed: ({ ip }) => ({
    code: 'AccessDeniedHttpException',
    detail: `This IP address (${ip}) does not have permission to access the API using these credentials.`,
  }),
  CrossSite: () => ({ code: 'AccessDeniedHttpException', detail: 'This action is unauthorized.' }),
};

const statuses: Readonly<Record<RefusalName, number>> = {
  InvalidInput: 422,
  IncorrectPassword: 400,
  InvalidCode: 400,
  CodeAlreadyUsed: 400,
  TwoFactorAlreadyEnabled: 400,
  TwoFactorNotEnabled: 400,
  TwoFactorSetupMissing: 422,
  ApiKeyLimitReached: 400,
  SshKeyLimitReached: 400,
  SshKeyAlreadyAdded: 422,
  NotFound: 404,
  RateLimited: 429,
  InvalidCredentials: 400,
  Overloaded: 503,
  Unauthenticated: 401,
  AddressNotAllowed: 403,
  CrossSite: 403,
};

/** The two-factor routes have their own words for a wrong password. */
export const twoFactorWords: Partial<PanelWords> = { IncorrectPassword: () => badRequest('The password provided was not valid.') };

/** A refusal as the panel answers it, in a route's own words where it has some. */
export function refuse(refusal: AnyRefusal, words: Partial<PanelWords> = {}): Answer {
  const say: (refused: never) => Said = words[refusal.name] ?? panelWords[refusal.name];
  const said: Said = Reflect.apply(say, null, [refusal]);
  const status = statuses[refusal.name];
  const answer = Array.isArray(said) ? { status, body: { errors: said } } : failure(status, said.code, said.detail);
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

export const malformed = (reason: string) =>
  failure(400, 'BadRequestHttpException', `The JSON data passed in the request appears to be malformed: ${reason}`);
export const tooLarge = failure(413, 'PostTooLargeException', 'The request body is larger than 256 KiB.');
export const tooManyRequests = failure(429, 'ThrottleRequestsException', 'Too Many Attempts.');
export const fault = failure(500, 'HttpException', 'An unexpected error was encountered while processing this request, please try again.');
export const unavailable = failure(503, 'ServiceUnavailableHttpException', 'The service is unavailable for a moment, please try again.');
