import type { SqlQuery } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { startSession } from '../src/account/sessions/sessions.ts';
import { sqlOf } from '../src/db/sql.ts';
import { afterwards } from './afterwards.ts';
import { explain } from './explain.ts';
import { type Person, startGateway } from './harness.ts';
import { fillDatabase } from './many-accounts.ts';
import { createWatchedDatabase } from './watched-database.ts';

const { db, url, watching } = await createWatchedDatabase();
const gateway = await startGateway({ db, env: { LIMIT_REQUESTS_PER_MINUTE: '0', LIMIT_SIGN_INS_PER_MINUTE: '0' } });
const [busy, quiet] = [await gateway.createPerson(), await gateway.createPerson()];
await fillDatabase(url, busy, gateway.clock.now());
const client = new pg.Client(url);
await client.connect();
afterwards(() => client.end());

/** Of what an account has few, more than it has: keys, sessions and recovery tokens. */
const rowsOfAccountMax = 20;
/** Of activity, the longest page that is asked for here. The live feed asks for more, and finds fewer new rows. */
const pageMax = 26;
/** Pages of a table and of its indexes for each row, and for finding the first. */
const [buffersPerRow, buffersMin] = [4, 20];

const lists = 'profile { username } apiKeys { id identifier lastUsedAt } sshKeys { id } sessions { id current lastSeenAt }';
const edges = 'edges { node { id event ip properties apiKey { identifier } } } pageInfo { hasNextPage }';

/** Cursors of rows of an account, by their places: near the end of the list, in the middle, ten rows before it, near the start. */
async function findCursors({ id }: Person) {
  const rows = await db.activity.findMany({ where: { accountId: id }, orderBy: { id: 'asc' }, select: { id: true } });
  const at = (index: number) => Buffer.from(`GPC:I:${rows[Math.floor(index)]?.id}`).toString('base64');
  return { end: at(4), middle: at(rows.length / 2), before: at(rows.length / 2 + 10), start: at(rows.length - 5) };
}
type Cursors = Awaited<ReturnType<typeof findCursors>>;
const cursors = new Map<Person, Cursors>();
for (const person of [busy, quiet]) cursors.set(person, await findCursors(person));

async function signIn(person: Person): Promise<Record<string, string>> {
  const visitor = { ...person.actor, network: '192.0.2.7' };
  const { token } = await db.$transaction((transaction) => startSession(sqlOf(transaction), visitor, person.id));
  return { cookie: `gateway_session_4000=${token}` };
}

async function ask(person: Person, query: string, headers?: Record<string, string>) {
  const { errors, data } = await gateway.graphql(query, {}, headers ? { headers } : person);
  expect(errors).toBeUndefined();
  return data;
}

