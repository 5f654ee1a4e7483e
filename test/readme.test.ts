import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { environment } from '../src/config/environment.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const readme = read('README.md');

test('the table of the environment has each variable that is read, its default and its meaning', () => {
  const defaults: Record<string, unknown> = environment.parse({});
  const rows = Object.entries(environment.shape).map(([name, { description }]) => {
    const fallback = defaults[name] ?? '–';
    return `| \`${name}\` | ${Array.isArray(fallback) ? 'none' : fallback} | ${description} |`;
  });
  const head = '| variable | default | meaning |\n| --- | --- | --- |\n';
  const start = readme.indexOf(head) + head.length;
  expect(readme.slice(start, readme.indexOf('\n\n', start)).split('\n')).toEqual(rows);
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
