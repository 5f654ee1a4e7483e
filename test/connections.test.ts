import { expect, test } from 'vitest';
import { startGateway } from './harness.ts';
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

// Sixty changes with one key were within every limit, and held each connection until another account's requests got 503.
test('changes that wait for the lock of one account leave the connections to others', async () => {
  const [busy, other] = [await gateway.createPerson(), await gateway.createPerson()];
  const { promise: unlocked, resolve: unlock } = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const locking = gateway.db.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT FROM accounts WHERE id = ${busy.id} FOR UPDATE`;
    held.resolve();
    await unlocked;
  });
  await held.promise;
  const rename = (person: typeof busy) => gateway.rest('PUT', '/account/profile', { ...person, body: { first_name: 'Ada' } });
  const changes = Array.from({ length: 30 }, () => [rename(busy), gateway.rest('DELETE', '/account/api-keys/ptlc_none0000000', busy)]);
  for (let round = 0; round < 5; round += 1) {
    expect((await gateway.rest('GET', '/account', other)).status).toBe(200);
    expect((await rename(other)).status).toBe(204);
  }
  unlock();
  await locking;
  const statuses = (await Promise.all(changes.flat())).map(({ status }) => status);
  expect(statuses).toEqual(Array.from({ length: 30 }, () => [204, 404]).flat());
});
