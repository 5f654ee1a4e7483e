import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const readme = read('README.md');

test('the environment table names every variable that is read, and no other', () => {
  const table = readme.slice(readme.indexOf('## Environment'), readme.indexOf('A limit of 0 is no limit'));
  const told = [...table.matchAll(/^\| ((?:`[A-Z_0-9]+`(?:, )?)+) \|/gm)].flatMap(([, names = '']) => names.match(/[A-Z_0-9]+/g) ?? []);
  const isRead = [
    ...(read('src/config/config.ts') + read('src/config/limits.ts') + read('src/config/trusted-documents.ts')).matchAll(
      /read\w*\(env, '([A-Z_0-9]+)'/g,
    ),
  ].map(([, name]) => name);
  expect([...new Set(told)].sort()).toEqual([...new Set([...isRead])].sort());
});

test('every command that is named is there', () => {
  const { scripts } = JSON.parse(read('package.json'));
  const named = [...readme.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test('a file that is shown stands there as it is run', () => {
  const shown = [...readme.matchAll(/\]\(([\w./-]+)\):\n\n```\w+\n([\s\S]*?)```\n/g)];
  expect(shown.map(([, path]) => path)).toEqual(['test/clients/codegen.ts', 'test/clients/graphql-request.ts']);
  for (const [, path = '', text] of shown) expect(text).toBe(read(path));
});

test('every file that is linked is there', () => {
  const linked = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = '']) => path);
  expect(linked.length).toBeGreaterThan(5);
  expect(linked.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
});
