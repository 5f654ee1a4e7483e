// Finds every change of schema.graphql that can make a valid document invalid: in each commit of the file, and in what is
// not committed yet. It fails unless the message of the commit has a line that begins `BREAKING CHANGE:`.
// Run it in the folder of the schema: node .ci/breaking-changes.mjs
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { buildSchema, findBreakingChanges } from 'graphql';

const path = 'schema.graphql';
const announcement = 'BREAKING CHANGE:';

/** The output of git; null where it fails. */
function git(...words) {
  try {
    return execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

/** Why there is nothing to compare with; null where there is a history. */
function findObstacle() {
  if (git('rev-parse', '--verify', 'HEAD') === null) return 'there is no git history here';
  if (git('rev-parse', '--is-shallow-repository') === 'true') return 'this clone is shallow';
  return null;
}

function readSchema(commit) {
  const text = git('show', `${commit}:./${path}`);
  return text === null ? null : buildSchema(text);
}

function compare(older, newer) {
  return older && newer ? findBreakingChanges(older, newer).map(({ description }) => description) : [];
}

/** The breaking changes of a commit against all of its parents: a merge is not checked for the changes of its branch. */
function judge(commit) {
  const describe = (format) => git('show', '--no-patch', `--format=${format}`, commit);
  const isAnnounced = describe('%B')
    .split('\n')
    .some((line) => line.startsWith(announcement));
  if (isAnnounced) return [];
  const parents = describe('%P').split(' ').filter(Boolean);
  const [first = [], ...others] = parents.map((parent) => compare(readSchema(parent), readSchema(commit)));
  return first.filter((change) => others.every((changes) => changes.includes(change)));
}

function report(where, changes) {
  if (changes.length === 0) return;
  console.error([where, ...changes.map((change) => `  ${change}`)].join('\n'));
  process.exitCode = 1;
}

const obstacle = findObstacle();
if (obstacle) {
  console.log(`Breaking changes are not checked: ${obstacle}.`);
} else {
  const commits = git('rev-list', '--reverse', '--full-history', 'HEAD', '--', path).split('\n').filter(Boolean);
  for (const commit of commits)
    report(`${git('show', '--no-patch', '--format=%h %s', commit)} breaks documents that were valid:`, judge(commit));
  const uncommitted = compare(readSchema('HEAD'), buildSchema(readFileSync(path, 'utf8')));
  report(`Not committed yet; the commit needs a line that begins "${announcement}" and says what clients must do:`, uncommitted);
  if (!process.exitCode) console.log(`${commits.length} commits of ${path} break nothing that they do not announce.`);
}
