import { describe, expect, test } from 'vitest';
import { prepareFailures } from './failures.ts';
import { startGateway } from './harness.ts';
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
