import { describe, expect, test } from 'vitest';
import { type Person, startGateway } from './harness.ts';
import { insertSession } from './sessions.ts';
import { makeSshLine } from './ssh-line.ts';
import { createWatchedDatabase } from './watched-database.ts';

const { db, watching } = await createWatchedDatabase();
const gateway = await startGateway({ db, env: { LIMIT_REQUESTS_PER_MINUTE: '0' } });
const statements: string[] = [];
watching.watch = ({ sql }) => {
  // Last uses are written by a timer, not by a request.
  if (!/^\s*UPDATE (?:api_keys|sessions) SET last_/.test(sql)) statements.push(sql);
};

/** Every field of the viewer, as many times as given, each under its own alias. */
function everything(times = 1): string {
  const fields = [
    'id',
    'profile { username email firstName lastName language admin createdAt }',
    'twoFactor { enabled recoveryTokensRemaining }',
    'twoFactorSetup { secret uri qrCode expiresAt }',
    'apiKeys { id identifier description allowedIps lastUsedAt createdAt }',
    'sshKeys { id name fingerprint publicKey createdAt }',
    'sessions { id current ip userAgent createdAt lastSeenAt expiresAt }',
    'activity { edges { cursor node { id event ip userAgent apiKey { identifier } properties occurredAt } } pageInfo { hasNextPage endCursor } }',
  ];
  return Array.from({ length: times }, (_, n) => fields.map((field) => `a${n}${field.split(' ')[0]}: ${field}`).join(' ')).join(' ');
}

/** The requests that read every field. */
const requests: [name: string, operations: object | object[]][] = [
  ['once', { query: `{ viewer { ${everything()} } }` }],
  ['in five aliases of each field', { query: `{ viewer { ${everything(5)} } }` }],
  ['in five aliases of the viewer', { query: `{ ${[0, 1, 2, 3, 4].map((n) => `v${n}: viewer { ${everything()} }`).join(' ')} }` }],
  ['in a batch of ten', Array.from({ length: 10 }, () => ({ query: `{ viewer { ${everything()} } }` }))],
];

async function createPersonWith(keys: number): Promise<Person> {
  const person = await gateway.createPerson();
  for (let n = 1; n < keys; n += 1) await gateway.mutate('createApiKey', { description: 'x' }, 'token', person);
  for (let n = 0; n < keys; n += 1) {
    await gateway.mutate('addSshKey', { name: 'x', publicKey: makeSshLine() }, 'viewer { id }', person);
    await insertSession(gateway, person);
  }
  return person;
}

/** The SQL statements of a request that was sent before, without what differs from run to run. */
async function statementsOf(person: Person, operations: object | object[]): Promise<string[]> {
  statements.length = 0;
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${person.token}` };
  const response = await gateway.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(operations) });
  const answers = [await response.json()].flat();
  expect([response.status, answers.flatMap(({ errors }) => errors ?? [])]).toEqual([200, []]);
  return statements
    .map((sql) =>
      sql
        .replaceAll('"public".', '')
        .replaceAll(/\(\$\d+(?:,\$\d+)*\)/g, '(…)')
        .replaceAll(/\$\d+/g, '?'),
    )
    .sort();
}

// The account is read together with the API key by documents that ran before.
const reader = await gateway.createPerson();
for (const [, operations] of requests) await statementsOf(reader, operations);

/** The number of statements for each table; the statement that reads a viewer counts as one of its own. */
function countByTable(sent: readonly string[]): Record<string, number> {
  const tables = sent.map((sql) =>
    / FROM (?:api_keys k JOIN )?accounts a /.test(sql) ? 'viewer' : (/(?:FROM|INTO|UPDATE) "?(\w+)"?/.exec(sql)?.[1] ?? sql),
  );
  return Object.fromEntries([...new Set(tables)].sort().map((table) => [table, tables.filter((one) => one === table).length]));
}

describe('every field of the viewer', () => {
  const perTable = { accounts: 1, activity: 1, api_keys: 1, recovery_tokens: 1, two_factor: 1, two_factor_setups: 1, viewer: 1 };

  test.each([1, 25])('with %i keys of each kind takes the same statements, in every kind of request', async (keys) => {
    const person = await createPersonWith(keys);
    await gateway.graphql('{ viewer { twoFactorSetup { secret } } }', {}, person);
    for (const [name, operations] of requests) {
      expect(countByTable(await statementsOf(person, operations)), `${name}, ${keys} keys`).toEqual(perTable);
    }
  });

  test('takes the recorded statements, in every kind of request', async () => {
    const person = await createPersonWith(2);
    await gateway.graphql('{ viewer { twoFactorSetup { secret } } }', {}, person);
    for (const [name, operations] of requests) expect(await statementsOf(person, operations)).toMatchSnapshot(name);
  });

  test('creates one two-factor secret, in every kind of request', async () => {
    for (const [name, operations] of requests) {
      const person = await gateway.createPerson();
      const sent = countByTable(await statementsOf(person, operations));
      expect([name, sent['two_factor_setups'], sent['two_factor'], sent['accounts']]).toEqual([name, 4, 1, 1]);
    }
  });
});

test('five objects by their global ids take one statement for each type', async () => {
  const person = await createPersonWith(5);
  const { viewer } = (await gateway.graphql('{ viewer { apiKeys { id } sshKeys { id } sessions { id } } }', {}, person)).data;
  for (const [kind, table] of [
    ['apiKeys', 'api_keys'],
    ['sshKeys', 'ssh_keys'],
    ['sessions', 'sessions'],
  ] as const) {
    const ids = viewer[kind].map(({ id }: { id: string }) => id);
    const query = `{ ${ids.map((id: string, n: number) => `n${n}: node(id: "${id}") { __typename id }`).join(' ')} }`;
    // One more of api_keys, for the credential.
    expect([kind, countByTable(await statementsOf(person, { query }))[table]]).toEqual([kind, table === 'api_keys' ? 2 : 1]);
  }
});
