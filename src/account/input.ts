import { z } from 'zod';
import { type InputIssue, InvalidInput } from './refusals.ts';
import { describeRule, isRule, type Rule } from './rules.ts';

/**
 * Reads an input by its schema.
 * @throws InvalidInput with one issue for each broken rule, in the order of the fields.
 */
export function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  throw new InvalidInput(result.error.issues.map((issue) => toInputIssue(issue.path.join('.'), findBrokenRule(issue))));
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

/** A rule that a value breaks, for `context.addIssue`. */
export function broken(rule: Rule, limit?: number, given?: string) {
  return { code: 'custom' as const, params: { broken: { rule, limit, given } satisfies BrokenRule } };
}

/** The refusal for one rule that a field breaks. */
export function refuseInput(field: string, rule: Rule, limit?: number): InvalidInput {
  return refuseInputs([{ field, rule, limit }]);
}

/** The refusal for several rules that fields break. */
export function refuseInputs(issues: readonly ({ readonly field: string } & BrokenRule)[]): InvalidInput {
  return new InvalidInput(issues.map(({ field, ...issue }) => toInputIssue(field, issue)));
}

/** The actor's own password in an input. It is compared, and no rule applies to it. */
export const currentPassword = z.unknown().meta({ type: 'string', description: 'The current password.' });

/** An input as JSON Schema 2020-12, for documentation. */
export function describeInput(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

/** The number of characters, as limits count them: Unicode code points. */
export function countCodePoints(value: string): number {
  return [...value].length;
}

/** Whether text can be stored: PostgreSQL stores no NUL, and an unpaired surrogate would be read as another character. */
export function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0');
}

type BrokenRule = { readonly rule: Rule; readonly limit?: number | undefined; readonly given?: string | undefined };

function toInputIssue(field: string, { rule, limit, given }: BrokenRule): InputIssue {
  return {
    field,
    rule,
    ...(limit === undefined ? {} : { limit }),
    ...(given === undefined ? {} : { given }),
    message: describeRule(field, rule, limit, given),
  };
}

/** The schemas use two kinds of zod's own checks: of types, and of the length of a list. */
function findBrokenRule(issue: z.core.$ZodIssue): BrokenRule {
  if (issue.code === 'custom') return issue.params?.['broken'];
  if (issue.code === 'too_big') return { rule: 'max', limit: Number(issue.maximum) };
  if (issue.code !== 'invalid_type') throw new Error(`no rule is named for ${issue.code}`);
  if (issue.input == null) return { rule: 'required' };
  if (!isRule(issue.expected)) throw new Error(`no rule is named for the type ${issue.expected}`);
  return { rule: issue.expected };
}
