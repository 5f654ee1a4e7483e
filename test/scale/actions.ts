import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Answer, dig, send } from '../faults/http.ts';
import { password } from '../faults/people.ts';
import type { Account, Filled } from './generate.ts';

/** An action whose statements are measured. `isGrowing`: what it reads is meant to grow, with the account's rows or with all. */
export type Action = { readonly name: string; readonly isGrowing?: boolean; act(): Promise<unknown> };

const root = fileURLToPath(new URL('../..', import.meta.url));
const edges = 'edges { node { id event ip properties apiKey { identifier } } } pageInfo { hasNextPage endCursor }';
const lists =
  'profile { username } apiKeys { id lastUsedAt } sshKeys { id } sessions { id current } twoFactor { enabled recoveryTokensRemaining }';

/** The actions on a filled database. @param origin of a gateway. @param env of the command line. */
export function listActions(origin: string, env: Record<string, string>, { busy, quiet }: Filled): Action[] {
  const rest = (account: Account, method: string, path: string, body?: unknown) =>
    expectOk(send({ origin, method, path: `/api/client/account${path}`, headers: bearer(account), ...(body ? { body } : {}) }));
  const graphql = (account: Account | null, body: unknown) =>
    expectOk(send({ origin, method: 'POST', path: '/graphql', headers: account ? bearer(account) : {}, body }));
  const activity = (account: Account, words: string) => graphql(account, { query: `{ viewer { activity${words} { ${edges} } } }` });
  const deepPage = async (account: Account) => {
    const first = await activity(account, '(first: 10)');
    const cursor = dig(first.body, 'data', 'viewer', 'activity', 'pageInfo', 'endCursor');
    // The cursor holds the id of a row. The rows of the busy account are next to each other.
    const id = Number(/\d+$/.exec(Buffer.from(String(cursor), 'base64').toString())?.[0]);
    const deep = account === busy ? Buffer.from(`GPC:I:${id - 50_000}`).toString('base64') : cursor;
    await activity(account, `(first: 10, after: "${deep}")`);
  };
  const signIn = ({ username }: Account) =>
    graphql(null, { query: `mutation { signIn(input: { login: "${username}", password: "${password}" }) { __typename } }` });
  const cli = (...words: string[]) => runCli(words, env);
  return [
    {
      name: 'viewer in a batch of ten',
      act: () => graphql(quiet, Array(10).fill({ query: `{ viewer { ${lists} activity(first: 10) { ${edges} } } }` })),
    },
    { name: 'REST account', act: () => rest(quiet, 'GET', '') },
    { name: 'REST lists of keys', act: () => Promise.all([rest(quiet, 'GET', '/api-keys'), rest(quiet, 'GET', '/ssh-keys')]) },
    { name: 'activity, first page', act: () => activity(quiet, '(first: 25)') },
    { name: 'activity, next page', act: () => deepPage(quiet) },
    { name: 'activity of 100,000 rows, first page', act: () => activity(busy, '(first: 25)') },
    { name: 'activity of 100,000 rows, deep page', act: () => deepPage(busy) },
    { name: 'activity of 100,000 rows, an event that never was', act: () => activity(busy, '(first: 25, event: "never")') },
    { name: 'REST activity', act: () => rest(quiet, 'GET', '/activity') },
    { name: 'REST activity of 100,000 rows, page 1', isGrowing: true, act: () => rest(busy, 'GET', '/activity') },
    { name: 'REST activity of 100,000 rows, page 4,000', isGrowing: true, act: () => rest(busy, 'GET', '/activity?page=4000') },
    { name: 'sign-in', act: () => signIn(quiet) },
    { name: 'key creation', act: () => rest(quiet, 'POST', '/api-keys', { description: 'measured' }) },
    { name: 'e-mail change', act: () => rest(quiet, 'PUT', '/email', { email: `e${performance.now()}@example.com`, password }) },
    { name: 'command account show', act: () => cli('account', 'show', '--username', quiet.username) },
    { name: 'command api-key create', act: () => cli('api-key', 'create', '--username', quiet.username, '--description', 'measured') },
    { name: 'command api-key list', act: () => cli('api-key', 'list', '--username', quiet.username) },
    { name: 'command account sign-out', act: () => cli('account', 'sign-out', '--username', quiet.username) },
    { name: 'prune', isGrowing: true, act: () => cli('prune') },
    { name: 'command account list', isGrowing: true, act: () => cli('account', 'list') },
  ];
}

function bearer({ token }: Account): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

async function expectOk(answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering;
  const text = JSON.stringify(answer.body);
  if (answer.status < 200 || answer.status > 299 || text.includes('"errors"')) throw new Error(`${answer.status} ${text.slice(0, 500)}`);
  return answer;
}

async function runCli(words: string[], env: Record<string, string>): Promise<void> {
  const arguments_ = ['--disable-warning=ExperimentalWarning', 'src/cli/main.ts', ...words];
  const child = spawn(process.execPath, arguments_, {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}`);
}
