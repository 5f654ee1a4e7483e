import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ApolloClient, gql, HttpLink } from '@apollo/client';
import pino from 'pino';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { codeFor, startGateway } from './harness.ts';
import { ask, createStore, type RunningServer, run, startServer, until } from './processes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

let server: RunningServer;
let owner: { username: string; password: string; token: string };

beforeAll(async () => {
  await promisify(execFile)(process.execPath, ['test/clients/generate.mjs'], { cwd: root });
  const { env } = await createStore('postgresql');
  server = await startServer(env);
  const first = server.first();
  if (!first) throw new Error('The first account was not printed.');
  owner = first;
});

const environment = (secrets: Record<string, string>) => {
  const { username: GATEWAY_LOGIN, password: GATEWAY_PASSWORD } = owner;
  return { GATEWAY_URL: `${server.origin}/graphql`, GATEWAY_LOGIN, GATEWAY_PASSWORD, ...secrets };
};

/** Runs a client program to its end. */
const runClient = (name: string) => run(`test/clients/${name}.ts`, [], environment({})).ended;

let runs = 0;

/** Runs a client program in this process, which loads the library once. Answers what it prints; rejects where it fails. */
async function runClientHere(name: string, secrets: Record<string, string>): Promise<string> {
  for (const [variable, value] of Object.entries(environment(secrets))) vi.stubEnv(variable, value);
  const printed: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((text) => void printed.push(text));
  try {
    runs += 1;
    await import(`./clients/${name}.ts?run=${runs}`);
    return printed.join('\n');
  } finally {
    log.mockRestore();
    vi.unstubAllEnvs();
  }
}

/** The number of GraphQL requests in the log. The log is complete when it has the request that is sent last. */
async function countRequests(): Promise<number> {
  const id = (await fetch(`${server.origin}/`)).headers.get('x-request-id');
  await until(() => server.lines().some(({ requestId }) => requestId === id));
  return server.lines().filter(({ msg, path }) => msg === 'request' && path === '/graphql').length;
}

