import type { InputIssue } from '../../account/refusals.ts';

/** One broken rule in the panel's words. */
export type ValidationError = { code: string; status: string; detail: string; meta: { source_field: string; rule: string } };

export function validationError(field: string, rule: string, detail: string): ValidationError {
  return { code: 'ValidationException', status: '422', detail, meta: { source_field: field, rule } };
}

/**
 * The domain's issues as the panel lists them: rules first and in its order, then what it checks after its rules (which
 * carries no rule's name), each under the field that came first.
 */
export function toValidationErrors(issues: readonly InputIssue[]): ValidationError[] {
  const errors = issues.flatMap((issue) => [toValidationError(issue), ...consequences(issue)]);
  const rules = errors.filter(({ meta }) => meta.rule !== '').sort((a, b) => ruleRank(a) - ruleRank(b));
  const later = errors.filter(({ meta }) => meta.rule === '');
  const fields = new Set([...errors.filter(({ meta }) => meta.rule !== ''), ...later].map(({ meta }) => meta.source_field));
  return [...fields].flatMap((field) => [...rules, ...later].filter(({ meta }) => meta.source_field === field));
}

/** A field's name on the wire; a password that is set is called as the one that is checked. */
export function wireName(field: string): string {
  const names: Readonly<Record<string, string>> = { newPassword: 'password', confirmation: 'password_confirmation' };
  return names[field] ?? field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toValidationError(issue: InputIssue): ValidationError {
  const field = wireName(issue.field);
  const later = afterRules[issue.rule]?.(issue);
  if (later !== undefined) return validationError(field, '', later);
  const attribute = field.includes('.') ? field : field.replaceAll('_', ' ');
  const rule = ownRules[`${field}.${issue.rule}`] ?? issue.rule;
  return validationError(
    field,
    panelRules[rule] ?? rule,
    sentences[rule]?.(attribute, issue.limit) ?? `The ${attribute} format is invalid.`,
  );
}

/** Rules that the panel calls by one name and says in several ways. */
const panelRules: Readonly<Record<string, string>> = { items: 'max', at_least: 'min' };

/** Where the panel has another rule for the same mistake. */
const ownRules: Readonly<Record<string, string>> = { 'email.max': 'between', 'email.string': 'email', 'allowed_ips.max': 'items' };

/** What the panel finds broken besides, because it checks on after the first broken rule. */
function consequences({ field, rule }: InputIssue): ValidationError[] {
  if (field === 'newPassword' && rule === 'string') return [toValidationError({ field, rule: 'min', limit: 8, message: '' })];
  if (field === 'publicKey' && (rule === 'required' || rule === 'string'))
    return [toValidationError({ field, rule: 'public_key', message: '' })];
  return [];
}

const order = ['required', 'string', 'array', 'confirmed', 'email', 'between', 'min', 'max', 'size', 'unique'];

function ruleRank({ meta }: ValidationError): number {
  return order.indexOf(meta.rule);
}

const sentences: Readonly<Record<string, (attribute: string, limit?: number) => string>> = {
  required: (attribute) => `The ${attribute} field is required.`,
  string: (attribute) => `The ${attribute} must be a string.`,
  array: (attribute) => `The ${attribute} must be an array.`,
  email: (attribute) => `The ${attribute} must be a valid email address.`,
  unique: (attribute) => `The ${attribute} has already been taken.`,
  between: (attribute, limit) => `The ${attribute} must be between 1 and ${limit} characters.`,
  min: (attribute, limit) => `The ${attribute} must be at least ${limit} characters.`,
  at_least: (attribute, limit) => `The ${attribute} must be at least ${limit}.`,
  max: (attribute, limit) => `The ${attribute} may not be greater than ${limit} characters.`,
  items: (attribute, limit) => `The ${attribute} may not have more than ${limit} items.`,
  size: (attribute, limit) => `The ${attribute} must be ${limit} characters.`,
  confirmed: (attribute) => `The ${attribute} confirmation does not match.`,
};

/** What the panel has one sentence for. */
const notPublicKeys = [
  'public_key',
  'private_key',
  'certificate',
  'key_options',
  'key_type',
  'long_rsa',
  'roca',
  'close_primes',
  'unsafe_rsa',
];

/** What the panel checks after its rules. */
const afterRules: Readonly<Record<string, (issue: InputIssue) => string>> = {
  address: ({ given }) => `"${given ?? ''}" is not a valid IP address or CIDR range.`,
  ...Object.fromEntries(notPublicKeys.map((rule) => [rule, () => 'The public key provided is not valid.'])),
  common: () => 'The password is one of those that are tried first.',
  personal: () => 'The password is a name that belongs to the account or to this service.',
  dsa: () => 'DSA keys are not supported.',
  weak_rsa: () => 'RSA keys must be at least 2048 bytes in length.',
};
