import { z } from 'zod';
import type { AnyRefusal, RefusalName } from '../../account/operations.ts';
import type { Answer } from './answer.ts';
import { toValidationErrors, type ValidationError, validationError } from './validation.ts';
import { field } from './wire.ts';

const errorSchema = z.object({
  code: field(z.string(), 'A name for programs.', 'ValidationException'),
  status: field(z.string().regex(/^[45]\d\d$/), 'The HTTP status.', '422'),
  detail: field(z.string(), 'A sentence.', 'The email field is required.'),
  meta: z.object({ source_field: z.string(), rule: z.string() }).optional(),
});
export const errorsSchema = z.object({ errors: z.array(errorSchema).min(1) }).meta({ id: 'Errors' });

export const tooManyRequests = failure(429, 'ThrottleRequestsException', 'Too Many Attempts.');
export const fault = failure(500, 'HttpException', 'An unexpected error was encountered while processing this request, please try again.');
export const unavailable = failure(503, 'ServiceUnavailableHttpException', 'The service is unavailable for a moment, please try again.');

const tooManyChanges = (what: string) =>
  failure(429, 'TooManyRequestsHttpException', `Your ${what} has been changed too many times today. Please try again later.`);
const [tooManyEmailChanges, tooManyUsernameChanges] = [tooManyChanges('email address'), tooManyChanges('username')];
const unauthorized = failure(403, 'AccessDeniedHttpException', 'This action is unauthorized.');
const invalidCode = failure(400, 'TwoFactorAuthenticationTokenInvalid', 'The provided two-factor authentication token was not valid.');

/** The answer to each refusal, in the panel's words. A new refusal does not compile until it is here. */
export const refusalAnswers: Readonly<Record<RefusalName, Answer>> = {
  InvalidInput: invalidInput([]),
  IncorrectPassword: failure(400, 'InvalidPasswordProvidedException', 'The password provided was invalid for this account.'),
  InvalidCode: invalidCode,
  CodeAlreadyUsed: invalidCode,
  TwoFactorAlreadyEnabled: badRequest('Two-factor authentication is already enabled on this account.'),
  TwoFactorNotEnabled: badRequest('Two-factor authentication is not enabled on this account.'),
  TwoFactorSetupMissing: invalidInput([
    validationError('code', '', 'The two-factor authentication secret has not been generated or has expired.'),
  ]),
  ApiKeyLimitReached: failure(400, 'DisplayException', 'You have reached the account limit for number of API keys.'),
  SshKeyLimitReached: failure(400, 'DisplayException', 'You have reached the account limit for number of SSH keys.'),
  SshKeyAlreadyAdded: invalidInput([validationError('public_key', '', 'The public key provided already exists on your account.')]),
  NotFound: failure(404, 'NotFoundHttpException', 'The requested resource could not be found on the server.'),
  RateLimited: tooManyRequests,
  InvalidCredentials: failure(400, 'DisplayException', 'No account matching those credentials could be found.'),
  Overloaded: unavailable,
  Unauthenticated: { ...failure(401, 'AuthenticationException', 'Unauthenticated.'), headers: { 'www-authenticate': 'Bearer' } },
  AddressNotAllowed: addressNotAllowed('203.0.113.5'),
  CrossSite: unauthorized,
  SessionRequired: unauthorized,
  OutcomeUnknown: failure(500, 'OUTCOME_UNKNOWN', 'It is not known whether the change is done. Read the account to find out.'),
};

/** A route's own answers to refusals. */
export type Wording = Readonly<Partial<Record<RefusalName, Answer>>>;

/** The two-factor routes have their own answer to an incorrect password. */
export const twoFactorWording: Wording = { IncorrectPassword: badRequest('The password provided was not valid.') };

/** The answer to a refusal, in a route's own words where it has them. */
export function refuse(refusal: AnyRefusal, wording: Wording = {}): Answer {
  const answer = wording[refusal.name] ?? refuseWithData(refusal) ?? refusalAnswers[refusal.name];
  return 'retryAfterSeconds' in refusal
    ? { ...answer, headers: { ...answer.headers, 'retry-after': String(refusal.retryAfterSeconds) } }
    : answer;
}

function refuseWithData(refusal: AnyRefusal): Answer | null {
  if (refusal.name === 'InvalidInput') return invalidInput(toValidationErrors(refusal.issues));
  if (refusal.name === 'AddressNotAllowed') return addressNotAllowed(refusal.ip);
  if (refusal.name !== 'RateLimited') return null;
  if (refusal.limit === 'emailChanges') return tooManyEmailChanges;
  return refusal.limit === 'usernameChanges' ? tooManyUsernameChanges : null;
}

/** An answer with one error. */
export function failure(status: number, code: string, detail: string): Answer {
  return { status, body: { errors: [{ code, status: String(status), detail }] } };
}

export function malformed(reason: string): Answer {
  return badRequest(`The JSON data passed in the request appears to be malformed: ${reason}`);
}

function badRequest(detail: string): Answer {
  return failure(400, 'BadRequestHttpException', detail);
}

export function invalidInput(errors: readonly ValidationError[]): Answer {
  return { status: 422, body: { errors } };
}

function addressNotAllowed(ip: string): Answer {
  const detail = `This IP address (${ip}) does not have permission to access the API using these credentials.`;
  return failure(403, 'AccessDeniedHttpException', detail);
}

/** A refusal that only REST has: of a query parameter or a body that cannot be read. */
export class BadRequest extends Error {
  override readonly name: string;
  readonly answer: Answer;
  constructor(name: string, answer: Answer) {
    super(name);
    this.name = name;
    this.answer = answer;
  }
}
