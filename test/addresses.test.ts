import { describe, expect, test } from 'vitest';
import { type Person, startGateway, type TestGateway } from './harness.ts';
import { createWatchedDatabase } from './watched-database.ts';

const gateway = await startGateway();

const createByRest = (person: Person, allowedIps: unknown) =>
  gateway.rest('POST', '/account/api-keys', { ...person, body: { description: 'x', allowed_ips: allowedIps } });
const createByGraphql = (person: Person, allowedIps: unknown) =>
  gateway.graphql(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { __typename ... on CreateApiKeyPayload { apiKey { allowedIps } } ... on InvalidInput { issues { field rule } } } }',
    { input: { description: 'x', allowedIps } },
    person,
  );

/** A token that may be used from these addresses only. */
async function restrictedTo(person: Person, allowedIps: string[], at: TestGateway = gateway): Promise<string> {
  return (await at.mutate('createApiKey', { description: 'restricted', allowedIps }, 'token', person)).token;
}

/** The statuses of both APIs for a request from an address. */
async function statusesFrom(
  token: string,
  peer: string,
  headers: Record<string, string> = {},
  at: TestGateway = gateway,
): Promise<number[]> {
  const rest = await at.rest('GET', '/account', { token, peer, headers });
  const graph = await at.graphql('{ viewer { id } }', {}, { token, peer, headers });
  return [rest.status, graph.status];
}

