import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config/config.ts';
import { startGateway, type TestGateway } from './harness.ts';

const gateway = await startGateway();
const appUrl = 'https://accounts.example.com';
const listed = 'https://frontend.example.net';
const start = (env: Record<string, string>) => startGateway({ env, db: gateway.db, keys: gateway.tools.keys });
const https = await start({ APP_URL: appUrl });
const sibling = await start({ APP_URL: appUrl, CORS_ORIGINS: 'https://panel.example.com' });
const open = await start({ APP_URL: appUrl, CORS_ORIGINS: listed });
const evil = { origin: 'https://evil.example' };
const document = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
const change = 'mutation { createApiKey(input: { description: "x" }) { __typename } }';

async function signIn(to: TestGateway, headers: Record<string, string> = {}) {
  const { username: login, password } = await gateway.createPerson();
  const answer = await to.graphql(document, { input: { login, password } }, { headers });
  const lines = answer.headers.getSetCookie();
  return { ...answer, lines, cookie: lines.map((line) => line.split(';')[0]).join('; ') };
}

describe('the cookies', () => {
  test('are SameSite=Lax for pages of one site', async () => {
    for (const to of [https, sibling]) {
      const { lines } = await signIn(to);
      expect(lines).toHaveLength(2);
      for (const line of lines) expect(line).toMatch(/^__Host-gateway_\w+=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Expires=/);
    }
  });

  test('are SameSite=None and partitioned where an origin of another site is configured', async () => {
    const { lines } = await signIn(open, { origin: listed, 'sec-fetch-site': 'cross-site' });
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).toMatch(/^__Host-gateway_\w+=[\w.-]+; Path=\/; HttpOnly; SameSite=None; Secure; Partitioned; Expires=/);
    }
  });

  test('are removed in both forms over https', async () => {
    for (const to of [https, open]) {
      const { cookie } = await signIn(to);
      const { headers } = await to.graphql('mutation { signOut { __typename } }', {}, { headers: { cookie } });
      expect(headers.getSetCookie()).toEqual([
        '__Host-gateway_session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0',
        '__Host-gateway_session=; Path=/; HttpOnly; SameSite=None; Secure; Partitioned; Max-Age=0',
      ]);
    }
  });
});

describe('a page of a site that is not listed', () => {
  const sites = [
    evil,
    { ...evil, 'sec-fetch-site': 'cross-site' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];

  test.each([
    ['signIn', 'mutation { signIn(input: { login: "nobody", password: "x" }) { __typename } }'],
    ['completeSignIn', 'mutation { completeSignIn(input: { challenge: "x", answer: { code: "1" } }) { __typename } }'],
    [
      'signIn in a fragment',
      'mutation { ...F } fragment F on Mutation { a: signIn(input: { login: "nobody", password: "x" }) { __typename } }',
    ],
  ])('cannot have a session begin: %s', async (_name, query) => {
    for (const to of [gateway, https, open]) {
      for (const site of sites) {
        const { status, errors } = await to.graphql(query, {}, { headers: site as Record<string, string> });
        expect([status, errors?.[0]?.extensions['code']]).toEqual([403, 'FORBIDDEN']);
      }
    }
  });

  test('cannot sign in with a right password', async () => {
    const { status, lines } = await signIn(open, evil);
    expect([status, lines]).toEqual([403, []]);
  });

  test('may send what carries no cookie and begins no session, such as an introspection', async () => {
    for (const to of [gateway, https, open]) {
      for (const site of sites) {
        const { status, data } = await to.graphql('{ __schema { queryType { name } } }', {}, { headers: site as Record<string, string> });
        expect([status, data.__schema.queryType.name]).toEqual([200, 'Query']);
      }
    }
  });

  test('cannot change anything with the cookie in either API', async () => {
    for (const to of [gateway, https, open]) {
      const { cookie } = await signIn(to);
      for (const site of sites) {
        const headers = { cookie, ...(site as Record<string, string>) };
        expect((await to.graphql(change, {}, { headers })).status).toBe(403);
        expect((await to.rest('POST', '/account/api-keys', { headers, body: { description: 'x' } })).status).toBe(403);
      }
    }
  });

  test('cannot read with the cookie either, where pages of another site keep it', async () => {
    const { cookie } = await signIn(open);
    for (const site of sites) {
      const headers = { cookie, ...(site as Record<string, string>) };
      expect((await open.rest('GET', '/account', { headers })).status).toBe(403);
      expect((await open.fetch('/graphql?query={viewer{id}}', { headers })).status).toBe(403);
    }
  });
});

describe('the cookie is accepted', () => {
  test('from a listed origin, the own origin, and no browser', async () => {
    const { cookie } = await signIn(open);
    for (const site of [
      { origin: listed, 'sec-fetch-site': 'cross-site' },
      { origin: appUrl },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      {},
    ]) {
      const headers = { cookie, ...(site as Record<string, string>) };
      expect((await open.rest('GET', '/account', { headers })).status).toBe(200);
      expect((await open.graphql(change, {}, { headers })).data.createApiKey.__typename).toBe('CreateApiKeyPayload');
    }
  });

  test('over https from the origin of APP_URL alone, whatever Host says', async () => {
    const { cookie } = await signIn(https);
    expect((await https.graphql(change, {}, { headers: { cookie, origin: appUrl } })).status).toBe(200);
    expect((await https.graphql(change, {}, { headers: { cookie, origin: 'http://gateway.test' } })).status).toBe(403);
    const http = await signIn(gateway);
    expect((await gateway.graphql(change, {}, { headers: { cookie: http.cookie, origin: 'http://gateway.test' } })).status).toBe(200);
  });
});

describe('CORS_ORIGINS of another site', () => {
  test.each([
    [
      'http://127.0.0.1:4000',
      'http://localhost:5173',
      /Open the page at http:\/\/127\.0\.0\.1:5173, or set APP_URL=http:\/\/localhost:4000 and send/,
    ],
    ['http://accounts.example.com', 'http://panel.example.net', /Use host names of one site for both, or https for APP_URL\.$/],
    ['http://accounts.example.com', 'https://panel.example.com', /cannot keep the session cookie/],
    ['http://one.github.io', 'http://two.github.io', /another site/],
  ])('is warned of without https: %s, %s', (APP_URL, CORS_ORIGINS, warning) => {
    expect(readConfig({ APP_URL, CORS_ORIGINS }).warnings).toEqual([expect.stringMatching(warning)]);
  });

  test.each([
    ['http://127.0.0.1:4000', 'http://127.0.0.1:5173'],
    ['http://localhost:4000', 'http://localhost:5173'],
    ['http://accounts.example.com', 'http://panel.example.com:8080'],
    ['https://accounts.example.com', 'https://panel.example.net'],
  ])('is not warned of where the cookie is kept: %s, %s', (APP_URL, CORS_ORIGINS) => {
    expect(readConfig({ APP_URL, CORS_ORIGINS }).warnings).toEqual([]);
  });
});

test('every answer says that the host is reached by https alone, where APP_URL has it', async () => {
  for (const path of ['/graphql?query={__typename}', '/api/client/account', '/nowhere', '/health/live', '/openapi.json']) {
    expect((await https.fetch(path)).headers.get('strict-transport-security')).toBe('max-age=31536000');
    expect((await gateway.fetch(path)).headers.get('strict-transport-security')).toBeNull();
  }
});
