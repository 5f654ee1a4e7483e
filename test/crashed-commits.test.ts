import { once } from 'node:events';
import { connect as connectTo, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { connect } from '../src/db/database.ts';
import { applyMigrations } from '../src/db/migrate.ts';
import { afterwards } from './afterwards.ts';
import { createPostgresql, query } from './faults/postgresql.ts';
import { remember, startGateway } from './harness.ts';
import { makeSshLine } from './ssh-line.ts';

// What is not committed is on no disk when the server is killed, so that it gives the ids of those transactions to others.
const postgresql = await createPostgresql(['wal_writer_delay=10s', 'autovacuum=off']);
afterwards(() => postgresql.remove());
await postgresql.start();
await query(postgresql.url('postgres'), 'CREATE DATABASE gateway');
const url = postgresql.url('gateway');
await applyMigrations(url);

/** A way to the server that holds a COMMIT, and lets no connection pass until it is open again: then the one of the COMMIT is lost. */
async function createWay() {
  let hold: (() => void) | null = null;
  let held: Socket | null = null;
  const listener = createServer((near: Socket) => {
    if (held) return near.destroy();
    const far = connectTo(postgresql.socket);
    near.on('data', (bytes) => {
      if (!hold || !bytes.includes('COMMIT')) return far.write(bytes);
      held = near;
      hold();
      hold = null;
    });
    far.on('data', (bytes) => near.write(bytes));
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => undefined).on('close', () => near !== held && near.destroy());
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  afterwards(() => listener.close());
  return {
    url: `postgresql://postgres@127.0.0.1:${Object(listener.address()).port}/gateway`,
    open: () => {
      const lost = held;
      held = null;
      lost?.destroy();
    },
    /** Resolves when a COMMIT is held. */
    held: () =>
      new Promise<void>((resolve) => {
        hold = resolve;
      }),
  };
}

const way = await createWay();
const connections = connect(way.url, () => undefined);
afterwards(() => connections.db.$disconnect());
const gateway = await startGateway({ db: remember(connections) });

const nextId = async () => BigInt(String((await query(url, 'SELECT pg_snapshot_xmax(pg_current_snapshot()) AS id'))[0]?.['id']));

/** Changes by statements of the program, and by Prisma. */
const changes = [
  ['createApiKey', () => ({ description: 'lost' })],
  ['addSshKey', () => ({ name: 'lost', publicKey: makeSshLine() })],
] as const;

/** Sends a change, kills the server at its COMMIT, and starts it again. @param meanwhile runs before the gateway reaches the server. */
async function changeInCrash(name: string, input: object, meanwhile: (id: bigint) => Promise<void>) {
  const person = await gateway.createPerson();
  const before = await nextId();
  const held = way.held();
  const field = `${name}(input: $input) { __typename }`;
  const answered = gateway.graphql(`mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${field} }`, { input }, person);
  await held;
  await postgresql.stop('SIGQUIT');
  await postgresql.start();
  await meanwhile(before);
  way.open();
  const { status, errors } = await answered;
  const count = 'SELECT (SELECT count(*) FROM api_keys WHERE account_id = a.id) + (SELECT count(*) FROM ssh_keys WHERE account_id = a.id)';
  const [stored] = await query(url, `SELECT (${count}) AS keys FROM accounts AS a WHERE id = ${person.id}`);
  return { answer: [status, errors?.[0]?.extensions['code']], stored };
}

test.each(changes)('%s is refused when the server lost it in a crash, and gave its id to another transaction', async (name, input) => {
  // A last use that is written meanwhile keeps the ids before its own.
  for (let isGivenAgain = false; !isGivenAgain; ) {
    const { answer, stored } = await changeInCrash(name, input(), async (before) => {
      isGivenAgain = (await nextId()) === before;
      await query(url, ...Array.from({ length: 20 }, () => 'SELECT pg_current_xact_id()'));
    });
    expect(answer).toEqual([503, 'UNAVAILABLE']);
    expect(stored).toEqual({ keys: '1' });
  }
});

test.each(changes)('%s is refused when the server lost it in a crash, and has not given its id again', async (name, input) => {
  const { answer, stored } = await changeInCrash(name, input(), async () => undefined);
  expect(answer).toEqual([503, 'UNAVAILABLE']);
  expect(stored).toEqual({ keys: '1' });
});