describe('allowed addresses', () => {
  test.each([
    '127.0.0.1',
    '192.0.2.7/32',
    '192.168.10.10/28',
    '10.1.2.3/8',
    '10.0.0.0/08',
    '1.2.3.4/0',
    '::1',
    '2001:DB8:0:0:0:0:0:1',
    '2001:db8::1/32',
    '::/0',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.1.2.3/104',
    '[2001:DB8::1]',
    '[2001:db8::]/64',
    '[::ffff:192.0.2.7]',
    '192.0.2.0/255.255.255.0',
    '192.0.2.0 255.255.255.0',
    '192.0.2.0   255.255.255.0',
    '192.0.2.*',
    '192.0.2.1-192.0.2.9',
    '192.0.2.1 \t-  192.0.2.9',
    '[2001:db8::1] - [2001:db8::9]',
  ])('%j is kept as it is spelled, without the blanks around it, through both APIs', async (entry) => {
    const person = await gateway.createPerson();
    for (const given of [entry, `  ${entry}\t`]) {
      expect((await createByRest(person, [given])).body.attributes.allowed_ips).toEqual([entry]);
      expect((await createByGraphql(person, [given])).data.createApiKey.apiKey.allowedIps).toEqual([entry]);
    }
    const listed = await gateway.rest('GET', '/account/api-keys', person);
    expect(listed.body.data.slice(1).map((key: { attributes: object }) => key.attributes)).toEqual(
      Array(4).fill(expect.objectContaining({ allowed_ips: [entry] })),
    );
  });

  test('that are empty are left out beside others, through both APIs', async () => {
    const person = await gateway.createPerson();
    const entries = ['', '192.0.2.7', '  ', '\t', '2001:DB8::/32', ''];
    const kept = ['192.0.2.7', '2001:DB8::/32'];
    expect((await createByRest(person, entries)).body.attributes.allowed_ips).toEqual(kept);
    expect((await createByGraphql(person, entries)).data.createApiKey.apiKey.allowedIps).toEqual(kept);
    const rest = await createByRest(person, ['', 'hodor']);
    expect(rest.body.errors).toMatchObject([{ meta: { source_field: 'allowed_ips.1' } }]);
    expect((await createByGraphql(person, ['', 'hodor'])).data.createApiKey.issues).toEqual([{ field: 'allowedIps.1', rule: 'address' }]);
  });

  // A template whose variable was empty made a key that was allowed from any address.
  test.each([[['']], [['', '  ']], [['\t', '\u00a0', '']]])(
    'that are all empty, as in %j, are refused through both APIs',
    async (entries) => {
      const person = await gateway.createPerson();
      const rest = await createByRest(person, entries);
      expect([rest.status, rest.body.errors.map(({ meta }: { meta: object }) => meta)]).toEqual([
        422,
        entries.map((_, index) => ({ source_field: `allowed_ips.${index}`, rule: 'required' })),
      ]);
      expect((await createByGraphql(person, entries)).data.createApiKey).toEqual({
        __typename: 'InvalidInput',
        issues: entries.map((_, index) => ({ field: `allowedIps.${index}`, rule: 'required' })),
      });
      expect(await gateway.db.apiKey.count({ where: { accountId: person.id } })).toBe(1);
    },
  );

  test.each([
    'hodor',
    'hodor/24',
    '127.0.0.1/33',
    '::1/129',
    '127.0.0.1/-1',
    '127.0.0.1/',
    '127.0.0.1/8/8',
    '/8',
    '127.0.0.1/1e1',
    '127.0.0.1/0x8',
    '010.0.0.1',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '0x7f000001',
    '2130706433',
    '127.1',
    '127.0.0.1:80',
    '[::1',
    '::1]',
    '[[::1]]',
    '[127.0.0.1]',
    '[::1/64]',
    '[::1]:80',
    '[fe80::1%eth0]',
    'fe80::1%eth0',
    'fe80::1%25eth0',
    '::ffff:10.0.0.0/95',
    '1.2.3.4.5',
    '256.0.0.1',
    ':::1',
    '2001:db8',
    'localhost',
    '10.0.0.0/8, 10.0.0.1',
    '10.0.0.0 /8',
    '10.0.0.0/255.0.255.0',
    '10.0.0.0/255.0.0.0/8',
    '2001:db8::/ffff:ffff::',
    '1.1.1.1-',
    '-1.1.1.1',
    '1.1.1.1--1.1.1.9',
    `1.1.1.1${' '.repeat(200)}-1.1.1.9`,
    '127.0.0.1\0',
    '１２７.0.0.1',
    '127.0.0.1\ud800',
    '*.*',
    '9.9.9.9-1.1.1.1',
    '1.1.1.1-::1',
    '10.0.0.0 255.0.255.0',
  ])('%j is refused by name, through both APIs', async (entry) => {
    const person = await gateway.createPerson();
    const rest = await createByRest(person, ['127.0.0.1', entry]);
    expect(rest.status).toBe(422);
    expect(rest.body.errors[0].meta.source_field).toBe('allowed_ips.1');
    expect((await createByGraphql(person, ['127.0.0.1', entry])).data.createApiKey).toMatchObject({
      __typename: 'InvalidInput',
      issues: [{ field: 'allowedIps.1' }],
    });
    expect(await gateway.db.apiKey.count({ where: { accountId: person.id } })).toBe(1);
  });

  test('are at most 50', async () => {
    const person = await gateway.createPerson();
    const fifty = Array.from({ length: 50 }, (_, index) => `192.0.2.${index}`);
    expect((await createByRest(person, fifty)).body.attributes.allowed_ips).toEqual(fifty);
    expect((await createByRest(person, [...fifty, '192.0.2.99'])).body.errors[0]).toEqual({
      code: 'ValidationException',
      status: '422',
      detail: 'The allowed ips may not have more than 50 items.',
      meta: { source_field: 'allowed_ips', rule: 'max' },
    });
    const graph = await createByGraphql(person, [...fifty, '192.0.2.99']);
    expect(graph.data.createApiKey.issues).toMatchObject([{ field: 'allowedIps', rule: expect.any(String) }]);
  });

  test('are a list of strings and nothing else; an empty one is no restriction', async () => {
    const person = await gateway.createPerson();
    for (const wrong of [[['127.0.0.1']], [{ a: '127.0.0.1' }], [1], [true], [null]]) {
      expect((await createByRest(person, wrong)).status).toBe(422);
    }
    for (const wrong of ['127.0.0.1', 7, true]) expect((await createByRest(person, wrong)).status).toBe(422);
    for (const wrong of [[['127.0.0.1']], [{ a: '127.0.0.1' }], [1], [true], [null], { a: '127.0.0.1' }]) {
      expect((await createByGraphql(person, wrong)).errors?.[0]?.extensions['code']).toBe('BAD_REQUEST');
    }
    for (const none of [null, undefined, []]) {
      expect((await createByRest(person, none)).body.attributes.allowed_ips).toEqual([]);
      expect((await createByGraphql(person, none)).data.createApiKey.apiKey.allowedIps).toEqual([]);
    }
  });
});

