import { type GraphQLField, getNamedType, isListType, isNonNullType, isObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { buildSchema } from '../src/graphql/schema/schema.ts';
import { routes } from '../src/rest/routes/routes.ts';
import { type Person, startGateway } from './harness.ts';
import { createWatchedDatabase } from './watched-database.ts';

const { db, watching } = await createWatchedDatabase();
const env = { LIMIT_API_KEYS: '30', LIMIT_SSH_KEYS: '0', LIMIT_SESSIONS: '0', LIMIT_REQUESTS_PER_MINUTE: '0' };
const gateway = await startGateway({ db, env });
const person = await createPersonWithRows();

/** More rows than each list gives, as an earlier release or another limit can leave them. */
async function createPersonWithRows(): Promise<Person> {
  const owner = await gateway.createPerson();
  const { id } = owner;
  await db.$executeRaw`INSERT INTO api_keys (account_id, identifier, secret_hash, description, created_at)
    SELECT ${id}, 'list_' || lpad(n::text, 11, '0'), 'x', 'x', now() FROM generate_series(1, 60) n`;
  await db.$executeRaw`INSERT INTO ssh_keys (account_id, name, fingerprint, public_key, created_at)
    SELECT ${id}, 'x', lpad(n::text, 43, '0'), 'x', now() FROM generate_series(1, 1200) n`;
  await db.$executeRaw`INSERT INTO sessions (account_id, token_hash, created_at, last_seen_at, expires_at)
    SELECT ${id}, sha256(n::text::bytea), at, at, at + interval '1 day' FROM generate_series(1, 1200) n, (SELECT ${gateway.clock.now()}::timestamptz AS at) times`;
  await db.$executeRaw`INSERT INTO activity (account_id, event, occurred_at) SELECT ${id}, 'x', now() FROM generate_series(1, 300) n`;
  return owner;
}

/** The statements of a request, without those that write. */
async function statementsOf(ask: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  watching.watch = ({ sql }) => {
    if (/^\s*(?:SELECT|WITH)/.test(sql)) statements.push(sql);
  };
  await ask();
  watching.watch = null;
  return statements;
}

/** Tables of which an account can have many rows. */
const manyRows = /\bFROM "?(?:public"?\."?)?(api_keys|ssh_keys|sessions|activity|recovery_tokens)\b/g;

/** Whether each read of such a table is bounded: by LIMIT, by a unique key, or as a count. */
function expectBounded(statements: readonly string[]): void {
  expect(statements).not.toEqual([]);
  for (const sql of statements) {
    const reads = sql.match(manyRows)?.length ?? 0;
    const bounds =
      (sql.match(/\bLIMIT\b/g)?.length ?? 0) +
      (sql.match(/\b(?:id|identifier) = \$/g)?.length ?? 0) +
      (sql.match(/count\(/gi)?.length ?? 0);
    expect([sql, bounds >= reads]).toEqual([sql, true]);
  }
}

const rows = async (query: string) => (await gateway.graphql(query, {}, person)).data.viewer;

/** Every field of the schema that gives a list, with what bounds it: a number of rows, or why no rows are read for it. */
const lists: Readonly<Record<string, string | (() => Promise<number>)>> = {
  'Viewer.apiKeys': async () => (await rows('{ viewer { apiKeys { id } } }')).apiKeys.length,
  'Viewer.sshKeys': async () => (await rows('{ viewer { sshKeys { id } } }')).sshKeys.length,
  'Viewer.sessions': async () => (await rows('{ viewer { sessions { id } } }')).sessions.length,
  'ActivityConnection.edges': async () =>
    (await rows('{ viewer { activity(first: 100) { edges { node { id } } } } }')).activity.edges.length,
  'ApiKey.allowedIps': 'a column of at most fifty values',
  'InvalidInput.issues': 'the rules that an input breaks',
  'EnableTwoFactorPayload.recoveryTokens': 'ten new tokens',
  'RegenerateRecoveryTokensPayload.recoveryTokens': 'ten new tokens',
  'PasswordCheck.reasons': 'the rules that a password breaks',
  'PasswordCheck.messages': 'a sentence for each of them',
};
const lengths: Readonly<Record<string, number>> = {
  'Viewer.apiKeys': 30,
  'Viewer.sshKeys': 1_000,
  'Viewer.sessions': 1_000,
  'ActivityConnection.edges': 100,
};

function isList({ type }: GraphQLField<unknown, unknown>): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type) && !getNamedType(type).name.startsWith('__');
}

describe('every list of the schema', () => {
  const found = Object.values(buildSchema().getTypeMap()).flatMap((type) =>
    isObjectType(type) && !type.name.startsWith('__')
      ? Object.values(type.getFields()).flatMap((field) => (isList(field) ? [`${type.name}.${field.name}`] : []))
      : [],
  );

  test('is known here', () => {
    expect(found.toSorted()).toEqual(Object.keys(lists).toSorted());
  });

  test.each(Object.entries(lists).flatMap(([name, read]) => (typeof read === 'string' ? [] : [{ name, read }])))(
    '$name reads a bounded number of rows, however many there are',
    async ({ name, read }) => {
      let length = 0;
      const statements = await statementsOf(async () => {
        length = await read();
      });
      expectBounded(statements);
      expect(length).toBe(lengths[name]);
    },
  );

  test('has that bound under aliases, in a batch, through `node` and in payloads', async () => {
    const all = 'viewer { id apiKeys { id } sshKeys { id } sessions { id } twoFactor { recoveryTokensRemaining } }';
    const { id } = await rows('{ viewer { id } }');
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${person.token}` };
    const body = JSON.stringify([{ query: `{ a: ${all} }` }, { query: `{ a: ${all} b: ${all} }` }]);
    const requests = [
      () => gateway.graphql(`{ a: ${all} b: ${all} }`, {}, person),
      () => gateway.fetch('/graphql', { method: 'POST', headers, body }).then((response) => response.text()),
      () => gateway.graphql('query ($id: ID!) { node(id: $id) { ... on Viewer { apiKeys { id } sessions { id } } } }', { id }, person),
      () => gateway.mutate('updateProfile', { firstName: 'Ada' }, all, person).catch(() => undefined),
      () => gateway.mutate('deleteApiKey', { identifier: 'list_00000000001' }, all, person),
    ];
    for (const ask of requests) expectBounded(await statementsOf(ask));
  });

  test('is priced by that bound', async () => {
    const query = (fields: string) => `{ viewer { ${fields} } }`;
    const dear = Array.from({ length: 20 }, (_, n) => `a${n}: sessions { id }`).join(' ');
    const { errors } = await gateway.graphql(query(dear), {}, person);
    expect(errors?.[0]?.extensions).toMatchObject({ limit: 'cost', found: 1 + 20 * (10 + 1_000) });
  });
});

test('every list of REST reads a bounded number of rows', async () => {
  for (const { method, path } of routes) {
    if (method !== 'GET' || path.includes('{')) continue;
    for (const query of ['', '?per_page=100', '?per_page=100&page=3&include=actor', '?filter[event]=x,y&sort=-timestamp']) {
      const statements = await statementsOf(() => gateway.rest('GET', `${path}${query}`, person));
      expectBounded(statements);
    }
  }
});
