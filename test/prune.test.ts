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

test('of more rows than one statement deletes, all are deleted, and none that is not old or over', async () => {
  const { id } = await gateway.createPerson();
  const now = gateway.clock.now().toISOString();
  const count = 25_000;
  await gateway.db.$executeRaw`INSERT INTO activity (account_id, event, occurred_at)
    SELECT ${id}, 'x', ${now}::timestamptz - interval '90 days' - n * interval '1 second' FROM generate_series(-9, ${count}) n`;
  await gateway.db.$executeRaw`INSERT INTO sessions (account_id, token_hash, created_at, last_seen_at, expires_at)
    SELECT ${id}, sha256(('prune ' || n)::bytea), ${now}::timestamptz, ${now}::timestamptz - n % 2 * interval '13 hours', ${now}::timestamptz + interval '1 day'
    FROM generate_series(1, ${count}) n`;
  await gateway.db.$executeRaw`INSERT INTO sign_in_challenges (account_id, token_hash, expires_at)
    SELECT ${id}, sha256(('prune ' || n)::bytea), ${now}::timestamptz - n * interval '1 second' FROM generate_series(-9, ${count}) n`;
  const statements: string[] = [];
  (gateway.db as unknown as { $on(event: 'query', listener: (event: { query: string }) => void): void }).$on('query', ({ query }) =>
    statements.push(query),
  );
  const [challenges, activity] = [count + 1, count];
  expect(await prune(gateway.tools)).toEqual({ activity, sessions: count / 2, challenges });
  expect(statements.filter((query) => /DELETE FROM activity/.test(query))).toHaveLength(3);
  expect(statements.filter((query) => /DELETE/.test(query) && !/LIMIT/.test(query))).toEqual([]);
  const where = { accountId: id };
  expect(await gateway.db.activity.count({ where: { ...where, event: 'x' } })).toBe(10);
  expect(await gateway.db.session.count({ where })).toBe(count / 2);
  expect(await gateway.db.signInChallenge.count({ where })).toBe(9);
});

// The last requests of sessions are noted in memory and written once a second: a session was signed out right after one.
test('a session whose last request is not written yet is kept', async () => {
  const { id: accountId } = await gateway.createPerson();
  const { db, clock, tools } = gateway;
  const times = { createdAt: clock.now(), lastSeenAt: clock.now(), expiresAt: new Date(clock.now().getTime() + 30 * day * 1000) };
  const session = await db.session.create({ data: { accountId, tokenHash: new Uint8Array(32), ...times } });
  clock.advance(tools.sessionLifetime.idleSeconds - 1);
  tools.sessionUses.note(session.id, clock.now());
  clock.advance(2);
  await prune(tools);
  expect(await db.session.count({ where: { id: session.id } })).toBe(1);
  clock.advance(tools.sessionLifetime.idleSeconds + 60);
  await tools.sessionUses.flush();
  await prune(tools);
  expect(await db.session.count({ where: { id: session.id } })).toBe(0);
});

test('two instances that prune at once delete each row once', async () => {
  const { id } = await gateway.createPerson();
  const occurredAt = new Date(gateway.clock.now().getTime() - 91 * day * 1000);
  await gateway.db.activity.createMany({ data: Array.from({ length: 3_000 }, () => ({ accountId: id, event: 'y', occurredAt })) });
  const pruned = await Promise.all([prune(gateway.tools), prune(gateway.tools)]);
  expect(pruned.map(({ activity }) => activity).reduce((sum, count) => sum + count)).toBe(3_000);
});
