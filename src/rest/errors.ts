import type { AnyRefusal, InputIssue, RefusalName } from '../account/errors.ts';
import type { Answer } from './answer.ts';

/** One entry of the panel's error list. */
type PanelError = { code: string; status: string; detail: string; meta?: { source_field: string; rule: string } };

/** How the panel says a refusal: its exception's name and its sentence. */
type PanelWords<Refused> = (refusal: Refused) => { code: string; detail: string } | PanelError[];

type RefusalNamed<Name extends RefusalName> = Extract<AnyRefusal, { name: Name }>;

/** Every refusal in the panel's words: a new one does not compile until it has them. */
export const panelWords: { readonly [Name in RefusalName]: PanelWords<RefusalNamed<Name>> } = {
  InvalidInput: ({ issues }) => issues.map(toValidationError),
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
export const twoFactorWords: Partial<typeof panelWords> = { IncorrectPassword: () => badRequest('The password provided was not valid.') };

/** A refusal as the panel answers it, in a route's own words where it has some. */
export function refuse(refusal: AnyRefusal, words: Partial<typeof panelWords> = {}): Answer {
  const say: PanelWords<never> = words[refusal.name] ?? panelWords[refusal.name];
  const said = Reflect.apply(say, null, [refusal]) as ReturnType<typeof say>;
  if (Array.isArray(said)) return { status: refusal.status, body: { errors: said } };
  return failure(refusal.status, said.code, said.detail);
}

/** An error outside the domain: no such route, a body that cannot be read, a fault of ours. */
export function failure(status: number, code: string, detail: string): Answer {
  return { status, body: { errors: [{ code, status: String(status), detail }] } };
}

function badRequest(detail: string) {
  return { code: 'BadRequestHttpException', detail };
}

function validationError(field: string, rule: string, detail: string): PanelError {
  return { code: 'ValidationException', status: '422', detail, meta: { source_field: field, rule } };
}

/** The domain's issue in the panel's names: snake_case fields, and no rule for what it checks after its rules. */
function toValidationError(issue: InputIssue): PanelError {
  const field = wireField(issue.field);
  const attribute = field.includes('.') ? field : field.replaceAll('_', ' ');
  const rule = field === 'email' && issue.rule === 'max' ? 'between' : issue.rule;
  const sentence = afterRules[issue.rule]?.(issue) ?? sentences[rule]?.(attribute, issue.limit) ?? `The ${attribute} format is invalid.`;
  return validationError(field, issue.rule in afterRules ? '' : rule, sentence);
}

const wireNames: Readonly<Record<string, string>> = { newPassword: 'password' };

function wireField(field: string): string {
  return wireNames[field] ?? field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const sentences: Readonly<Record<string, (attribute: string, limit?: number) => string>> = {
  required: (attribute) => `The ${attribute} field is required.`,
  string: (attribute) => `The ${attribute} must be a string.`,
  array: (attribute) => `The ${attribute} must be an array.`,
  email: (attribute) => `The ${attribute} must be a valid email address.`,
  unique: (attribute) => `The ${attribute} has already been taken.`,
  between: (attribute, limit) => `The ${attribute} must be between 1 and ${limit} characters.`,
  min: (attribute, limit) => `The ${attribute} must be at least ${limit} characters.`,
  max: (attribute, limit) =>
    attribute === 'allowed ips'
      ? `The ${attribute} may not have more than ${limit} items.`
      : `The ${attribute} may not be greater than ${limit} characters.`,
  size: (attribute, limit) => `The ${attribute} must be ${limit} characters.`,
  confirmed: (attribute) => `The ${attribute} confirmation does not match.`,
};

/** What the panel checks after its rules, and answers without a rule's name. */
const afterRules: Readonly<Record<string, (issue: InputIssue) => string>> = {
  address: ({ given }) => `"${given ?? ''}" is not a valid IP address or CIDR range.`,
  public_key: () => 'The public key provided is not valid.',
  dsa: () => 'DSA keys are not supported.',
  weak_rsa: () => 'RSA keys must be at least 2048 bytes in length.',
};
