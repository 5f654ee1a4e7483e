import { describe, expect, test } from 'vitest';
import { type Person, startGateway } from './harness.ts';
import { insertSession } from './sessions.ts';
import { makeSshLine } from './ssh-line.ts';

const gateway = await startGateway();
const document = 'query ($id: ID!) { node(id: $id) { __typename id } }';

/** A global id of each type of the account. */
async function idsOf(person: Person): Promise<string[]> {
  await gateway.mutate('addSshKey', { name: 'x', publicKey: makeSshLine() }, 'sshKey { id }', person);
  const query = '{ viewer { id apiKeys { id } sshKeys { id } activity { edges { node { id } } } } }';
  const { viewer } = (await gateway.graphql(query, {}, person)).data;
  return [viewer.id, viewer.apiKeys[0].id, viewer.sshKeys[0].id, viewer.activity.edges[0].node.id];
}

const encode = (text: string) => Buffer.from(text).toString('base64');

describe('a global id', () => {
  test('finds the object of its account', async () => {
    const person = await gateway.createPerson();
    const kinds = ['Viewer', 'ApiKey', 'SshKey', 'Activity'];
    for (const [index, id] of (await idsOf(person)).entries()) {
      expect((await gateway.graphql(document, { id }, person)).data.node).toEqual({ __typename: kinds[index], id });
    }
  });

  test('finds each object with all of its fields, as the lists of the viewer give them', async () => {
    const person = await gateway.createPerson();
    await idsOf(person);
    await insertSession(gateway, person);
    const fields = {
      apiKeys: 'id identifier description allowedIps lastUsedAt createdAt',
      sshKeys: 'id name fingerprint publicKey createdAt',
      sessions: 'id current ip userAgent createdAt lastSeenAt expiresAt',
    };
    const lists = Object.entries(fields).map(([list, selection]) => `${list} { ${selection} }`);
    const parts = `id profile { username email createdAt } twoFactor { enabled } ${lists.join(' ')}`;
    const { viewer } = (await gateway.graphql(`{ viewer { ${parts} } }`, {}, person)).data;
    const find = async (id: string, type: string, selection: string) =>
      (await gateway.graphql(`query ($id: ID!) { node(id: $id) { ... on ${type} { ${selection} } } }`, { id }, person)).data.node;
    expect(await find(viewer.id, 'Viewer', parts)).toEqual(viewer);
    expect(await find(viewer.apiKeys[0].id, 'ApiKey', fields.apiKeys)).toEqual(viewer.apiKeys[0]);
    expect(await find(viewer.sshKeys[0].id, 'SshKey', fields.sshKeys)).toEqual(viewer.sshKeys[0]);
    expect(await find(viewer.sessions[0].id, 'Session', fields.sessions)).toEqual(viewer.sessions[0]);
  });

  test('of another account is null, as an unknown id is, with and without a credential', async () => {
    const ids = await idsOf(await gateway.createPerson());
    const other = await gateway.createPerson();
    const unknown = ['Viewer', 'ApiKey', 'SshKey', 'Activity', 'Session'].map((kind) => encode(`${kind}:999999`));
    for (const ask of [other, {}]) {
      for (const id of [...ids, ...unknown]) {
        const { status, data, errors } = await gateway.graphql(document, { id }, ask);
        expect([status, data, errors], Buffer.from(id, 'base64').toString()).toEqual([200, { node: null }, undefined]);
      }
    }
  });

  test('of a deleted object is null', async () => {
    const person = await gateway.createPerson();
    const { apiKey } = await gateway.mutate('createApiKey', { description: 'x' }, 'apiKey { id identifier }', person);
    await gateway.mutate('deleteApiKey', { identifier: apiKey.identifier }, 'deletedApiKeyId', person);
    expect((await gateway.graphql(document, { id: apiKey.id }, person)).data).toEqual({ node: null });
  });

  test.each([
    ...['ApiKey', 'SshKey', 'Activity', 'Viewer', 'Session'].flatMap((kind) =>
      ['', '0', '-1', '1.5', '1e3', ' 1', '1 OR 1=1', '2147483648', '99999999999999999999', '9'.repeat(5000), 'NaN', '\0', '１'].map(
        (id) => `${kind}:${id}`,
      ),
    ),
    'Account:1',
    'User:1',
    'Profile:1',
    'TwoFactor:1',
    'RecoveryToken:1',
    'Nope:1',
    '__proto__:1',
    'constructor:1',
    'Query:1',
    'Error:1',
    ':1',
    '1',
    '',
  ])('that is not valid is null, without an error: %j', async (text) => {
    const person = await gateway.createPerson();
    for (const id of [encode(text), text]) {
      const { status, data, errors } = await gateway.graphql(document, { id }, person);
      expect([status, data, errors]).toEqual([200, { node: null }, undefined]);
    }
  });

  test('with a session that has ended is 401, as the viewer is', async () => {
    const headers = { cookie: 'gateway_session_4000=ended' };
    for (const query of ['{ viewer { id } }', `{ node(id: "${encode('Viewer:1')}") { id } }`]) {
      const { status, errors } = await gateway.graphql(query, {}, { headers });
      expect([status, errors?.map(({ extensions }) => extensions['code'])]).toEqual([401, ['UNAUTHENTICATED']]);
    }
  });
});
