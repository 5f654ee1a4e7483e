import { serverAudits } from 'graphql-http';
import { describe, expect, test } from 'vitest';
import { startGateway } from './harness.ts';
import { serve } from './serve.ts';

const gateway = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '0' } });
const origin = await serve(gateway);
const audits = serverAudits({ url: `${origin}/graphql`, fetchFn: fetch });

describe('GraphQL over HTTP', () => {
  test('is audited in all 61 ways', () => {
    expect(audits).toHaveLength(61);
  });

  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('audit %s: %s', async (_id, _name, audit) => {
    const result = await audit.fn();
    expect(result, 'reason' in result ? result.reason : '').toMatchObject({ status: 'ok' });
  });
});

const mutation = 'mutation { createApiKey(input: { description: "probe" }) { __typename } }';

/** Ways to have a mutation run that a page of another site, or a link, could use. */
const probes: [name: string, path: string, init: RequestInit][] = [
  ['by GET', `?query=${encodeURIComponent(mutation)}`, {}],
  ['by HEAD', `?query=${encodeURIComponent(mutation)}`, { method: 'HEAD' }],
  [
    'by GET among queries',
    `?operationName=B&query=${encodeURIComponent(`query A { __typename } ${mutation.replace('mutation', 'mutation B')}`)}`,
    {},
  ],
  ['by POST with all of it in the address', `?query=${encodeURIComponent(mutation)}`, { method: 'POST' }],
  ['as a form', '', { method: 'POST', body: new URLSearchParams({ query: mutation }) }],
  [
    'as a form in capitals',
    '',
    { method: 'POST', headers: { 'content-type': 'Application/X-WWW-Form-URLencoded' }, body: `query=${mutation}` },
  ],
  ['as a form, at an address that ends as ours', '/', { method: 'POST', body: new URLSearchParams({ query: mutation }) }],
  ['as text', '', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON.stringify({ query: mutation }) }],
  ['without a type', '', { method: 'POST', body: new Blob([JSON.stringify({ query: mutation })]) }],
  ['as a file upload', '', { method: 'POST', body: uploadOf(mutation) }],
  ['by PUT', '', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: mutation }) }],
];

function uploadOf(query: string): FormData {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query }));
  form.set('map', '{}');
  return form;
}

describe('a mutation', () => {
  test.each(probes)('%s is refused with a 4xx, and nothing is done', async (_name, path, init) => {
    const person = await gateway.createPerson();
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${person.token}`);
    const response = await fetch(`${origin}/graphql${path}`, { ...init, headers });
    expect([response.status >= 400, response.status < 500]).toEqual([true, true]);
    expect(await response.text()).not.toContain('"data":{');
    expect(await gateway.db.apiKey.count({ where: { accountId: person.id } })).toBe(1);
  });
});

describe('GraphQL', () => {
  test.each([
    ['/x/graphql', 404],
    ['/graphql/x', 404],
    ['/foo?x=/graphql', 404],
    ['/', 405],
    ['/Graphql', 404],
  ])('is not at %s', async (path, status) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ __typename }"}' };
    expect((await fetch(`${origin}${path}`, init)).status).toBe(status);
  });

  test('refuses an address whose variables are no JSON, and counts it', async () => {
    const few = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '3' }, db: gateway.db });
    for (const parameters of ['variables=%7B', 'extensions=x', 'variables=%7B']) {
      const response = await few.fetch(`/graphql?query=%7B__typename%7D&${parameters}`);
      expect([response.status, (await response.json()).errors[0].extensions]).toEqual([400, { code: 'BAD_REQUEST' }]);
    }
    expect((await few.fetch('/graphql?query=%7B__typename%7D&variables=%7B')).status).toBe(429);
  });

  test('tells where an error belongs', async () => {
    const { errors } = await gateway.graphql('mutation { gone: deleteApiKey(input: { identifier: "x" }) { __typename } }');
    expect(errors).toEqual([expect.objectContaining({ path: ['gone'], locations: [{ line: 1, column: 12 }] })]);
  });
});

describe('a page of another site', () => {
  test.each(['POST', 'OPTIONS'])('is told by no header that it may read what %s answers', async (method) => {
    const headers = { origin: 'https://elsewhere.example', 'content-type': 'application/json' };
    const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
    const response = await fetch(`${origin}/graphql`, {
      method,
      headers: { ...headers, ...(method === 'OPTIONS' ? preflight : {}) },
      ...(method === 'POST' ? { body: '{"query":"{ viewer { id } }"}' } : {}),
    });
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });
});

describe('no header of an answer grows with a header of the request', () => {
  const pieces = ['*/*', 'application/json', 'text/event-stream', 'a/b', 'application/json;a="', '"', ';q=', 'text/html', 'x'];
  const headers = ['accept', 'accept-encoding', 'if-none-match', 'origin', 'cookie', 'user-agent', 'x-request-id', 'traceparent'];
  test.each(headers)('%s of 14 kB', async (name) => {
    for (const piece of pieces) {
      for (const separator of [',', ', ', ' ', ';']) {
        const value = Array.from({ length: 14_000 / (piece.length + separator.length) }, () => piece).join(separator);
        for (const path of ['/graphql', '/api/client/account', '/openapi.json', '/nowhere']) {
          const sent = { [name]: value, 'content-type': 'application/json' };
          const response = await gateway.fetch(path, { method: 'POST', headers: sent, body: '{"query":"{ __typename }"}' });
          const size = [...response.headers].reduce((sum, [key, text]) => sum + key.length + text.length, 0);
          expect([name, piece, path, size < 1_000]).toEqual([name, piece, path, true]);
          await response.body?.cancel();
        }
      }
    }
  });
});
