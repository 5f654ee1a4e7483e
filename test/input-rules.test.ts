import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parse, refuseInput } from '../src/account/input.ts';
import { type InputIssue, InvalidInput } from '../src/account/refusals.ts';
import { describeRule, isRule, rules } from '../src/account/rules.ts';

const folder = new URL('../src/account/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const modules: Record<string, unknown>[] = await Promise.all(files.map((file) => import(new URL(file, folder).href)));

/** Every input of the domain: what it exports as an object schema. */
const schemas = modules
  .flatMap((module) => Object.entries(module))
  .filter((entry): entry is [string, z.ZodObject] => entry[1] instanceof z.ZodObject);

const privateKey = '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0LWJ5dGVz\n-----END OPENSSH PRIVATE KEY-----';

/** Values that break rules, for any field. */
const values = [
  ...[undefined, null, '', ' \t', 'x', 'a b', '-x-', 'password', 'é'.repeat(600), 'x'.repeat(20_000), 'a\0b', 'a\ud800b'],
  ...[5, Number.NaN, true, {}, [], ['hodor'], [5], [''], [`${'x'.repeat(5000)}`], Array(51).fill('192.0.2.7')],
  ...[privateKey, 'no-pty ssh-ed25519 AAAA', 'ssh-dss AAAAB3NzaC1kc3M=', '-----BEGIN CERTIFICATE-----', '123 56'],
];

function issuesOf(schema: z.ZodObject, input: Record<string, unknown>): readonly InputIssue[] {
  try {
    parse(schema, input);
  } catch (error) {
    if (error instanceof InvalidInput) return error.issues;
    throw error;
  }
  return [];
}

describe('a rule', () => {
  test('of any input says in a sentence of its own what to do', () => {
    const found = schemas.flatMap(([, schema]) =>
      Object.keys(schema.shape).flatMap((field) => values.flatMap((value) => issuesOf(schema, { [field]: value }))),
    );
    expect(schemas.length).toBeGreaterThan(5);
    expect(found.filter(({ rule }) => !isRule(rule))).toEqual([]);
    const described = [...found, ...rules.map((rule) => ({ rule, message: describeRule('field', rule, 7, 'given') }))];
    for (const { message } of described) {
      expect(message).toMatch(/^[^\n]{8,200}\.$/);
      expect(message).toMatch(/\b(?:Use|Enter|Remove|Paste|Make|Replace)\b/);
      expect(message).not.toMatch(/invalid|not valid|undefined/i);
      expect(message).not.toContain('c2VjcmV0');
    }
    const sentences = Map.groupBy(described, ({ message }) => message.replace(/"[^"]*"/, '…'));
    for (const [message, issues] of sentences) expect(new Set(issues.map(({ rule }) => rule)).size, message).toBe(1);
  });

  test.each([
    ['newPassword', 'min', 8, 'Use at least 8 characters.'],
    ['newPassword', 'max', 1024, 'Use at most 1,024 bytes.'],
    ['publicKey', 'max', 16_384, 'Use at most 16,384 characters.'],
    ['allowedIps', 'max', 50, 'Use at most 50 addresses.'],
    ['code', 'size', 6, 'Enter the 6 digits of the code.'],
    ['email', 'unique', undefined, 'Another account has this e-mail address.'],
    ['username', 'unique', undefined, 'Another account has this username.'],
    ['publicKey', 'weak_rsa', 2048, 'This RSA key is too short. Use one of at least 2,048 bits, or an Ed25519 key.'],
    ['publicKey', 'private_key', undefined, 'This is a private key. Replace it: it must no longer be used.'],
  ] as const)('of %s, %s, names its unit', (field, rule, limit, message) => {
    expect(refuseInput(field, rule, limit)).toMatchObject({ message, issues: [{ field, rule, message }] });
  });

  test('repeats the given value up to 64 characters', () => {
    const apiKeyInput = schemas.find(([name]) => name === 'apiKeyInput')?.[1];
    const given = `"${'\ud83d\udd11'.repeat(1000)}`;
    const [issue] = apiKeyInput ? issuesOf(apiKeyInput, { description: 'x', allowedIps: [given] }) : [];
    expect(issue).toMatchObject({ field: 'allowedIps.0', rule: 'address' });
    expect(issue?.given?.length).toBeLessThan(140);
    expect(issue?.message.length).toBeLessThan(160);
    expect(issue?.message.isWellFormed()).toBe(true);
  });
});
