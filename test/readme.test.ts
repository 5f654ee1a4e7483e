import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const readme = read('README.md');

test('the environment table names every variable that is read, and no other', () => {
  const table = readme.slice(readme.indexOf('## Environment'), readme.indexOf('A limit of 0 is no limit'));
  const told = [...table.matchAll(/^\| ((?:`[A-Z_0-9]+`(?:, )?)+) \|/gm)].flatMap(([, names = '']) => names.match(/[A-Z_0-9]+/g) ?? []);
  const isRead = [...read('src/config/config.ts').matchAll(/read\w*\(env, '([A-Z_0-9]+)'/g)].map(([, name]) => name);
  expect([...new Set(told)].sort()).toEqual([...new Set([...isRead])].sort());
});

test('every command that is named is there', () => {
  const { scripts } = JSON.parse(read('package.json'));
  const named = [...readme.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
