import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config/config.ts';
import { ConfigError } from '../src/config/environment.ts';
import { afterwards } from './afterwards.ts';
import { startGateway, type TestGateway } from './harness.ts';

const gateway = await startGateway();
const folder = mkdtempSync(join(tmpdir(), 'gateway-documents-'));
afterwards(() => rmSync(folder, { recursive: true }));

const hash = (document: string) => createHash('sha256').update(document).digest('hex');
const persisted = (sha256Hash: unknown, version: unknown = 1) => ({ extensions: { persistedQuery: { version, sha256Hash } } });

async function post(at: Pick<TestGateway, 'fetch'>, body: unknown, headers: Record<string, string> = {}) {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
  return answerOf(await at.fetch('/graphql', init));
}

async function get(at: Pick<TestGateway, 'fetch'>, parameters: Record<string, string>) {
  return answerOf(await at.fetch(`/graphql?${new URLSearchParams(parameters)}`));
}

async function answerOf(response: Response) {
  const { data, errors } = await response.json();
  return { status: response.status, data, message: errors?.[0].message, code: errors?.[0].extensions.code };
}

describe('an automatic persisted query', () => {
  test('is sent once with its hash, and executed by its hash from then on, also by GET', async () => {
    const query = 'query Persisted { viewer { id } }';
    const unknown = { message: 'PersistedQueryNotFound', code: 'PERSISTED_QUERY_NOT_FOUND', data: undefined };
    expect(await post(gateway, persisted(hash(query)))).toEqual({ status: 200, ...unknown });
    expect(await post(gateway, persisted(hash(query)), { accept: 'application/graphql-response+json' })).toEqual({
      status: 404,
      ...unknown,
    });
    expect((await post(gateway, { query, ...persisted(hash(query)) })).data).toEqual({ viewer: null });
    expect((await post(gateway, persisted(hash(query)))).data).toEqual({ viewer: null });
    expect((await post(gateway, persisted(hash(query).toUpperCase()))).data).toEqual({ viewer: null });
    expect((await get(gateway, { extensions: JSON.stringify(persisted(hash(query)).extensions) })).data).toEqual({ viewer: null });
  });

  test('is sent by Apollo Client with its document the first time, and by its hash from then on', async () => {
    const sent: object[] = [];
    const watched: typeof fetch = async (_address, init = {}) => {
      sent.push(JSON.parse(String(init.body)));
      return gateway.fetch('/graphql', init);
    };
    const link = new PersistedQueryLink({ sha256: hash }).concat(new HttpLink({ uri: 'http://gateway.test/graphql', fetch: watched }));
    const client = new ApolloClient({ link, cache: new InMemoryCache(), defaultOptions: { query: { fetchPolicy: 'no-cache' } } });
    const query = gql`
      query ByHash {
        viewer {
          id
        }
      }
    `;
    expect((await client.query({ query })).data).toEqual({ viewer: null });
    expect((await client.query({ query })).data).toEqual({ viewer: null });
    expect(sent.map((body) => 'query' in body)).toEqual([false, true, false]);
  });

  test('is never stored under the hash of another', async () => {
    const [query, other] = ['{ a: __typename }', '{ b: __typename }'];
    expect(await post(gateway, { query: other, ...persisted(hash(query)) })).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect((await post(gateway, persisted(hash(query)))).code).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  test.each([
    ['no hash', persisted(undefined)],
    ['a hash of another length', persisted('abc')],
    ['a hash that is a list', persisted(['a'.repeat(64)])],
    ['another version', persisted('a'.repeat(64), 2)],
    ['a text', { extensions: { persistedQuery: 'a'.repeat(64) } }],
    ['a document that is a list', { query: [], ...persisted('a'.repeat(64)) }],
  ])('with %s is BAD_REQUEST', async (_name, body) => {
    expect(await post(gateway, body)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });

  test('that is a mutation is executed by its hash, and never by GET', async () => {
    const query = 'mutation { deleteApiKey(input: { identifier: "x" }) { __typename } }';
    expect((await post(gateway, { query, ...persisted(hash(query)) })).code).toBe('UNAUTHENTICATED');
    const extensions = JSON.stringify(persisted(hash(query)).extensions);
    expect(await get(gateway, { extensions })).toMatchObject({ status: 405, code: 'BAD_REQUEST' });
  });

  test('is dropped when it was not used recently: the store is limited', async () => {
    const fresh = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '0' }, db: gateway.db });
    const padding = `# ${'x'.repeat(45_000)}\n`;
    const documents = Array.from({ length: 110 }, (_, n) => `${padding}{ n${n}: __typename }`);
    for (const query of documents) expect((await post(fresh, { query, ...persisted(hash(query)) })).status).toBe(200);
    const codes = [];
    for (const query of documents) codes.push((await post(fresh, persisted(hash(query)))).code);
    expect(codes[0]).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect(codes.at(-1)).toBeUndefined();
  });
});

