import { expect, test } from 'vitest';
import { prune } from '../src/account/activity/prune.ts';
import { startGateway } from './harness.ts';

const gateway = await startGateway({ ownDatabase: true });
const day = 86_400;

test('activity is deleted after 90 days, sessions after their end, and sign-ins that were not completed', async () => {
  const person = await gateway.createPerson();
  await gateway.enableTwoFactor(person);
  gateway.clock.advance(60);
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
  await gateway.graphql(query, { input: { login: person.username, password: person.password } });
  await gateway.mutate('disableTwoFactor', { password: person.password }, 'viewer { id }', person);
  await gateway.graphql(query, { input: { login: person.username, password: person.password } });
  expect(await prune(gateway.tools)).toEqual({ activity: 0, sessions: 0, challenges: 0 });
  gateway.clock.advance(89 * day);
  await gateway.mutate('createApiKey', { description: 'late' }, 'token', person);
  const { sessions } = await prune(gateway.tools);
  expect(sessions).toBe(1);
  gateway.clock.advance(2 * day);
  expect((await prune(gateway.tools)).activity).toBeGreaterThan(2);
  const { activity } = (await gateway.graphql('{ viewer { activity { edges { node { event } } } } }', {}, person)).data.viewer;
  expect(activity.edges.map(({ node }: { node: { event: string } }) => node.event)).toEqual(['user:api-key.create']);
  await gateway.graphql(query, { input: { login: person.username, password: person.password } });
  expect(await gateway.db.session.count({ where: { accountId: person.id } })).toBe(1);
});
