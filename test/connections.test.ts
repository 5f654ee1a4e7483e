import { expect, test } from 'vitest';
import { type Person, startGateway } from './harness.ts';
import { takeWarnings } from './warnings.ts';

const gateway = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '0' } });
const everything = (first: number) =>
  `{ viewer { apiKeys { id } sshKeys { id } sessions { id } twoFactor { enabled } activity(first: ${first}) { edges { node { id } } } } }`;
const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';

// pg warns when a connection is given a second statement while it runs one, and version 9 refuses it. Prisma joined equal
// queries of one tick into one transaction, and read their relations in it at the same time.
test('a connection runs one statement at a time, under equal reads, sign-ins and changes at once', async () => {
  const people = await Promise.all(Array.from({ length: 4 }, () => gateway.createPerson()));
  for (let round = 0; round < 2; round += 1) {
    const answers = await Promise.all(
      people.flatMap((person, n) => {
        const input = { login: person.username, password: person.password };
        const email = `round-${round}.${person.email}`;
        return [
          gateway.graphql(everything(n + 1), {}, person),
          gateway.graphql(everything(n + 5), {}, person),
          gateway.graphql(signIn, { input }),
          gateway.mutate('updateEmail', { email, password: person.password }, 'viewer { apiKeys { id } sessions { id } }', person),
          gateway.rest('POST', '/account/api-keys', { ...person, body: { description: 'mix' } }),
          gateway.rest('GET', '/account/activity', person),
        ];
      }),
    );
    for (const answer of answers) expect(answer.errors).toBeUndefined();
  }
  expect(takeWarnings()).toEqual([]);
});

/** Runs work while another connection holds what a statement locks. */
async function whileLocked(statement: string, work: () => Promise<void>): Promise<void> {
  const { promise: unlocked, resolve: unlock } = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const locking = gateway.db.$transaction(async (transaction) => {
    await transaction.$executeRawUnsafe(statement);
    held.resolve();
    await unlocked;
  });
  await held.promise;
  await work().finally(unlock);
  await locking;
}

const rename = (person: Person) => gateway.rest('PUT', '/account/profile', { ...person, body: { first_name: 'Ada' } });
const statusesOf = async (answers: readonly Promise<{ status: number }>[]) => (await Promise.all(answers)).map(({ status }) => status);
const thirtyTimes = <Thing>(...things: Thing[]) => Array.from({ length: 30 }, () => things).flat();

// Sixty changes with one key were within every limit, and held each connection until another account's requests got 503.
test('changes that wait for the lock of one account leave the connections to others', async () => {
  const [busy, other] = [await gateway.createPerson(), await gateway.createPerson()];
  let changes: Promise<{ status: number }>[] = [];
  await whileLocked(`SELECT FROM accounts WHERE id = ${busy.id} FOR UPDATE`, async () => {
    const remove = () => gateway.rest('DELETE', '/account/api-keys/ptlc_none0000000', busy);
    changes = thirtyTimes(rename, remove).map((change) => change(busy));
    for (let round = 0; round < 5; round += 1) {
      expect(await statusesOf([gateway.rest('GET', '/account', other), rename(other)])).toEqual([200, 204]);
    }
  });
  expect(await statusesOf(changes)).toEqual(thirtyTimes(204, 404));
});

// The list is counted. With a million rows, which a key can make in a day, that takes as long as other requests wait.
test('lists of the activity of one account leave the connections to others', async () => {
  const [busy, other] = [await gateway.createPerson(), await gateway.createPerson()];
  let lists: Promise<{ status: number }>[] = [];
  await whileLocked('LOCK TABLE activity IN ACCESS EXCLUSIVE MODE', async () => {
    lists = thirtyTimes(() => gateway.rest('GET', '/account/activity', busy)).map((list) => list());
    for (let round = 0; round < 5; round += 1) expect((await gateway.rest('GET', '/account', other)).status).toBe(200);
  });
  expect(await statusesOf(lists)).toEqual(thirtyTimes(200));
});
