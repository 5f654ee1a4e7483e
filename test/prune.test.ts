import { expect, test } from 'vitest';
import { prune } from '../src/account/activity/prune.ts';
import { startGateway } from './harness.ts';

const gateway = await startGateway({ ownDatabase: true });
const day = 86_400;

test('activity and what it shows of deleted keys are deleted after 90 days, sessions after their end, and sign-ins that were not completed', async () => {
  const person = await gateway.createPerson();
  await gateway.enableTwoFactor(person);
  gateway.clock.advance(60);
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
  await gateway.graphql(query, { input: { login: person.username, password: person.password } });
  await gateway.mutate('disableTwoFactor', { password: person.password }, 'viewer { id }', person);
  await gateway.graphql(query, { input: { login: person.username, password: person.password } });
  const { apiKey } = await gateway.mutate('createApiKey', { description: 'x' }, 'apiKey { identifier }', person);
  await gateway.mutate('deleteApiKey', { identifier: apiKey.identifier }, 'deletedApiKeyId', person);
  expect(await prune(gateway.tools)).toEqual({ activity: 0, sessions: 0, challenges: 0 });
  gateway.clock.advance(89 * day);
  await gateway.mutate('createApiKey', { description: 'late' }, 'token', person);
  const { sessions } = await prune(gateway.tools);
  expect(sessions).toBe(1);
  expect(await gateway.db.deletedApiKey.count()).toBe(1);
  gateway.clock.advance(2 * day);
  expect((await prune(gateway.tools)).activity).toBeGreaterThan(2);
  expect(await gateway.db.deletedApiKey.count()).toBe(0);
  const { activity } = (await gateway.graphql('{ viewer { activity { edges { node { event } } } } }', {}, person)).data.viewer;
  expect(activity.edges.map(({ node }: { node: { event: string } }) => node.event)).toEqual(['user:api-key.create']);
  await gateway.graphql(query, { input: { login: person.username, password: person.password } });
  expect(await gateway.db.session.count({ where: { accountId: person.id } })).toBe(1);
});