async function askBatch(person: Person, queries: string[]) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${person.token}` };
  const response = await gateway.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(queries.map((query) => ({ query }))) });
  expect(await response.text()).not.toContain('"errors"');
}

const activity = (text: string) => (person: Person) => ask(person, `{ viewer { activity${text} { ${edges} } } }`);
const page = (text: (cursors: Cursors) => string) => async (person: Person) => {
  const found = cursors.get(person);
  if (found) await activity(`(${text(found)})`)(person);
};
const rest = (path: string) => async (person: Person) => expect((await gateway.rest('GET', path, person)).status).toBe(200);

const reads: Record<string, (person: Person) => Promise<unknown>> = {
  'the credential, a key': (person) => ask(person, '{ viewer { id } }'),
  'the credential, a session': async (person) => ask(person, '{ viewer { id } }', await signIn(person)),
  'the account of a sign-in': ({ username, email }) =>
    Promise.all(
      [username, email].map((login) =>
        gateway.graphql('mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }', {
          input: { login, password: 'wrong' },
        }),
      ),
    ),
  'lists of the viewer': (person) => ask(person, `{ viewer { ${lists} } }`),
  'two-factor authentication': (person) =>
    ask(person, '{ viewer { twoFactor { enabled recoveryTokensRemaining } twoFactorSetup { uri } } }'),
  'recovery tokens under two aliases': (person) =>
    ask(person, '{ a: viewer { twoFactor { recoveryTokensRemaining } } b: viewer { twoFactor { recoveryTokensRemaining } } }'),
  'everything in a batch of ten': (person) =>
    askBatch(person, Array(10).fill(`{ viewer { ${lists} twoFactor { enabled recoveryTokensRemaining } activity { ${edges} } } }`)),
  'a node of each kind': async (person) => {
    const { viewer } = await ask(
      person,
      '{ viewer { id apiKeys { id } sshKeys { id } sessions { id } activity { edges { node { id } } } } }',
    );
    const ids = [
      viewer,
      ...viewer.apiKeys,
      ...viewer.sshKeys,
      ...viewer.sessions,
      ...viewer.activity.edges.map((edge: { node: object }) => edge.node),
    ];
    const nodes = (some: { id: string }[]) => some.map(({ id }, n) => `n${n}: node(id: "${id}") { id }`).join(' ');
    for (let from = 0; from < ids.length; from += 10) await ask(person, `{ ${nodes(ids.slice(from, from + 10))} }`);
  },
  'activity, the first page': activity(''),
  'activity, the last page': activity('(last: 25)'),
  'activity, a page after a cursor': page(({ middle }) => `first: 25, after: "${middle}"`),
  'activity, a page after a cursor near the end': page(({ end }) => `first: 25, after: "${end}"`),
  'activity, a page before a cursor': page(({ middle }) => `last: 25, before: "${middle}"`),
  'activity, a page before a cursor near the start': page(({ start }) => `last: 25, before: "${start}"`),
  'activity, a page between cursors': page(({ middle, before }) => `first: 25, after: "${before}", before: "${middle}"`),
  'activity, the last of the first': page(({ middle }) => `first: 25, last: 5, after: "${middle}"`),
  'activity, an event': activity('(event: "auth:fail")'),
  'activity, an event after a cursor': page(({ middle }) => `first: 25, after: "${middle}", event: "auth:fail"`),
  'activity, an event after a cursor near the end': page(({ end }) => `first: 25, after: "${end}", event: "auth:fail"`),
  'activity, an event before a cursor': page(({ middle }) => `last: 25, before: "${middle}", event: "auth:fail"`),
  'activity, an event before a cursor near the start': page(({ start }) => `last: 25, before: "${start}", event: "auth:fail"`),
  'activity, a rare event': activity('(event: "rare")'),
  'activity, a rare event after a cursor': page(({ middle }) => `first: 25, after: "${middle}", event: "rare"`),
  'activity, a rare event from the end': activity('(last: 25, event: "rare")'),
  'activity, an event that never was': activity('(event: "never")'),
  'activity under five aliases': (person) =>
    ask(
      person,
      `{ ${[1, 2, 3, 4, 5].map((n) => `v${n}: viewer { activity(first: ${n}) { ${edges} } same: activity(first: 9) { ${edges} } }`).join(' ')} }`,
    ),
  'new activity, for subscriptions': async ({ id, identifier, token }) => {
    const apiKey = await db.apiKey.findUniqueOrThrow({ where: { identifier }, select: { id: true } });
    const session = await db.session.findFirstOrThrow({ where: { accountId: id }, orderBy: { id: 'desc' }, select: { id: true } });
    const end = new AbortController();
    for (const credential of [
      { kind: 'apiKey' as const, allowedIps: [], ...apiKey, identifier, familyId: apiKey.id, madeInSessionId: null },
      { kind: 'session' as const, ...session },
    ]) {
      const rows = await gateway.tools.feed.watch({ accountId: id, credential }, null, end.signal);
      await gateway.mutate('createApiKey', { description: token }, 'token', { token });
      await rows.next();
    }
    end.abort();
  },
  'REST /account': rest('/account'),
  'REST /account/two-factor': (person) => gateway.rest('GET', '/account/two-factor', person),
  'REST /account/api-keys': rest('/account/api-keys'),
  'REST /account/ssh-keys': rest('/account/ssh-keys'),
  'REST /account/activity': rest('/account/activity?include=actor'),
  'REST /account/activity, newest first': rest('/account/activity?sort=-timestamp'),
};

/** Numbered pages tell how many rows there are, so they count them all. */
const isExempt = (name: string, sql: string) => name.startsWith('REST /account/activity') && /^SELECT count/.test(sql);

/** The reading statements of a read, each once. */
async function listStatements(read: () => Promise<unknown>): Promise<SqlQuery[]> {
  const sent = new Map<string, SqlQuery>();
  watching.watch = (statement) => {
    const key = JSON.stringify([statement.sql, statement.args], (_key, value) => (typeof value === 'bigint' ? String(value) : value));
    if (/^\s*SELECT/.test(statement.sql)) sent.set(key, statement);
  };
  await read();
  watching.watch = null;
  return [...sent.values()];
}

/** The most rows that a statement asks for; NaN where it does not say. */
function readLimit({ sql, args }: SqlQuery): number {
  const [, parameter, number] = /LIMIT (?:\$(\d+)|(\d+))/.exec(sql) ?? [];
  return parameter === undefined ? Number(number ?? Number.NaN) : Number(args[Number(parameter) - 1]);
}

const isOfActivity = (sql: string) => /FROM (?:"public"\.)?"?activity"? /.test(sql);

let count = 0;
afterAll(() => console.info(`statements of reads that were explained: ${count}`));

describe.each([
  ['an account with 20,000 rows of activity', busy],
  ['an account with few', quiet],
] as const)('of %s', (_name, person) => {
  test.each(Object.entries(reads))('%s: what is read depends on what is asked for', async (name, read) => {
    const statements = await listStatements(() => read(person));
    // Last uses leave versions of rows and entries of indexes that are read too: all are written, and none is left.
    await Promise.all([gateway.tools.keyUses.flush(), gateway.tools.sessionUses.flush()]);
    await client.query('VACUUM (INDEX_CLEANUP ON) api_keys, sessions');
    expect(statements.length).toBeGreaterThan(0);
    for (const statement of statements) {
      if (isExempt(name, statement.sql)) continue;
      const limit = readLimit(statement);
      if (isOfActivity(statement.sql)) expect(limit, statement.sql).not.toBeNaN();
      const rowsMax = isOfActivity(statement.sql) ? Math.min(limit, pageMax) : rowsOfAccountMax;
      for (const { rows, buffers, plan } of await explain(client, statement)) {
        const cost = `${plan}: ${rows} rows, ${buffers} buffers of\n${statement.sql}`;
        expect(rows, cost).toBeLessThanOrEqual(rowsMax);
        expect(buffers, cost).toBeLessThanOrEqual(buffersMin + buffersPerRow * rows);
      }
      count += 1;
    }
  });
});