describe('a key that is restricted', () => {
  test.each([
    ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255', '::ffff:10.1.2.3'], ['9.255.255.255', '11.0.0.0', '::1', '::a00:1']],
    ['192.168.10.10/28', ['192.168.10.0', '192.168.10.15'], ['192.168.9.255', '192.168.10.16']],
    ['192.0.2.7/31', ['192.0.2.6', '192.0.2.7'], ['192.0.2.5', '192.0.2.8']],
    ['127.0.0.1', ['127.0.0.1', '::ffff:127.0.0.1', '::ffff:7f00:1'], ['127.0.0.2', '::1', '::7f00:1']],
    ['::ffff:127.0.0.1', ['127.0.0.1', '::ffff:127.0.0.1'], ['127.0.0.2']],
    ['0.0.0.0/0', ['127.0.0.1', '::ffff:1.2.3.4'], ['::1', '2001:db8::1']],
    ['::/0', ['::1', '2001:db8::1'], ['127.0.0.1', '::ffff:127.0.0.1']],
    // Compared as bytes, the first two of any IPv6 address in 2000::/8 are those of 32.0.0.0/8.
    ['32.0.0.0/8', ['32.1.1.1'], ['2001:db8::1', '2000::1']],
    ['2001:db8::/32', ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'], ['2001:db7:ffff::', '2001:db9::', '32.1.13.184']],
    ['fe80::/10', ['fe80::1%eth0'], ['fec0::1']],
    ['[2001:db8::]/64', ['2001:db8::1'], ['2001:db8:0:1::']],
    ['192.0.2.7/255.255.255.0', ['192.0.2.0', '192.0.2.255'], ['192.0.1.255', '192.0.3.0']],
    ['192.0.2.3 - 192.0.2.5', ['192.0.2.3', '192.0.2.5'], ['192.0.2.2', '192.0.2.6']],
  ])('to %s is accepted from %j and not from %j, through both APIs', async (range, inside, outside) => {
    const token = await restrictedTo(await gateway.createPerson(), [range]);
    for (const peer of inside) expect(await statusesFrom(token, peer), peer).toEqual([200, 200]);
    for (const peer of [...outside, '', 'unknown']) expect(await statusesFrom(token, peer), peer).toEqual([403, 403]);
  });

  test('used from elsewhere is answered with the address, leaves a row, and does not count as used', async () => {
    const person = await gateway.createPerson();
    const token = await restrictedTo(person, ['192.0.2.0/24', '2001:db8::/32']);
    const rest = await gateway.rest('GET', '/account', { token, peer: '198.51.100.9' });
    expect([rest.status, rest.body]).toEqual([
      403,
      {
        errors: [
          {
            code: 'AccessDeniedHttpException',
            status: '403',
            detail: 'This IP address (198.51.100.9) does not have permission to access the API using these credentials.',
          },
        ],
      },
    ]);
    const graph = await gateway.graphql('{ viewer { id } }', {}, { token, peer: '198.51.100.9' });
    expect([graph.status, graph.errors?.[0]?.extensions['code'], graph.data?.viewer]).toEqual([403, 'FORBIDDEN', undefined]);
    const identifier = token.slice(0, 16);
    const rows = await gateway.db.activity.findMany({ where: { accountId: person.id, event: 'auth:ip-blocked' } });
    expect(rows).toMatchObject([{ ip: '198.51.100.9', apiKeyIdentifier: identifier, properties: { identifier } }]);
    await gateway.tools.keyUses.flush();
    expect((await gateway.db.apiKey.findUniqueOrThrow({ where: { identifier } })).lastUsedAt).toBeNull();
  });

  const blockedRows = async ({ id }: Person) => {
    const where = { accountId: id, event: 'auth:ip-blocked' };
    return (await gateway.db.activity.findMany({ where, orderBy: { id: 'asc' } })).map(({ ip, properties }) => [ip, properties]);
  };

  // Each request wrote a row, without end.
  test('leaves one row in a minute for each address, which has the number of uses that have none', async () => {
    const person = await gateway.createPerson();
    const token = await restrictedTo(person, ['192.0.2.7']);
    const identifier = token.slice(0, 16);
    const useFrom = (peer: string) => statusesFrom(token, peer);
    await Promise.all(Array.from({ length: 10 }, () => useFrom('198.51.100.9')));
    expect(await blockedRows(person)).toEqual([['198.51.100.9', { identifier }]]);
    gateway.clock.advance(59);
    await useFrom('198.51.100.9');
    expect(await blockedRows(person)).toHaveLength(1);
    gateway.clock.advance(1);
    expect(await useFrom('198.51.100.9')).toEqual([403, 403]);
    expect(await useFrom('198.51.100.10')).toEqual([403, 403]);
    expect((await blockedRows(person)).slice(1)).toEqual([
      ['198.51.100.9', { identifier, unrecorded: 21 }],
      ['198.51.100.10', { identifier }],
    ]);
    const listed = await gateway.rest('GET', '/account/activity?filter[event]=ip-blocked', person);
    expect(listed.body.data[1].attributes.properties).toEqual({ identifier, unrecorded: 21 });
    const other = await restrictedTo(person, ['192.0.2.7']);
    await statusesFrom(other, '198.51.100.9');
    expect((await blockedRows(person)).at(-1)).toEqual(['198.51.100.9', { identifier: other.slice(0, 16) }]);
    gateway.clock.advance(60);
    await useFrom('198.51.100.10');
    expect((await blockedRows(person)).at(-1)).toEqual(['198.51.100.10', { identifier, unrecorded: 1 }]);
  });

  test('is in the number of the next row where its own could not be written', async () => {
    const { db, watching } = await createWatchedDatabase();
    const at = await startGateway({ db });
    const person = await at.createPerson();
    const token = await restrictedTo(person, ['192.0.2.7'], at);
    watching.watch = ({ sql }) => {
      if (sql === 'BEGIN') throw new Error('away');
    };
    expect(await statusesFrom(token, '198.51.100.9', {}, at)).toEqual([500, 403]);
    watching.watch = null;
    at.clock.advance(60);
    await statusesFrom(token, '198.51.100.9', {}, at);
    const [row] = await db.activity.findMany({ where: { accountId: person.id, event: 'auth:ip-blocked' } });
    expect(row?.properties).toEqual({ identifier: token.slice(0, 16), unrecorded: 2 });
  });

  test('leaves one row in a minute for the addresses of a /64, and at most twenty for all addresses', async () => {
    const person = await gateway.createPerson();
    const token = await restrictedTo(person, ['192.0.2.7']);
    for (let host = 1; host <= 5; host += 1) await statusesFrom(token, `2001:db8:0:1::${host}`);
    expect(await blockedRows(person)).toHaveLength(1);
    for (let network = 0; network < 30; network += 1) await statusesFrom(token, `2001:db8:1:${network}::1`);
    expect(await blockedRows(person)).toHaveLength(20);
  });

  test('leaves one row in a minute for all instances together', async () => {
    const person = await gateway.createPerson();
    const token = await restrictedTo(person, ['192.0.2.7']);
    const [first, second] = [await startGateway(), await startGateway()];
    const both = [first, second];
    await Promise.all(Array.from({ length: 8 }, (_, n) => statusesFrom(token, '198.51.100.9', {}, both[n % 2])));
    expect(await blockedRows(person)).toHaveLength(1);
    for (const { clock } of both) clock.advance(120);
    for (const at of both) await statusesFrom(token, '198.51.100.9', {}, at);
    expect(await blockedRows(person)).toHaveLength(2);
    for (const { clock } of both) clock.advance(120);
    await statusesFrom(token, '198.51.100.9', {}, second);
    const counts = (await blockedRows(person)).map(([, properties]) => Number(Object(properties).unrecorded ?? 0));
    // Of twenty uses two have rows, and the last of the first instance is in none yet.
    expect([counts.length, counts.reduce((sum, count) => sum + count, 0)]).toEqual([3, 17]);
  });
});

describe('X-Forwarded-For', () => {
  const at = startGateway({ env: { TRUSTED_PROXIES: '10.0.0.1, 172.16.0.0/12, 2001:db8:ffff::/48' } });

  test('is ignored without trusted proxies, and from a peer that is not one of them', async () => {
    const token = await restrictedTo(await gateway.createPerson(), ['192.0.2.7']);
    const headers = { 'x-forwarded-for': '192.0.2.7' };
    expect(await statusesFrom(token, '127.0.0.1', headers)).toEqual([403, 403]);
    const proxied = await at;
    const other = await restrictedTo(await proxied.createPerson(), ['192.0.2.7'], proxied);
    expect(await statusesFrom(other, '10.0.0.2', headers, proxied)).toEqual([403, 403]);
    expect(await statusesFrom(other, '192.0.2.7', { 'x-forwarded-for': '10.9.9.9' }, proxied)).toEqual([200, 200]);
  });

  test.each([
    ['192.0.2.7', true],
    ['198.51.100.1, 192.0.2.7', true],
    ['192.0.2.7, 198.51.100.1', false],
    ['192.0.2.7, 10.0.0.1', true],
    ['192.0.2.7,10.0.0.1 , 172.31.0.9,2001:db8:ffff::1', true],
    ['192.0.2.7, 198.51.100.1, 10.0.0.1', false],
    ['::ffff:192.0.2.7', true],
    ['192.0.2.7, unknown', false],
    ['192.0.2.7, ', true],
    ['192.0.2.7:1234', true],
    ['"192.0.2.7"', true],
    ['', false],
    [','.repeat(3_000), false],
  ])('from a trusted proxy is read from the right, up to the first address that is not a proxy: %j', async (forwardedFor, isAllowed) => {
    const proxied = await at;
    const token = await restrictedTo(await proxied.createPerson(), ['192.0.2.7'], proxied);
    for (const peer of ['10.0.0.1', '::ffff:10.0.0.1', '2001:db8:ffff::9']) {
      const statuses = await statusesFrom(token, peer, { 'x-forwarded-for': forwardedFor }, proxied);
      expect(statuses, peer).toEqual(isAllowed ? [200, 200] : [403, 403]);
    }
  });

  test('that a trusted proxy does not send leaves the address of the proxy', async () => {
    const proxied = await at;
    const token = await restrictedTo(await proxied.createPerson(), ['10.0.0.1'], proxied);
    expect(await statusesFrom(token, '10.0.0.1', {}, proxied)).toEqual([200, 200]);
  });
});
