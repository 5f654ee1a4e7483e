import { once } from 'node:events';
import { connect as connectTo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connect } from '../src/db/database.ts';
import { afterwards } from './afterwards.ts';
import { remember, startGateway } from './harness.ts';
import { makeSshLine } from './ssh-line.ts';
import { createWatchedDatabase } from './watched-database.ts';

const { url, db } = await createWatchedDatabase();

/** A way to the database that can lose a connection at COMMIT: before the server has it, or before its answer arrives. */
async function createWay() {
  const target = new URL(url);
  const folder = target.searchParams.get('host');
  const server = folder ? { path: join(folder, '.s.PGSQL.5432') } : { host: target.hostname, port: Number(target.port || 5432) };
  let loses:
    | 'nothing'
    | 'the message'
    | 'the answer'
    | 'the answer, and all others'
    | 'all after the answer'
    | 'all after the answer, once' = 'nothing';
  /** A text within the statement whose connection is lost, once. */
  let lostStatement: string | null = null;
  let isOpen = true;
  const sockets = new Set<Socket>();
  const listener = createServer((near: Socket) => {
    if (!isOpen) {
      isOpen = loses === 'all after the answer, once';
      return near.destroy();
    }
    sockets.add(near);
    const far = connectTo(server);
    let isLost = false;
    let isLast = false;
    near.on('data', (bytes) => {
      if (lostStatement !== null && bytes.includes(lostStatement)) {
        lostStatement = null;
        return near.destroy();
      }
      if (loses.startsWith('all after') && bytes.includes('COMMIT')) isLast = true;
      else if (loses !== 'nothing' && bytes.includes('COMMIT')) {
        isLost = true;
        isOpen = loses !== 'the answer, and all others';
        if (!isOpen) for (const socket of sockets) if (socket !== near) socket.destroy();
        if (loses === 'the message') return near.destroy();
        loses = 'nothing';
      }
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      if (isLost) near.destroy();
      else if (!isLast) near.write(bytes);
      else {
        isOpen = false;
        for (const socket of sockets) if (socket !== near) socket.destroy();
        near.end(bytes);
      }
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  afterwards(() => listener.close());
  target.searchParams.delete('host');
  target.host = `127.0.0.1:${Object(listener.address()).port}`;
  return {
    url: target.href,
    lose: (what: typeof loses) => {
      loses = what;
      isOpen = true;
    },
    loseStatement: (text: string) => {
      lostStatement = text;
    },
    isStatementLost: () => lostStatement === null,
  };
}

const way = await createWay();
const connections = connect(way.url, () => undefined);
afterwards(() => connections.db.$disconnect());
const gateway = await startGateway({ db: remember(connections) });
const direct = await startGateway({ db });

/** Changes by statements of the program, and by Prisma. */
const changes = [
  ['createApiKey', () => ({ description: 'lost' }), 'api-keys', () => ({ description: 'lost' })],
  ['addSshKey', () => ({ name: 'lost', publicKey: makeSshLine() }), 'ssh-keys', () => ({ name: 'lost', public_key: makeSshLine() })],
] as const;

const countOf = async (id: number) => ({
  keys: (await db.apiKey.count({ where: { accountId: id, description: 'lost' } })) + (await db.sshKey.count({ where: { accountId: id } })),
  rows: await db.activity.count({ where: { accountId: id, event: { in: ['user:api-key.create', 'user:ssh-key.create'] }, actorId: id } }),
});

test.each(changes)('%s is answered as done when the answer to its COMMIT is lost', async (name, input, path, body) => {
  const person = await direct.createPerson();
  way.lose('the answer');
  expect((await gateway.mutate(name, input(), 'viewer { id }', person)).__typename).toMatch(/Payload$/);
  expect(await countOf(person.id)).toEqual({ keys: 1, rows: 1 });
  way.lose('the answer');
  expect((await gateway.rest('POST', `/account/${path}`, { token: person.token, body: body() })).status).toBe(200);
  expect(await countOf(person.id)).toEqual({ keys: 2, rows: 2 });
});

test.each(changes)('%s is refused with 503 when its COMMIT is lost, and nothing is done', async (name, input, path, body) => {
  const person = await direct.createPerson();
  way.lose('the message');
  const query = `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { __typename } }`;
  const answer = await gateway.graphql(query, { input: input() }, person);
  expect([answer.status, answer.errors?.[0]?.extensions['code']]).toEqual([503, 'UNAVAILABLE']);
  way.lose('the message');
  const refused = await gateway.rest('POST', `/account/${path}`, { token: person.token, body: body() });
  expect([refused.status, refused.headers.has('retry-after')]).toEqual([503, true]);
  way.lose('nothing');
  expect(await countOf(person.id)).toEqual({ keys: 0, rows: 0 });
});

test.each(changes)('%s is answered with OUTCOME_UNKNOWN when the database cannot be asked', async (name, input, path, body) => {
  const person = await direct.createPerson();
  way.lose('the answer, and all others');
  const query = `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { __typename } }`;
  const answer = await gateway.graphql(query, { input: input() }, person);
  expect([answer.status, answer.errors?.[0]?.extensions['code']]).toEqual([500, 'OUTCOME_UNKNOWN']);
  way.lose('the answer, and all others');
  const refused = await gateway.rest('POST', `/account/${path}`, { token: person.token, body: body() });
  expect([refused.status, refused.body.errors[0].code, refused.headers.has('retry-after')]).toEqual([500, 'OUTCOME_UNKNOWN', false]);
  way.lose('nothing');
});

test.each(changes)('%s is no refusal when the account cannot be read after its COMMIT', async (name, input) => {
  const person = await direct.createPerson();
  way.lose('all after the answer, once');
  const done = await gateway.mutate(name, input(), 'viewer { id }', person);
  expect(done.viewer.id).toEqual(expect.any(String));
  expect(await countOf(person.id)).toEqual({ keys: 1, rows: 1 });

  way.lose('all after the answer');
  const query = `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) {
    ... on ${name[0]?.toUpperCase()}${name.slice(1)}Payload { viewer { id } } } }`;
  const answer = await gateway.graphql(query, { input: input() }, person);
  expect([answer.status, answer.errors?.[0]?.extensions['code']]).toEqual([500, 'OUTCOME_UNKNOWN']);
  expect(await countOf(person.id)).toEqual({ keys: 2, rows: 2 });
  way.lose('nothing');
});

test.each([
  ['twoFactor { recoveryTokensRemaining }', 'recovery_tokens'],
  ['twoFactorSetup { uri }', 'two_factor_setups'],
  ['activity(first: 1) { edges { node { event } } }', 'account_id = ANY'],
  ['activity(first: 1) { edges { node { apiKey { identifier } } } }', 'deleted_api_keys'],
])('a change is no refusal when a field below the viewer cannot be read at first: %s', async (field, statement) => {
  const person = await direct.createPerson();
  way.loseStatement(statement);
  const done = await gateway.mutate('createApiKey', { description: 'lost' }, `viewer { ${field} }`, person);
  expect(way.isStatementLost()).toBe(true);
  expect([done.__typename, Object.keys(done.viewer)]).toEqual(['CreateApiKeyPayload', [field.split(/\W/)[0]]]);
  expect(await countOf(person.id)).toEqual({ keys: 1, rows: 1 });
});
