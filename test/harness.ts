import { randomBytes, randomUUID } from 'node:crypto';
import { generateSync } from 'otplib';
import pino from 'pino';
import { inject } from 'vitest';
import { createAccount, type NewAccount } from '../src/account/accounts.ts';
import { actAsOperator } from '../src/account/actor.ts';
import { createApiKey } from '../src/account/api-keys/api-keys.ts';
import { readConfig } from '../src/config/config.ts';
import { createKeyRing, type KeyRing } from '../src/crypto/keys.ts';
import { createPasswordStrength } from '../src/crypto/password-strength.ts';
import { type Connections, connect, type Database } from '../src/db/database.ts';
import { createGateway, logTo } from '../src/server/gateway.ts';
import { createMetrics } from '../src/server/metrics.ts';
import { createTools } from '../src/server/tools.ts';
import { afterwards } from './afterwards.ts';
import { fetchFrom } from './in-process.ts';
import { createDatabase, dropDatabase, inDatabase, nameSharedDatabase } from './postgresql.ts';
import { noteLine, noteSecrets, noteSecretsOf } from './secrets.ts';

/** The cheapest hash: tests show what is checked, not what it costs. */
export const cheapCost = { memoryKib: 64, passes: 2, parallelism: 1 };

/** Measures for every gateway of this process: its thread takes a second of processor time to read the word lists. */
const strength = createPasswordStrength();

export type Person = Awaited<ReturnType<TestGateway['createPerson']>>;
export type TestGateway = Awaited<ReturnType<typeof startGateway>>;

type Options = {
  /** Environment variables, as an operator sets them. */
  env?: Record<string, string>;
  keys?: KeyRing;
  log?: pino.Logger;
  db?: Database;
  /** For tests that count or change what is not of the accounts they made. */
  ownDatabase?: boolean;
  passwordCost?: typeof cheapCost;
};

type Ask = { token?: string | undefined; body?: unknown; headers?: Record<string, string>; peer?: string };

/** A gateway without a socket, with a clock that only tests advance. */
export async function startGateway(options: Options = {}) {
  const { db, close } = await findDatabase(options);
  const clock = createClock();
  const config = readConfig({ DATA_DIR: '/nowhere', ...options.env });
  const log = options.log ?? pino({ level: 'trace' }, { write: noteLine });
  const keys = options.keys ?? createKeyRing(createKey(), []);
  const passwordCost = options.passwordCost ?? cheapCost;
  const metrics = createMetrics();
  const parts = { config, connections: findConnections(db), keys, passwordCost, redis: null, now: clock.now };
  const made = createTools(parts, logTo(log, metrics));
  Object.assign(made.tools, { strength });
  const gateway = createGateway(config, log, metrics, made);
  const answer = noteSecretsOf(gateway.answer);
  afterwards(async () => {
    await gateway.close();
    await close();
  });

  const fetch = (path: string, init: RequestInit = {}, peer = '127.0.0.1') => fetchFrom(answer, path, init, peer);

  const rest = async (method: string, path: string, { token, body, headers, peer }: Ask = {}) => {
    const response = await fetch(
      `/api/client${path}`,
      {
        method,
        headers: {
          accept: 'application/json',
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body) }),
      },
      peer,
    );
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text === '' ? undefined : JSON.parse(text) };
  };

  const graphql = async (query: string, variables: Record<string, unknown> = {}, { token, headers, peer }: Ask = {}) => {
    const response = await fetch(
      '/graphql',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
        body: JSON.stringify({ query, variables }),
      },
      peer,
    );
    return { status: response.status, headers: response.headers, ...((await response.json()) as GraphqlAnswer) };
  };

  /** Runs a mutation of one input and answers its result, with `__typename`. */
  const mutate = async (name: string, input: Record<string, unknown>, fields: string, ask: Ask = {}) => {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
    const answer = await graphql(
      `mutation ($input: ${type}Input!) { ${name}(input: $input) { __typename ... on ${type}Payload { ${fields} } ... on Error { code message } ${['deleteApiKey', 'revokeSession'].includes(name) ? '' : '... on InvalidInput { issues { field rule } }'} } }`,
      { input },
      ask,
    );
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return answer.data[name];
  };

  const createPerson = async (overrides: Partial<NewAccount> = {}) => {
    const username = `u${randomUUID().replaceAll('-', '').slice(0, 12)}`;
    const input = { username, email: `${username}@example.com`, password: 'correct horse', ...overrides };
    const { profile, password } = await createAccount(gateway.tools, input, true);
    const actor = actAsOperator(gateway.tools, profile.id);
    const { apiKey, token } = await createApiKey.run(actor, { description: 'tests' });
    noteSecrets(password, token);
    return { ...profile, password, token, identifier: apiKey.identifier, actor };
  };

  /** Enables two-factor authentication. @returns the secret of the authenticator and the recovery tokens. */
  const enableTwoFactor = async (person: { token: string; password: string }) => {
    const { secret } = (await rest('GET', '/account/two-factor', { token: person.token })).body.data;
    const body = { code: codeFor(secret, clock.now()), password: person.password };
    const enabled = await rest('POST', '/account/two-factor', { token: person.token, body });
    return { secret: secret as string, tokens: enabled.body.attributes.tokens as string[] };
  };

  return { ...gateway, answer, db, clock, fetch, rest, graphql, mutate, createPerson, enableTwoFactor };
}

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what the tests are about.
type GraphqlAnswer = { data: any; errors?: { message: string; path?: string[]; extensions: Record<string, unknown> }[] };

/** The code an authenticator shows at a moment. */
export function codeFor(secret: string, at: Date): string {
  return generateSync({ secret, epoch: Math.floor(at.getTime() / 1000) });
}

function createKey(): Buffer {
  const key = randomBytes(32);
  noteSecrets(key.toString('base64'), key.toString('hex'));
  return key;
}

function createClock() {
  let time = Date.parse('2026-03-01T12:00:00Z');
  return {
    now: () => new Date(time),
    advance: (seconds: number) => {
      time += seconds * 1000;
    },
  };
}

let shared: Promise<Database> | undefined;

/** The one given, one of its own, or that of this worker, whose files run one after another, each with its own accounts. */
async function findDatabase({ db, ownDatabase }: Options): Promise<{ db: Database; close(): Promise<void> }> {
  if (db) return { db, close: async () => undefined };
  const { server, template } = inject('postgresql');
  if (ownDatabase) {
    const name = `${template}_${randomUUID()}`;
    const db = await copyTemplate(name);
    return { db, close: () => db.$disconnect().then(() => dropDatabase(server, name)) };
  }
  shared ??= copyTemplate(nameSharedDatabase(template, process.env['VITEST_POOL_ID'] ?? ''));
  return { db: await shared, close: async () => undefined };
}

async function copyTemplate(name: string): Promise<Database> {
  const { server, template } = inject('postgresql');
  await dropDatabase(server, name);
  await createDatabase(server, name, template);
  return remember(connect(inDatabase(server, name), () => undefined));
}

const connectionsOf = new WeakMap<Database, Connections>();

/** Lets a gateway be started on a database by its Prisma client alone. */
export function remember(connections: Connections): Database {
  connectionsOf.set(connections.db, connections);
  return connections.db;
}

function findConnections(db: Database): Connections {
  const connections = connectionsOf.get(db);
  if (!connections) throw new Error('The connections of this database are not known.');
  return connections;
}
