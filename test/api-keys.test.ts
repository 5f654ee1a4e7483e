import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Person, startGateway, type TestGateway } from './harness.ts';

const gateway = await startGateway();

const createByRest = (person: Person, body: object = { description: 'by REST' }, at: TestGateway = gateway) =>
  at.rest('POST', '/account/api-keys', { ...person, body });
const createByGraphql = (person: Person, input: Record<string, unknown> = { description: 'by GraphQL' }, at: TestGateway = gateway) =>
  at.mutate('createApiKey', input, 'token apiKey { id identifier description allowedIps lastUsedAt }', person);
const countKeys = (person: Person, at: TestGateway = gateway) => at.db.apiKey.count({ where: { accountId: person.id } });

/** Creates many keys at once, through both APIs in turn, and counts the outcomes. */
async function race(at: TestGateway, person: Person, requests: number) {
  const asks = Array.from({ length: requests }, async (_, index) => {
    if (index % 2 === 0) {
      const { status, body } = await createByRest(person, undefined, at);
      return status === 200 ? 'created' : `${status} ${body.errors[0].detail}`;
    }
    const { __typename } = await createByGraphql(person, undefined, at);
    return __typename === 'CreateApiKeyPayload' ? 'created' : __typename;
  });
  const outcomes = await Promise.all(asks);
  const refused = new Set(outcomes.filter((outcome) => outcome !== 'created'));
  return { created: outcomes.filter((outcome) => outcome === 'created').length, refused: [...refused].sort() };
}

const refusedByLimit = ['400 You have reached the account limit for number of API keys.', 'ApiKeyLimitReached'];

describe('a new key', () => {
  test('has an identifier of ptlc_ with 11 letters and digits and a secret of 32, through both APIs', async () => {
    const person = await gateway.createPerson();
    const rest = (await createByRest(person)).body;
    expect(rest.attributes.identifier).toMatch(/^ptlc_[A-Za-z0-9]{11}$/);
    expect(rest.meta).toEqual({ secret_token: expect.stringMatching(/^[A-Za-z0-9]{32}$/) });
    const graph = await createByGraphql(person);
    expect(graph.token).toMatch(/^ptlc_[A-Za-z0-9]{43}$/);
    expect(graph.token.slice(0, 16)).toBe(graph.apiKey.identifier);
  });

  test('shows its secret once, and is stored as a SHA-256 of it', async () => {
    const person = await gateway.createPerson();
    const { token, apiKey } = await createByGraphql(person);
    const secret = token.slice(16);
    const row = await gateway.db.apiKey.findUniqueOrThrow({ where: { identifier: apiKey.identifier } });
    expect(Buffer.from(row.secretHash)).toEqual(createHash('sha256').update(secret).digest());
    expect(JSON.stringify(row)).not.toContain(secret);
    const query =
      '{ viewer { apiKeys { id identifier description allowedIps } activity { edges { node { properties apiKey { identifier } } } } } }';
    const shown = [await gateway.rest('GET', '/account/api-keys', person), await gateway.graphql(query, {}, person)];
    for (const answer of shown) {
      expect(JSON.stringify(answer)).toContain(apiKey.identifier);
      expect(JSON.stringify(answer)).not.toContain(secret);
    }
  });

  test('has a description of 1 to 500 code points, trimmed', async () => {
    const person = await gateway.createPerson();
    expect((await createByGraphql(person, { description: '🔑'.repeat(500) })).apiKey.description).toBe('🔑'.repeat(500));
    expect((await createByRest(person, { description: `  ${'ß'.repeat(500)}\n` })).body.attributes.description).toBe('ß'.repeat(500));
    for (const [description, rule] of [
      ['x'.repeat(501), 'max'],
      ['🔑'.repeat(501), 'max'],
      ['', 'required'],
      ['  \u2003\n', 'required'],
    ] as const) {
      const byRest = await createByRest(person, { description });
      expect([byRest.status, byRest.body.errors[0].meta]).toEqual([422, { source_field: 'description', rule }]);
      expect(await createByGraphql(person, { description })).toMatchObject({ issues: [{ field: 'description', rule }] });
    }
    expect(await countKeys(person)).toBe(3);
  });
});