const viewerDocument = 'query Viewer { viewer { id } }';
const keyDocument = 'mutation Key($input: CreateApiKeyInput!) { createApiKey(input: $input) { __typename } }';

/** The files of documents that code generators of clients write. */
const manifests: Record<string, object> = {
  'ids and documents': { [hash(viewerDocument)]: viewerDocument, [hash(keyDocument)]: keyDocument },
  'hashes that name their algorithm': { [`sha256:${hash(viewerDocument)}`]: viewerDocument, [hash(keyDocument)]: keyDocument },
  'a manifest of operations': {
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: [
      { id: hash(viewerDocument), name: 'Viewer', type: 'query', body: viewerDocument },
      { id: hash(keyDocument), name: 'Key', type: 'mutation', body: keyDocument },
    ],
  },
};

function writeManifest(content: string | object): string {
  const path = join(folder, `${hash(JSON.stringify(content)).slice(0, 12)}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const trusting = (content: object, log?: pino.Logger) =>
  startGateway({ env: { GRAPHQL_DOCUMENTS: writeManifest(content) }, db: gateway.db, ...(log ? { log } : {}) });

describe('a list of trusted documents', () => {
  test.each(Object.entries(manifests))('is executed by ids, as clients send them: %s', async (_name, manifest) => {
    const at = await trusting(manifest);
    const person = await at.createPerson();
    const bearer = { authorization: `Bearer ${person.token}` };
    const id = hash(viewerDocument);
    for (const body of [persisted(id), { documentId: id }, { documentId: `sha256:${id}` }, { doc_id: id }]) {
      expect((await post(at, body, bearer)).data?.viewer.id).toBeDefined();
    }
    expect((await get(at, { documentId: id })).data).toEqual({ viewer: null });
    const variables = { input: { description: 'listed' } };
    const key = await post(at, { documentId: hash(keyDocument), variables }, bearer);
    expect(key.data).toEqual({ createApiKey: { __typename: 'CreateApiKeyPayload' } });
    expect(await get(at, { documentId: hash(keyDocument), variables: JSON.stringify(variables) })).toMatchObject({ status: 405 });
  });

  test('allows nothing else: no document, none beside an id, no unknown id, no introspection, also in a batch', async () => {
    const at = await trusting(manifests['ids and documents'] ?? {});
    const id = hash(viewerDocument);
    for (const body of [
      { query: '{ __typename }' },
      { query: viewerDocument },
      { query: '{ __schema { types { name } } }' },
      { query: '{ __typename }', documentId: id },
      { query: '{ __typename }', ...persisted(hash('{ __typename }')) },
      { documentId: hash('x') },
      { documentId: '__proto__' },
      { documentId: 5 },
      persisted(null),
      {},
      { query: '' },
    ]) {
      expect(await post(at, body), JSON.stringify(body)).toMatchObject({ status: 400, code: 'BAD_REQUEST', data: undefined });
    }
    const batch = await at.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ documentId: id }, { query: '{ __typename }' }, null]),
    });
    expect((await batch.json()).map(({ data }: { data?: unknown }) => data)).toEqual([{ viewer: null }, undefined, undefined]);
    expect((await get(at, { query: '{ __typename }' })).status).toBe(400);
  });

  test('turns the explorer off', async () => {
    const at = await trusting(manifests['ids and documents'] ?? {});
    const response = await at.fetch('/graphql', { headers: { accept: 'text/html' } });
    expect(response.headers.get('content-type') ?? '').not.toContain('html');
  });

  test('has its invalid documents in the log, and they are refused', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const at = await trusting({ good: viewerDocument, bad: '{ hodor }', worse: '{' }, log);
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(['bad', 'worse']);
    expect((await post(at, { documentId: 'good' })).data).toEqual({ viewer: null });
    expect((await post(at, { documentId: 'bad' })).code).toBe('BAD_REQUEST');
  });

  test.each([
    ['no file', undefined],
    ['no JSON', 'hodor'],
    ['a list', '[]'],
    ['nothing', '{}'],
    ['numbers', '{"a":5}'],
    ['null', 'null'],
    ['operations without a body', '{"format":"apollo-persisted-query-manifest","operations":[{"id":"a"}]}'],
  ])('that is %s prevents the start, with the variable named', (_name, content) => {
    const path = content === undefined ? join(folder, 'none.json') : writeManifest(content);
    const read = () => readConfig({ DATA_DIR: '/nowhere', GRAPHQL_DOCUMENTS: path });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/^GRAPHQL_DOCUMENTS /);
  });
});
