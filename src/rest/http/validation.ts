import type { InputIssue } from '../../account/refusals.ts';

/** One broken rule in the panel's words. */
export type ValidationError = { code: string; status: string; detail: string; meta: { source_field: string; rule: string } };

export function validationError(field: string, rule: string, detail: string): ValidationError {
  return { code: 'ValidationException', status: '422', detail, meta: { source_field: field, rule } };
}

type Sentence = {
  /** The panel's name of the rule; empty for what it checks after its rules. */
  readonly rule: string;
  readonly sentence: string;
  /** The order of the errors of a field. */
  readonly rank: number;
  /** What else the panel finds, because it goes on after the first broken rule. */
  readonly also?: Pick<InputIssue, 'rule' | 'limit'>;
};

const string = { rule: 'string', rank: 2, sentence: 'The :attribute must be a string.' };
const required = { rule: 'required', rank: 1, sentence: 'The :attribute field is required.' };
const email = { rule: 'email', rank: 5, sentence: 'The :attribute must be a valid email address.' };

/** The panel accepts these passwords, and has no sentence for them. */
const easyToGuess = { rule: '', rank: 11, sentence: ':message' };

/** The panel's sentences, by the rule of the domain or, where a field differs, by `field.rule`. */
const sentences: Readonly<Record<string, Sentence>> = {
  required,
  'publicKey.required': { ...required, also: { rule: 'public_key' } },
  string,
  'newPassword.string': { ...string, also: { rule: 'min', limit: 8 } },
  'publicKey.string': { ...string, also: { rule: 'public_key' } },
  'email.string': email,
  array: { rule: 'array', rank: 3, sentence: 'The :attribute must be an array.' },
  confirmed: { rule: 'confirmed', rank: 4, sentence: 'The :attribute confirmation does not match.' },
  email,
  'email.max': { rule: 'between', rank: 6, sentence: 'The :attribute must be between 1 and :limit characters.' },
  min: { rule: 'min', rank: 7, sentence: 'The :attribute must be at least :limit characters.' },
  max: { rule: 'max', rank: 8, sentence: 'The :attribute may not be greater than :limit characters.' },
  'allowedIps.max': { rule: 'max', rank: 8, sentence: 'The :attribute may not have more than :limit items.' },
  size: { rule: 'size', rank: 9, sentence: 'The :attribute must be :limit characters.' },
  unique: { rule: 'unique', rank: 10, sentence: 'The :attribute has already been taken.' },
  regex: { rule: 'regex', rank: 0, sentence: 'The :attribute format is invalid.' },
  address: { rule: '', rank: 11, sentence: '":given" is not a valid IP address or CIDR range.' },
  within: { rule: 'within', rank: 11, sentence: 'The :attribute must be within the allowed ips of this API key.' },
  'publicKey.*': { rule: '', rank: 11, sentence: 'The public key provided is not valid.' },
  dsa: { rule: '', rank: 11, sentence: 'DSA keys are not supported.' },
  weak_rsa: { rule: '', rank: 11, sentence: 'RSA keys must be at least 2048 bytes in length.' },
  common: easyToGuess,
  personal: easyToGuess,
  guessable: easyToGuess,
};

/**
 * The issues of an input as the panel lists them: first the fields that break a rule, in the order of the input, then
 * those that fail a later check; the errors of a field by rank.
 */
export function toValidationErrors(issues: readonly InputIssue[]): ValidationError[] {
  const found = issues.flatMap(wordIssue);
  const fields = new Set([...found.filter(({ error }) => error.meta.rule !== ''), ...found].map(({ error }) => error.meta.source_field));
  return [...fields].flatMap((field) => {
    const ofField = found.filter(({ error }) => error.meta.source_field === field);
    return ofField.sort((a, b) => a.rank - b.rank).map(({ error }) => error);
  });
}

/** The name of a field on the wire. The new password is `password` there. */
export function wireName(field: string): string {
  const names: Readonly<Record<string, string>> = { newPassword: 'password', confirmation: 'password_confirmation' };
  return names[field] ?? field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function wordIssue(issue: Omit<InputIssue, 'message'> & { readonly message?: string }): { error: ValidationError; rank: number }[] {
  const { rule, sentence, rank, also } = findSentence(issue);
  const field = wireName(issue.field);
  const values = {
    attribute: field.includes('.') ? field : field.replaceAll('_', ' '),
    limit: issue.limit,
    given: issue.given,
    message: issue.message,
  };
  const detail = sentence.replaceAll(/:(attribute|limit|given|message)/g, (_, name: keyof typeof values) => String(values[name] ?? ''));
  return [{ error: validationError(field, rule, detail), rank }, ...(also ? wordIssue({ field: issue.field, ...also }) : [])];
}

function findSentence({ field, rule }: Pick<InputIssue, 'field' | 'rule'>): Sentence {
  const found = sentences[`${field}.${rule}`] ?? sentences[rule] ?? sentences[`${field}.*`];
  return found ?? { rule, rank: 0, sentence: 'The :attribute format is invalid.' };
}
