import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import argon2 from 'argon2';
import * as documents from '../documents.ts';
import { announce } from './announce.ts';
import { type AccountRow, createApiKey, deleteApiKey, findAccount, listApiKeys, listSshKeys, pool, profileOf } from './statements.ts';

// What is possible without a framework: `node:http` and `pg`, one function for each document, and nothing else: no
// GraphQL, no limits, no log. With `one`, the viewer is one statement.
const inOneStatement = process.argv[2] === 'one';

type Operation = { query: string; variables?: { input: Record<string, string> } };
type Answer = (authorization: string | undefined, input: Record<string, string>) => Promise<string>;

const data = (value: object) => JSON.stringify({ data: value });
const without = ({ accountId: _, ...rest }: { accountId: number }) => rest;

const withAccount = (answer: (row: AccountRow, input: Record<string, string>) => Promise<object> | object): Answer => {
  return async (authorization, input) => {
    const row = await findAccount(authorization);
    return row ? data(await answer(row, input)) : '{"errors":[{"message":"Unauthenticated."}]}';
  };
};

async function readViewer(row: AccountRow) {
  const [apiKeys, sshKeys] = await Promise.all([listApiKeys([row.id]), listSshKeys([row.id])]);
  return { viewer: { profile: profileOf(row), apiKeys: apiKeys.map(without), sshKeys: sshKeys.map(without) } };
}

const at = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const viewerStatement = `SELECT k.secret_hash = sha256($2::bytea) AS "isRight", json_build_object(
    'profile', json_build_object('username', a.username, 'email', a.email, 'firstName', a.first_name, 'lastName', a.last_name,
      'language', a.language, 'admin', a.admin, 'createdAt', ${at('a.created_at')}),
    'apiKeys', (SELECT coalesce(json_agg(json_build_object('identifier', identifier, 'description', description, 'allowedIps', allowed_ips,
      'lastUsedAt', ${at('last_used_at')}, 'createdAt', ${at('created_at')}) ORDER BY id), '[]') FROM api_keys WHERE account_id = a.id),
    'sshKeys', (SELECT coalesce(json_agg(json_build_object('name', name, 'fingerprint', 'SHA256:' || fingerprint, 'publicKey', public_key,
      'createdAt', ${at('created_at')}) ORDER BY id), '[]') FROM ssh_keys WHERE account_id = a.id))::text AS viewer
  FROM api_keys k JOIN accounts a ON a.id = k.account_id WHERE k.identifier = $1`;

async function readViewerAtOnce(authorization = ''): Promise<string> {
  const token = authorization.slice('Bearer '.length);
  const values = [token.slice(0, 16), token.slice(16)];
  const { rows } = await pool.query({ name: 'viewer', text: viewerStatement, values });
  return rows[0]?.isRight ? `{"data":{"viewer":${rows[0].viewer}}}` : '{"errors":[{"message":"Unauthenticated."}]}';
}

const answers = new Map<string, Answer>([
  [documents.viewer, inOneStatement ? readViewerAtOnce : withAccount(readViewer)],
  [documents.typename, withAccount(() => ({ __typename: 'Query' }))],
  [documents.viewerId, withAccount(({ id }) => ({ viewer: { id } }))],
  [documents.signIn, async (_authorization, { login = '', password = '' }) => data({ signIn: await signIn(login, password) })],
  [
    documents.createApiKey,
    withAccount(async (row, { description = '' }) => {
      const { identifier, token } = await createApiKey(row, description);
      return { createApiKey: { token, apiKey: { identifier } } };
    }),
  ],
  [
    documents.deleteApiKey,
    withAccount(async (row, { identifier = '' }) => ({ deleteApiKey: { deletedApiKeyId: await deleteApiKey(row, identifier) } })),
  ],
]);

function run(authorization: string | undefined, { query, variables }: Operation): Promise<string> {
  const answer = answers.get(query);
  if (!answer) throw new Error(`no such document: ${query}`);
  return answer(authorization, variables?.input ?? {});
}

async function signIn(login: string, password: string): Promise<object> {
  const { rows } = await pool.query({ name: 'login', text: 'SELECT * FROM accounts WHERE username_folded = $1', values: [login] });
  if (!(await argon2.verify(rows[0].password_hash, password))) throw new Error('wrong password');
  const text = `INSERT INTO sessions (account_id, token_hash, created_at, last_seen_at, expires_at) VALUES ($1, $2, $3, $3, $3)`;
  await pool.query({ name: 'session', text, values: [rows[0].id, randomBytes(32), new Date()] });
  return { __typename: 'SignInPayload' };
}

async function readAccount(authorization: string | undefined): Promise<string> {
  const row = await findAccount(authorization);
  if (!row) return '{"errors":[{"message":"Unauthenticated."}]}';
  const { id, admin, username, email, first_name, last_name, language } = row;
  return JSON.stringify({ object: 'user', attributes: { id, admin, username, email, first_name, last_name, language } });
}

async function answer(request: IncomingMessage): Promise<string> {
  const { authorization } = request.headers;
  if (request.method === 'GET') return readAccount(authorization);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const operations: Operation | Operation[] = JSON.parse(Buffer.concat(chunks).toString());
  if (!Array.isArray(operations)) return run(authorization, operations);
  return `[${(await Promise.all(operations.map((operation) => run(authorization, operation)))).join()}]`;
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await answer(request);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}

const server = createServer((request, response) => void handle(request, response));
server.listen(0, '127.0.0.1', () => announce(server));
