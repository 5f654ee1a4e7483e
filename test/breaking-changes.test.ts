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
  const check = (at = folder, env = process.env) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program], { cwd: at, env, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  write('name', 'email');
  return { folder, write, git, commit, check };
}

/** The same folder as a git repository, with the schema committed. */
function createRepository() {
  const made = createFolder();
  made.git('init', '--quiet', '--initial-branch=main');
  made.commit('Add the profile', 'name', 'email');
  return made;
}

test('a new field breaks nothing', () => {
  const { commit, check } = createRepository();
  commit('Add the language', 'name', 'email', 'language');
  expect(check()).toEqual({ status: 0, stdout: '2 commits of schema.graphql break nothing that they do not announce.\n', stderr: '' });
});

test('a removed field fails in every later commit too, with the commit and the field', () => {
  const { commit, check } = createRepository();
  commit('Remove the address', 'name');
  commit('Add the language', 'name', 'language');
  const { status, stderr } = check();
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/^[0-9a-f]{7,} Remove the address breaks.*:\n {2}Query\.email was removed\.\n$/),
  ]);
});

test('a removed field passes when the commit announces it', () => {
  const { commit, check } = createRepository();
  commit('Remove the address\n\nBREAKING CHANGE: read the address from profile.', 'name');
  expect(check().status).toBe(0);
});

test('a removed field that is not committed fails, with the line that the commit needs', () => {
  const { write, check } = createRepository();
  write('name');
  const { status, stderr } = check();
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/^Not committed yet.*"BREAKING CHANGE:".*\n {2}Query\.email was removed\.\n$/),
  ]);
});

test('a merge passes for what its branch announced, and fails for what it breaks itself', () => {
  const { git, commit, check, write } = createRepository();
  git('switch', '--quiet', '--create', 'branch');
  commit('Remove the address\n\nBREAKING CHANGE: read the address from profile.', 'name');
  git('switch', '--quiet', 'main');
  git('commit', '--allow-empty', '--message', 'Go on');
  git('merge', '--no-ff', '--message', 'Merge the branch', 'branch');
  expect(check().status).toBe(0);
  write('address');
  git('commit', '--all', '--amend', '--message', 'Merge the branch with a mistake');
  const { status, stderr } = check();
  expect([status, stderr]).toEqual([1, expect.stringMatching(/with a mistake breaks.*:\n {2}Query\.name was removed\.\n$/)]);
});

test('without history, in a shallow clone and without git nothing is checked, and one line says so', () => {
  const { folder, check } = createFolder();
  const nothing = { status: 0, stdout: 'Breaking changes are not checked: there is no git history here.\n', stderr: '' };
  expect(check()).toEqual(nothing);
  expect(check(folder, { PATH: '' })).toEqual(nothing);
  const { folder: origin, commit, git } = createRepository();
  commit('Remove the address', 'name');
  git('clone', '--quiet', '--depth', '1', `file://${origin}`, join(origin, 'clone'));
  const shallow = { status: 0, stdout: 'Breaking changes are not checked: this clone is shallow.\n', stderr: '' };
  expect(check(join(origin, 'clone'))).toEqual(shallow);
});