/** The sessions, API keys and activity of the account. */
async function readAccount() {
  const query = '{ viewer { sessions { id } apiKeys { id } activity { edges { node { event properties } } } } }';
  const headers = { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' };
  const response = await fetch(`${server.origin}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return ((await response.json()) as { data: { viewer: Account } }).data.viewer;
}

type Account = {
  sessions: { id: string }[];
  apiKeys: { id: string }[];
  activity: { edges: { node: { event: string; properties: object } }[] };
};

describe.each(['graphql-request', 'apollo', 'urql', 'relay'])('%s', (name) => {
  test('signs in, reads with the cookie, creates a key, reads with the key, and deletes it', async () => {
    const ended = await runClient(name);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { viewer, viewerByKey, deletedApiKeyId } = JSON.parse(ended.stdout);
    const mine = ({ current }: { current: boolean }) => current;
    expect(viewer.profile).toMatchObject({ username: owner.username, email: `${owner.username}@example.com` });
    expect([viewer.sessions.filter(mine).length, viewerByKey.sessions.filter(mine).length]).toEqual([1, 0]);
    expect([viewer.apiKeys.length, viewerByKey.apiKeys.length]).toEqual([1, 2]);
    expect(viewerByKey).toMatchObject({ id: viewer.id, profile: viewer.profile });
    const created = viewerByKey.apiKeys[1];
    expect(created).toMatchObject({ id: deletedApiKeyId, description: 'backup' });

    const account = await readAccount();
    expect(account.sessions.map(({ id }) => id)).toContain(viewer.sessions.find(mine).id);
    expect(account.apiKeys.map(({ id }) => id)).toEqual([viewer.apiKeys[0].id]);
    const events = account.activity.edges.map(({ node }) => node);
    expect(events.slice(0, 3)).toMatchObject([
      { event: 'user:api-key.delete', properties: { identifier: created.identifier } },
      { event: 'user:api-key.create', properties: { identifier: created.identifier } },
      { event: 'auth:success' },
    ]);
  });

  test('answers the challenge of a sign-in with a code', async () => {
    const { secret } = (await ask(server.origin, owner.token, 'GET', '/account/two-factor')).body.data;
    const { password } = owner;
    // With the code of the previous step: a code is accepted once, and the program uses the present one.
    await until(async () => {
      const code = codeFor(secret, new Date(Date.now() - 30_000));
      return (await ask(server.origin, owner.token, 'POST', '/account/two-factor', { code, password })).status === 200;
    });
    try {
      const { viewer } = JSON.parse(await runClientHere(name, { TOTP_SECRET: secret }));
      expect(viewer.profile.username).toBe(owner.username);
    } finally {
      await ask(server.origin, owner.token, 'POST', '/account/two-factor/disable', { password });
    }
  });

  test('fails with the code of the refusal when the password is wrong', async () => {
    await expect(runClientHere(name, { GATEWAY_PASSWORD: 'wrong' })).rejects.toThrow('INVALID_CREDENTIALS: ');
  });
});

describe('the cache for Apollo', () => {
  async function createApollo() {
    // Imported here, because `beforeAll` generates its list of types.
    const { createCache } = await import('./clients/apollo-cache.ts');
    const link = new HttpLink({ uri: `${server.origin}/graphql`, headers: { authorization: `Bearer ${owner.token}` } });
    return new ApolloClient({ link, cache: createCache() });
  }

  test.each([
    ['profile', 'username', 'email'],
    ['twoFactor', 'enabled', 'recoveryTokensRemaining'],
  ])('keeps what two queries read of %s, which has no id', async (field, first, second) => {
    const client = await createApollo();
    const selecting = (names: string) => gql(`{ viewer { id ${field} { ${names} } } }`);
    for (const name of [first, second]) await client.query({ query: selecting(name) });
    const cached = client.readQuery<{ viewer: Record<string, object> }>({ query: selecting(`${first} ${second}`) });
    expect(Object.keys(cached?.viewer[field] ?? {})).toEqual(expect.arrayContaining([first, second]));
  });

  test('joins the pages of one event into one list', async () => {
    const client = await createApollo();
    const query = gql`
      query Page($event: String, $after: String) {
        viewer { id activity(first: 1, event: $event, after: $after) { edges { cursor node { id event } } pageInfo { endCursor } } }
      }
    `;
    type Page = { viewer: { activity: { edges: { node: { id: string; event: string } }[]; pageInfo: { endCursor: string } } } };
    const keys = [];
    for (const description of ['one', 'two'])
      keys.push(await ask(server.origin, owner.token, 'POST', '/account/api-keys', { description }));
    const event = 'user:api-key.create';
    const list = client.watchQuery<Page>({ query, variables: { event } });
    const { data } = await list.refetch();
    await list.fetchMore({ variables: { after: data?.viewer.activity.pageInfo.endCursor } });
    await client.query<Page>({ query, variables: { event: null } });
    const cached = client.readQuery<Page>({ query, variables: { event } })?.viewer.activity.edges.map(({ node }) => node);
    expect(cached).toMatchObject([{ event }, { event }]);
    expect(new Set(cached?.map(({ id }) => id)).size).toBe(2);
    expect(client.readQuery<Page>({ query, variables: { event: null } })?.viewer.activity.edges).toHaveLength(1);
    for (const { body } of keys) await ask(server.origin, owner.token, 'DELETE', `/account/api-keys/${body.attributes.identifier}`);
  });
});

test('Apollo sends nine operations in five requests: operations of one moment share a request', async () => {
  const before = await countRequests();
  await runClientHere('apollo', {});
  expect((await countRequests()) - before).toBe(5);
});

test.each(['client/persisted-documents.json', 'relay-documents.json'])(
  '%s can be used as GRAPHQL_DOCUMENTS, and every document of it is valid',
  async (name) => {
    const path = fileURLToPath(new URL(`clients/generated/${name}`, import.meta.url));
    const warnings: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
    const gateway = await startGateway({ env: { GRAPHQL_DOCUMENTS: path }, log });
    const queries = Object.entries<string>(JSON.parse(readFileSync(path, 'utf8'))).filter(([, text]) => text.startsWith('query'));
    expect(queries.length).toBeGreaterThan(0);
    const { token } = await gateway.createPerson();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    for (const [documentId, text] of queries) {
      const answer = await gateway.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ documentId }) });
      expect((await answer.json()).data?.viewer.id, text).toBeDefined();
    }
    expect(warnings).toEqual([]);
  },
);