describe('the limit on keys', () => {
  test('is 25 per account, also for 60 requests at once through both APIs', async () => {
    const person = await gateway.createPerson();
    expect(await race(gateway, person, 60)).toEqual({ created: 24, refused: refusedByLimit });
    expect(await countKeys(person)).toBe(25);
    expect(await gateway.db.activity.count({ where: { accountId: person.id, event: 'user:api-key.create' } })).toBe(25);
    await gateway.mutate('deleteApiKey', { identifier: (await lastKey(person)).identifier }, 'deletedApiKeyId', person);
    expect(await race(gateway, person, 2)).toMatchObject({ created: 1 });
  });

  test('is checked after the input: an invalid 26th key is refused as invalid', async () => {
    const small = await startGateway({ env: { LIMIT_API_KEYS: '1' } });
    const person = await small.createPerson();
    expect((await createByRest(person, { description: '' }, small)).status).toBe(422);
    expect((await createByRest(person, undefined, small)).status).toBe(400);
  });

  test('is LIMIT_API_KEYS, and off when it is 0', async () => {
    const small = await startGateway({ env: { LIMIT_API_KEYS: '3' } });
    const person = await small.createPerson();
    expect(await race(small, person, 6)).toEqual({ created: 2, refused: refusedByLimit });
    const open = await startGateway({ env: { LIMIT_API_KEYS: '0' } });
    expect(await race(open, await open.createPerson(), 30)).toEqual({ created: 30, refused: [] });
  });
});

describe('a deleted key', () => {
  test('is refused from the next request on, and can be the key of the request', async () => {
    const person = await gateway.createPerson();
    const { token, apiKey } = await createByGraphql(person);
    expect((await gateway.rest('DELETE', `/account/api-keys/${apiKey.identifier}`, { token })).status).toBe(204);
    expect((await gateway.rest('GET', '/account', { token })).status).toBe(401);
    const other = await createByGraphql(person);
    const input = { identifier: other.apiKey.identifier };
    const deleted = await gateway.graphql(
      'mutation ($input: DeleteApiKeyInput!) { deleteApiKey(input: $input) { ... on DeleteApiKeyPayload { deletedApiKeyId } } }',
      { input },
      other,
    );
    expect(deleted.data.deleteApiKey.deletedApiKeyId).toBe(other.apiKey.id);
    expect((await gateway.graphql('{ viewer { id } }', {}, other)).status).toBe(401);
  });

  // Two requests that deleted their own key waited for each other's activity row, and one answered 500.
  test('is deleted once when ten requests with it delete it at once, and none gets a fault', async () => {
    const person = await gateway.createPerson();
    const { token, apiKey } = await createByGraphql(person);
    const path = `/account/api-keys/${apiKey.identifier}`;
    const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await gateway.rest('DELETE', path, { token })).status));
    expect(statuses.filter((status) => status === 204)).toHaveLength(1);
    for (const status of statuses.filter((status) => status !== 204)) expect([401, 404]).toContain(status);
  });

  test('changes nothing in requests that were already received, and none gets a fault', async () => {
    const person = await gateway.createPerson();
    const { token, apiKey } = await createByGraphql(person);
    const writes = Array.from({ length: 12 }, (_, index) =>
      index === 4
        ? gateway.rest('DELETE', `/account/api-keys/${apiKey.identifier}`, person)
        : gateway.rest('POST', '/account/api-keys', { token, body: { description: 'on its way' } }),
    );
    const statuses = (await Promise.all(writes)).map(({ status }) => status);
    expect(statuses.filter((status) => ![200, 204, 401].includes(status))).toEqual([]);
    expect(await countKeys(person)).toBe(1 + statuses.filter((status) => status === 200).length);
  });

  test('of another account gets the same answer as an unknown key, and stays', async () => {
    const [owner, other] = [await gateway.createPerson(), await gateway.createPerson()];
    const byRest = await Promise.all(
      [owner.identifier, 'ptlc_00000000000'].map((identifier) => gateway.rest('DELETE', `/account/api-keys/${identifier}`, other)),
    );
    expect(byRest.map(({ status }) => status)).toEqual([404, 404]);
    expect(byRest[0]?.text).toBe(byRest[1]?.text);
    const byGraphql = await Promise.all(
      [owner.identifier, 'ptlc_00000000000', 'ptlc', '', '\0', owner.identifier.toUpperCase()].map((identifier) =>
        gateway.mutate('deleteApiKey', { identifier }, 'deletedApiKeyId', other),
      ),
    );
    for (const answer of byGraphql) expect(answer).toEqual(byGraphql[0]);
    expect(byGraphql[0]).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' });
    expect((await gateway.rest('GET', '/account', owner)).status).toBe(200);
    expect(await gateway.db.activity.count({ where: { accountId: other.id, event: 'user:api-key.delete' } })).toBe(0);
  });
});

function lastKey(person: Person) {
  return gateway.db.apiKey.findFirstOrThrow({ where: { accountId: person.id }, orderBy: { id: 'desc' } });
}
