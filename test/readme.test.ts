import { existsSync, readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { OutcomeUnknown, Overloaded, RateLimited, SessionRequired, Unauthenticated } from '../src/account/refusals.ts';
import { environment } from '../src/config/environment.ts';
import { routes } from '../src/rest/routes/routes.ts';
import { describeFirstAccount } from '../src/server/first-account.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const readme = read('README.md');

test('the table of the environment has every variable, with its default and its meaning', () => {
  const defaults: Record<string, unknown> = environment.parse({});
  const rows = Object.entries(environment.shape).map(([name, { description }]) => {
    const fallback = defaults[name] ?? '–';
    return `| \`${name}\` | ${Array.isArray(fallback) ? 'none' : fallback} | ${description} |`;
  });
  const head = '| variable | default | meaning |\n| --- | --- | --- |\n';
  const start = readme.indexOf(head) + head.length;
  expect(readme.slice(start, readme.indexOf('\n\n', start)).split('\n')).toEqual(rows);
});

test('every npm script that is named exists', () => {
  const { scripts } = JSON.parse(read('package.json'));
  const named = [...readme.matchAll(/npm run (?:-s )?(\w[\w:-]*)/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test('the text of every file that is shown is the text of the file', () => {
  const shown = [...readme.matchAll(/\]\(([\w./-]+)\):\n\n```\w+\n([\s\S]*?)```\n/g)];
  const files = ['codegen', 'graphql-request', 'apollo-cache'].map((name) => `test/clients/${name}.ts`);
  expect(shown.map(([, path]) => path)).toEqual([...files, 'deploy/fail2ban-filter.conf']);
  for (const [, path = '', text] of shown) expect(text).toBe(read(path));
});

test('every GraphQL document is valid, in the output of the first start too', () => {
  const firstStart = describeFirstAccount({ username: 'admin', password: 'x', token: 'x' }, 'http://127.0.0.1:4000');
  const blocks = [...readme.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const bodies = [...`${readme}\n${firstStart}`.matchAll(/'(\{"query":.*\})'/g)].map(([, body = '']): string => JSON.parse(body).query);
  const schema = buildSchema(read('schema.graphql'));
  expect([blocks.length, bodies.length]).toEqual([1, 7]);
  for (const document of [...blocks, ...bodies]) expect(validate(schema, parse(document)), document).toEqual([]);
});

test('the table of REST has every route', () => {
  const head = '| method and path | operation |\n| --- | --- |\n';
  const start = readme.indexOf(head) + head.length;
  const named = readme
    .slice(start, readme.indexOf('\n\n', start))
    .split('\n')
    .flatMap((row) => {
      const [, cell = ''] = row.split(' | ')[0]?.split('| ') ?? [];
      const words = cell.replaceAll('`', '').split(/,? /);
      const paths = words.filter((word) => word.startsWith('/')).map((path) => path.replace(/^(?=\/(?!api\/))/, '/api/client/account'));
      return words.filter((word) => /^[A-Z]+$/.test(word)).flatMap((method) => paths.map((path) => `${method} ${path}`));
    });
  expect(named.toSorted()).toEqual(routes.map(({ method, path }) => `${method} /api/client${path}`).toSorted());
});

test('the table of codes has every code of a refusal that is no result of a mutation', () => {
  const refusals = [new RateLimited(1, 'requests'), new Overloaded(1), new OutcomeUnknown(), new Unauthenticated(), new SessionRequired()];
  expect(refusals.map(({ code }) => code).filter((code) => !readme.includes(`\n| \`${code}\` | `))).toEqual([]);
});

test('every file that is linked exists', () => {
  const linked = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)].map(([, path = '']) => path);
  expect(linked.length).toBeGreaterThan(5);
  expect(linked.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
});

test('every section that is linked exists', () => {
  const sections = [...readme.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'));
  const linked = [...readme.matchAll(/\]\(#([\w-]+)\)/g)].map(([, name = '']) => name);
  expect(linked.length).toBeGreaterThan(5);
  expect(linked.filter((name) => !sections.includes(name))).toEqual([]);
});

test('every test that requirements.md names exists', () => {
  const named = [...read('test/requirements.md').matchAll(/`([\w-]+\.test\.ts)`/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((name) => !existsSync(new URL(name, import.meta.url)))).toEqual([]);
});
