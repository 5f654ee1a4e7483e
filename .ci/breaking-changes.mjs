// Finds every change of schema.graphql after which a document that was right may be wrong: in each commit that touches the
// schema, and in what is not committed yet. It fails unless the commit says so, by a line that begins `BREAKING CHANGE:`.
// Run in the folder of the schema: node .ci/breaking-changes.mjs
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { buildSchema, findBreakingChanges } from 'graphql';

const path = 'schema.graphql';
const announcement = 'BREAKING CHANGE:';

/** What git answers, null where it has no answer. */
function git(...words) {
  try {
    return execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

/** Why there is nothing to compare with; null where there is. */
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

/** What a commit breaks of all of its parents: what a merge brings in was judged where it was made. */
function judge(commit) {
  const tell = (format) => git('show', '--no-patch', `--format=${format}`, commit);
  const isAnnounced = tell('%B')
    .split('\n')
    .some((line) => line.startsWith(announcement));
  if (isAnnounced) return [];
  const parents = tell('%P').split(' ').filter(Boolean);
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
  console.log(`Breaking changes are not looked for: ${obstacle}.`);
} else {
  const commits = git('rev-list', '--reverse', '--full-history', 'HEAD', '--', path).split('\n').filter(Boolean);
  for (const commit of commits) report(`${git('show', '--no-patch', '--format=%h %s', commit)} breaks what was right:`, judge(commit));
  const uncommitted = compare(readSchema('HEAD'), buildSchema(readFileSync(path, 'utf8')));
  report(`Not committed yet; the commit needs a line that begins "${announcement}" and says who must do what:`, uncommitted);
  if (!process.exitCode) console.log(`${commits.length} commits of ${path} break nothing that they do not announce.`);
}
