import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { afterwards } from './afterwards.ts';

const program = fileURLToPath(new URL('../.ci/breaking-changes.mjs', import.meta.url));
const schemaOf = (...fields: string[]) => `type Query {\n${fields.map((field) => `  ${field}: String\n`).join('')}}\n`;
const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false'];

/** A folder with a schema of two fields. */
function createFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-schema-'));
  afterwards(() => rmSync(folder, { recursive: true }));
  const write = (...fields: string[]) => writeFileSync(join(folder, 'schema.graphql'), schemaOf(...fields));
  const git = (...words: string[]) => execFileSync('git', [...identity, ...words], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  const commit = (message: string, ...fields: string[]) => {
    write(...fields);
    git('add', '.');
    git('commit', '--message', message);
  };
  const look = (at = folder, env = process.env) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program], { cwd: at, env, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  write('name', 'email');
  return { folder, write, git, commit, look };
}

/** The same in git, committed. */
function createRepository() {
  const made = createFolder();
  made.git('init', '--quiet', '--initial-branch=main');
  made.commit('Say who somebody is', 'name', 'email');
  return made;
}

test('a field more breaks nothing', () => {
  const { commit, look } = createRepository();
  commit('Tell the language', 'name', 'email', 'language');
  expect(look()).toEqual({ status: 0, stdout: '2 commits of schema.graphql break nothing that they do not announce.\n', stderr: '' });
});

test('a field less fails for ever, with the commit and the field', () => {
  const { commit, look } = createRepository();
  commit('Forget the address', 'name');
  commit('Tell the language', 'name', 'language');
  const { status, stderr } = look();
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/^[0-9a-f]{7,} Forget the address breaks.*:\n {2}Query\.email was removed\.\n$/),
  ]);
});

test('a field less passes when the commit announces it', () => {
  const { commit, look } = createRepository();
  commit('Forget the address\n\nBREAKING CHANGE: ask profile for the address.', 'name');
  expect(look().status).toBe(0);
});

test('a field less that is not committed fails, and the line that the commit needs is told', () => {
  const { write, look } = createRepository();
  write('name');
  const { status, stderr } = look();
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/^Not committed yet.*"BREAKING CHANGE:".*\n {2}Query\.email was removed\.\n$/),
  ]);
});

test('a merge answers for nothing that was announced in its branch, and for what it breaks itself', () => {
  const { git, commit, look, write } = createRepository();
  git('switch', '--quiet', '--create', 'branch');
  commit('Forget the address\n\nBREAKING CHANGE: ask profile for the address.', 'name');
  git('switch', '--quiet', 'main');
  git('commit', '--allow-empty', '--message', 'Go on');
  git('merge', '--no-ff', '--message', 'Merge the branch', 'branch');
  expect(look().status).toBe(0);
  write('address');
  git('commit', '--all', '--amend', '--message', 'Merge the branch, with a slip');
  const { status, stderr } = look();
  expect([status, stderr]).toEqual([1, expect.stringMatching(/with a slip breaks.*:\n {2}Query\.name was removed\.\n$/)]);
});

test('without history, in a shallow clone and without git nothing is looked at, and that is said in one line', () => {
  const { folder, look } = createFolder();
  const nothing = { status: 0, stdout: 'Breaking changes are not looked for: there is no git history here.\n', stderr: '' };
  expect(look()).toEqual(nothing);
  expect(look(folder, { PATH: '' })).toEqual(nothing);
  const { folder: origin, commit, git } = createRepository();
  commit('Forget the address', 'name');
  git('clone', '--quiet', '--depth', '1', `file://${origin}`, join(origin, 'clone'));
  const shallow = { status: 0, stdout: 'Breaking changes are not looked for: this clone is shallow.\n', stderr: '' };
  expect(look(join(origin, 'clone'))).toEqual(shallow);
});
