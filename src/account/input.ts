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

/**
 * Text of a bounded number of code points, trimmed; empty counts as missing.
 * @param units the most code units, where they are fewer than so many code points can have.
 */
export function text({ least = 1, most, units = unitsMax(most) }: { least?: number; most: number; units?: number }) {
  return z
    .string()
    .superRefine((value, context) => {
      if (value.length > units) context.addIssue({ ...broken('max', most), continue: false });
    })
    .trim()
    .superRefine((value, context) => {
      const characters = countCodePoints(value);
      if (characters === 0 || isInvisible(value)) return context.addIssue(broken('required'));
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

/**
 * The most code units (UTF-16) of a text of so many code points. A text is compared with it before anything trims, normalizes,
 * splits, matches or counts it: some of these take quadratic time, and a caller without a credential can cause them.
 */
export function unitsMax(codePoints: number): number {
  return 2 * codePoints;
}

/** A value that is compared and never stored: no rule applies to it, and a text of more code units is equal to none. */
export function compared(unitsMax: number, description: string) {
  return z.unknown().meta({ type: 'string', description, maxLength: unitsMax });
}

/** An input in which each compared text that is too long is null, which is unequal to all that it is compared with. */
export function dropLongTexts<Input extends Readonly<Record<string, unknown>>>(schema: z.ZodObject, input: Input): Input {
  const kept = Object.entries(input).map(([name, value]) => [name, dropLongText(schema.shape[name], value)]);
  return { ...input, ...Object.fromEntries(kept) };
}

function dropLongText(schema: z.core.$ZodType | undefined, value: unknown): unknown {
  if (schema instanceof z.ZodOptional) return dropLongText(schema.unwrap(), value);
  if (schema instanceof z.ZodObject) return isRecord(value) ? dropLongTexts(schema, value) : value;
  const isCompared = schema instanceof z.ZodUnknown;
  return isCompared && typeof value === 'string' && value.length > Number(schema.meta()?.['maxLength']) ? null : value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The most characters of a username, an e-mail address or another name. */
export const nameCharactersMax = 191;

/** The most code units of a password as it is typed. */
export const passwordUnitsMax = 1024;

/** The actor's own password in an input. It is compared, and no rule applies to it. */
export const currentPassword = compared(passwordUnitsMax, 'The current password.');

/** An input as JSON Schema 2020-12, for documentation. */
export function describeInput(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

/** The number of characters, as limits count them: Unicode code points. */
export function countCodePoints(value: string): number {
  return [...value].length;
}

/** Whether a text is shown as nothing: blanks and invisible characters alone. */
function isInvisible(value: string): boolean {
  return /^[\s\p{Z}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]*$/u.test(value);
}

/** Whether text can be stored: PostgreSQL stores no NUL, and an unpaired surrogate would be read as another character. */
export function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0');
}

type BrokenRule = {
  readonly rule: Rule;
  readonly limit?: number | undefined;
  readonly given?: string | undefined;
  /** A sentence instead of that of the rule. */
  readonly message?: string | undefined;
};

function toInputIssue(field: string, { rule, limit, given, message }: BrokenRule): InputIssue {
  return {
    field,
    rule,
    ...(limit === undefined ? {} : { limit }),
    ...(given === undefined ? {} : { given }),
    message: message ?? describeRule(field, rule, limit, given),
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
