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
