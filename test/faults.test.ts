import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { prepareFailures } from './failures.ts';
import { startGateway } from './harness.ts';
import { queryOn, runOn } from './postgresql.ts';
import { until } from './processes.ts';
import { createWatchedDatabase } from './watched-database.ts';

const database = await createWatchedDatabase();
const failWhere = await prepareFailures(database);
const gateway = await startGateway({ db: database.db });

/** The answers of both APIs to a change whose COMMIT fails. */
async function change(code: string) {
  const person = await gateway.createPerson();
  failWhere(({ sql }) => sql === 'COMMIT', code);
  const byRest = await gateway.rest('POST', '/account/api-keys', { ...person, body: { description: 'x' } });
  const byGraphql = await gateway.graphql('mutation { createApiKey(input: { description: "x" }) { __typename } }', {}, person);
  database.watching.watch = null;
  expect(await gateway.db.apiKey.count({ where: { accountId: person.id } })).toBe(1);
  return { byRest, byGraphql };
}

test('a connection that is lost between two statements of a change ends its request only', async () => {
  const person = await gateway.createPerson();
  const of =
    "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'account-gateway' AND pid <> pg_backend_pid()";
  database.watching.watch = async ({ sql }) => {
    if (sql !== 'COMMIT') return;
    database.watching.watch = null;
    await runOn(database.url, `SELECT pg_terminate_backend(pid) ${of} AND state = 'idle in transaction'`);
    await until(async () => (await queryOn(database.url, `SELECT 1 ${of} AND state = 'idle in transaction'`)).length === 0);
    // The event of the socket.
    await setImmediate();
  };
  const { status } = await gateway.rest('POST', '/account/api-keys', { ...person, body: { description: 'x' } });
  expect(status).toBe(503);
  expect(await gateway.db.apiKey.count({ where: { accountId: person.id } })).toBe(1);
});

describe('a change that fails', () => {
  test('is a masked fault in both APIs', async () => {
    const { byRest, byGraphql } = await change('P0001');
    expect([byRest.status, byGraphql.status, byGraphql.errors?.[0]?.extensions['code']]).toEqual([500, 500, 'INTERNAL']);
    expect(JSON.stringify([byRest.body, byGraphql.data, byGraphql.errors])).not.toMatch(/failed|P0001|prisma|activity|insert|at \w+ \(/i);
  });

  test.each(['40P01', '40001'])('with %s, again and again, is 503 in both APIs, with the seconds to wait', async (code) => {
    const { byRest, byGraphql } = await change(code);
    expect([byRest.status, byGraphql.status, byGraphql.errors?.[0]?.extensions['code']]).toEqual([503, 503, 'UNAVAILABLE']);
    for (const { headers } of [byRest, byGraphql]) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
