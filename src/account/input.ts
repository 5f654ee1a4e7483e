import { z } from 'zod';
import { type InputIssue, InvalidInput } from './refusals.ts';

/**
 * Reads an input by its schema.
 * @throws InvalidInput with one issue for each broken rule, in the order of the fields.
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  throw new InvalidInput(result.error.issues.map(toInputIssue));
}

/** Text of a bounded number of code points, trimmed; empty counts as missing. */
export function text(bounds: { least?: number; most: number }) {
  const { least = 1, most } = bounds;
  return z
    .string()
    .trim()
    .superRefine((value, context) => {
      const characters = countCodePoints(value);
      if (characters === 0) return context.addIssue(broken('required'));
      if (!isStorable(value)) context.addIssue(broken('regex'));
      if (characters < least) context.addIssue(broken('min', least));
      if (characters > most) context.addIssue(broken('max', most));
    })
    .meta({ minLength: least, maxLength: most });
}

/** A rule that a schema found broken, for `context.addIssue`. */
export function broken(rule: string, limit?: number, given?: string) {
  return { code: 'custom' as const, message: wordsFor(rule, limit, given), params: { rule, limit, given } };
}

/** One broken rule, thrown at once. */
export function refuseInput(field: string, rule: string, limit?: number): InvalidInput {
  return new InvalidInput([{ field, rule, ...(limit === undefined ? {} : { limit }), message: wordsFor(rule, limit) }]);
}

/** The actor's own password in an input: whatever it is, it is compared and never judged. */
export const currentPassword = z.unknown().meta({ type: 'string', description: 'The current password.' });

/** An input's shape as JSON Schema 2020-12, for whoever documents it. */
export function describeInput(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

/** The number of characters as people count them in limits: Unicode code points. */
export function countCodePoints(value: string): number {
  return [...value].length;
}

/** PostgreSQL stores no NUL, and half a surrogate pair comes back as another character. */
export function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0');
}

function toInputIssue(issue: z.core.$ZodIssue): InputIssue {
  const field = issue.path.join('.');
  if (issue.code === 'custom') {
    const { rule = 'invalid', limit, given } = issue.params ?? {};
    return {
      field,
      rule: String(rule),
      ...(typeof limit === 'number' ? { limit } : {}),
      ...(typeof given === 'string' ? { given } : {}),
      message: issue.message,
    };
  }
  const { rule, limit } = ruleOf(issue);
  return { field, rule, ...(limit === undefined ? {} : { limit }), message: wordsFor(rule, limit) };
}

function ruleOf(issue: z.core.$ZodIssue): { rule: string; limit?: number } {
  if (issue.code === 'invalid_type') return { rule: issue.input == null ? 'required' : issue.expected };
  if (issue.code === 'too_big') return { rule: 'max', limit: Number(issue.maximum) };
  if (issue.code === 'too_small') return { rule: 'min', limit: Number(issue.minimum) };
  return { rule: 'invalid' };
}

const words: Readonly<Record<string, string>> = {
  required: 'This is required.',
  string: 'This must be text.',
  array: 'This must be a list.',
  email: 'This must be an e-mail address.',
  unique: 'Another account has this already.',
  regex: 'This holds characters that cannot be stored.',
  address: 'This is not an IP address or a CIDR range.',
  public_key: 'This is not a public key in OpenSSH or PEM form.',
  common: 'This is one of the passwords that are tried first.',
  personal: 'This is a name that belongs to the account or to this service.',
  dsa: 'DSA keys are not accepted.',
  weak_rsa: 'RSA keys need at least 2048 bits.',
};

function wordsFor(rule: string, limit?: number, given?: string): string {
  if (rule === 'min') return `This must have at least ${limit}.`;
  if (rule === 'max') return `This may have at most ${limit}.`;
  const sentence = words[rule] ?? 'This is not valid.';
  return given === undefined ? sentence : `${JSON.stringify(given)}: ${sentence}`;
}
