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

// A stolen key that was limited to an address made one that was not.
describe('a key that an API key creates', () => {
  const createLimited = async (allowedIps: string[]) => {
    const person = await gateway.createPerson();
    const { token } = await createByGraphql(person, { description: 'limited', allowedIps });
    return { ...person, token, peer: '192.0.2.7' };
  };

  test.each([[undefined], [null], [[]]])('without a list (%j) has the list of its creator, through both APIs', async (allowedIps) => {
    const limited = await createLimited(['192.0.2.0/255.255.255.0', '[2001:DB8::]/64']);
    const kept = ['192.0.2.0/255.255.255.0', '[2001:DB8::]/64'];
    expect((await createByRest(limited, { description: 'x', allowed_ips: allowedIps })).body.attributes.allowed_ips).toEqual(kept);
    const made = await createByGraphql(limited, { description: 'x', allowedIps });
    expect(made.apiKey.allowedIps).toEqual(kept);
    expect((await gateway.rest('GET', '/account', { ...made, peer: '198.51.100.9' })).status).toBe(403);
  });

  test.each([
    [['192.0.2.0/24'], ['192.0.2.0/24'], []],
    [['192.0.2.0/24'], ['192.0.2.7', '', '192.0.2.128/25', '192.0.2.10 - 192.0.2.20', '192.0.2.*', '192.0.2.0/255.255.255.0'], []],
    [['192.0.2.0/24'], ['192.0.2.0/23'], [0]],
    [['192.0.2.0/24'], ['192.0.2.7', '', '192.0.3.1', '192.0.2.7', '0.0.0.0/0'], [2, 4]],
    [['192.0.2.0/24'], ['192.0.2.250-192.0.3.1'], [0]],
    [['192.0.2.0/24'], ['192.0.1.250-192.0.2.1'], [0]],
    [['192.0.2.0/24'], ['192.0.0.0/255.255.0.0'], [0]],
    [['192.0.2.0/24'], ['::ffff:192.0.2.7', '[::ffff:c000:207]', '::ffff:192.0.2.0/120'], []],
    [['192.0.2.0/24'], ['::ffff:192.0.3.7', '::ffff:192.0.2.0/119', '::ffff:0:0/96'], [0, 1, 2]],
    [['::ffff:192.0.2.0/120'], ['192.0.2.0/24', '192.0.2.0/23'], [1]],
    // The same number as an IPv6 address is another address.
    [['192.0.2.0/24'], ['::c000:207', '::/0'], [0, 1]],
    // Ranges that touch or overlap are one set.
    [['192.0.2.128/25', '192.0.2.0-192.0.2.127'], ['192.0.2.0/24'], []],
    [['192.0.2.100-192.0.2.255', '192.0.2.0-192.0.2.200', '192.0.2.5'], ['192.0.2.0/24'], []],
    [
      ['192.0.2.0-192.0.2.126', '192.0.2.128/25'],
      ['192.0.2.0/24', '192.0.2.127'],
      [0, 1],
    ],
    [['2001:db8::/64', '192.0.2.7'], ['2001:DB8:0:0::1', '[2001:db8::]/65', '2001:db8::1-2001:db8::ffff'], []],
    [
      ['2001:db8::/64', '192.0.2.7'],
      ['2001:db8::/63', '2001:db8:0:1::1', '::/0', '192.0.2.6'],
      [0, 1, 2, 3],
    ],
    [['0.0.0.0/0', '192.0.2.7'], ['198.51.100.1', '255.255.255.255', '0.0.0.0'], []],
    [['::/0', '192.0.2.7'], ['2001:db8::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '0.0.0.0/0'], [2]],
  ])('by one limited to %j can have %j except the entries %j, through both APIs', async (allowed, wanted, wider) => {
    const limited = await createLimited(allowed);
    const rest = await createByRest(limited, { description: 'x', allowed_ips: wanted });
    const graph = await createByGraphql(limited, { description: 'x', allowedIps: wanted });
    const kept = wanted.filter((entry) => entry !== '');
    if (wider.length === 0) {
      expect([rest.body.attributes.allowed_ips, graph.apiKey.allowedIps]).toEqual([kept, kept]);
      return;
    }
    expect([rest.status, rest.body.errors]).toEqual([
      422,
      wider.map((index) => ({
        code: 'ValidationException',
        status: '422',
        detail: `The allowed_ips.${index} must be within the allowed ips of this API key.`,
        meta: { source_field: `allowed_ips.${index}`, rule: 'within' },
      })),
    ]);
    expect(graph).toMatchObject({
      code: 'INVALID_INPUT',
      issues: wider.map((index) => ({ field: `allowedIps.${index}`, rule: 'within' })),
    });
    expect(await countKeys(limited)).toBe(2);
  });

  test('has any list where its creator is allowed from any address, and where a session creates it', async () => {
    const person = await gateway.createPerson();
    const wide = ['0.0.0.0/0', '::/0'];
    expect((await createByGraphql(person, { description: 'x', allowedIps: wide })).apiKey.allowedIps).toEqual(wide);
    const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const { headers } = await gateway.graphql(signIn, { input: { login: person.username, password: person.password } });
    const browser = { headers: { cookie: headers.get('set-cookie')?.split(';')[0] ?? '' } };
    for (const allowedIps of [wide, []]) {
      const { apiKey } = await gateway.mutate('createApiKey', { description: 'x', allowedIps }, 'apiKey { allowedIps }', browser);
      expect(apiKey.allowedIps).toEqual(allowedIps);
    }
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
  test('is still named by the activity, through both APIs, and deleting it rewrites no row', async () => {
    const person = await gateway.createPerson();
    const input = { description: 'Backup', allowedIps: ['127.0.0.1', '192.0.2.0/24'] };
    const { token, apiKey } = await createByGraphql(person, input);
    await gateway.rest('POST', '/account/api-keys', { token, body: { description: 'child' } });
    const versions = () =>
      gateway.db
        .$queryRaw`SELECT id, xmin::text, api_key_id FROM activity WHERE api_key_identifier = ${apiKey.identifier} ORDER BY id LIMIT 1`;
    const query =
      '{ viewer { activity(first: 3) { edges { node { event apiKey { id identifier description allowedIps lastUsedAt createdAt } } } } } }';
    const keysOf = async () => {
      const { edges } = (await gateway.graphql(query, {}, person)).data.viewer.activity;
      return edges.map(({ node }: { node: { event: string; apiKey: object | null } }) => [node.event, node.apiKey]);
    };
    await gateway.settle();
    const [before, shown] = [await versions(), (await keysOf())[0][1]];
    expect(shown).toEqual({ ...apiKey, lastUsedAt: expect.any(String), createdAt: '2026-03-01T12:00:00.000Z' });
    expect((await gateway.rest('DELETE', `/account/api-keys/${apiKey.identifier}`, { token })).status).toBe(204);
    expect(await versions()).toEqual(before);
    expect(await keysOf()).toEqual([
      ['user:api-key.delete', shown],
      ['user:api-key.create', shown],
      ['user:api-key.create', expect.objectContaining({ identifier: person.identifier })],
    ]);
    const listed = await gateway.rest('GET', '/account/activity?sort=-timestamp&per_page=1', person);
    expect(listed.body.data[0].attributes).toMatchObject({ event: 'user:api-key.delete', is_api: true });
    expect((await gateway.graphql('query ($id: ID!) { node(id: $id) { id } }', { id: apiKey.id }, person)).data.node).toBeNull();
    expect((await gateway.rest('GET', '/account/api-keys', person)).body.data).toHaveLength(2);
    expect((await createByRest(person, { description: 'after' })).status).toBe(200);
  });

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

  test('can be imported again, and deleted again', async () => {
    const person = await gateway.createPerson();
    const { identifier } = (await createByGraphql(person)).apiKey;
    const remove = () => gateway.rest('DELETE', `/account/api-keys/${identifier}`, person);
    expect((await remove()).status).toBe(204);
    const row = { accountId: person.id, identifier, secretHash: Buffer.alloc(32), description: 'again', createdAt: gateway.clock.now() };
    await gateway.db.apiKey.create({ data: row });
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 404]);
    expect(await gateway.db.deletedApiKey.findMany({ where: { identifier } })).toMatchObject([{ description: 'again' }]);
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
