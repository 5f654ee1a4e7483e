import { expect, test } from 'vitest';
import { startGateway } from './harness.ts';

const gateway = await startGateway();
const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const fixedPaths = ['/', '/openapi.json', '/health/live', '/health/ready'];

test('a browser gets a page at / that names the APIs, the explorer, the health and the documentation, and loads nothing', async () => {
  const response = await gateway.fetch('/', { headers: browser });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const html = await response.text();
  const linked = [...html.matchAll(/<a href="([^"]+)">/g)].map(([, path = '']) => path);
  expect(linked).toEqual(['/graphql', '/openapi.json', '/health/ready', '/health/live']);
  for (const path of linked) expect((await gateway.fetch(path, { headers: browser })).status).toBe(200);
  expect(html).toContain('/api/client/account');
  expect(html).not.toMatch(/https?:|<(?:script|img|link|iframe)/);
  expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; /);
});

test('other clients get the same as JSON', async () => {
  for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }]) {
    const response = await gateway.fetch('/', { headers });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual({
      name: 'Account Gateway',
      graphql: '/graphql',
      rest: '/api/client',
      documentation: { rest: '/openapi.json', graphql: '/graphql' },
      health: { live: '/health/live', ready: '/health/ready' },
    });
  }
});

test('the front page has the name and the path of the gateway, and no explorer where there is none', async () => {
  const documents = new URL('./front-page.documents.json', import.meta.url).pathname;
  const env = { APP_NAME: '<b>"Ours" & theirs</b>', APP_URL: 'https://panel.example.com/gateway/', GRAPHQL_DOCUMENTS: documents };
  const other = await startGateway({ env, db: gateway.db });
  const html = await (await other.fetch('/', { headers: browser })).text();
  expect(html).toContain('<h1>&lt;b&gt;&quot;Ours&quot; &amp; theirs&lt;/b&gt;</h1>');
  expect([...html.matchAll(/<a href="([^"]+)">/g)].map(([, path]) => path)).toEqual([
    '/gateway/openapi.json',
    '/gateway/health/ready',
    '/gateway/health/live',
  ]);
});

test('the front page is cached, and is another for each kind of client', async () => {
  for (const headers of [browser, { accept: 'application/json' }]) {
    const response = await gateway.fetch('/', { headers });
    expect([response.headers.get('cache-control'), response.headers.get('vary')]).toEqual([
      'public, max-age=300',
      'Accept, Accept-Encoding',
    ]);
    const again = await gateway.fetch('/', { headers: { ...headers, 'if-none-match': response.headers.get('etag') ?? '' } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  }
});

test('the front page is counted for the address, and health is not', async () => {
  const few = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '2' }, db: gateway.db });
  const status = async (path: string) => (await few.fetch(path)).status;
  expect([await status('/'), await status('/'), await status('/'), await status('/health/live')]).toEqual([200, 200, 429, 200]);
});

test.each(fixedPaths)('%s is read by GET and HEAD, and refuses other methods', async (path) => {
  for (const method of ['GET', 'HEAD']) expect((await gateway.fetch(path, { method })).status).toBe(200);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const response = await gateway.fetch(path, { method });
    expect([response.status, response.headers.get('allow'), await response.text()]).toEqual([405, 'GET, HEAD, OPTIONS', '']);
  }
  const options = await gateway.fetch(path, { method: 'OPTIONS' });
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
});

test.each(['/health', '/health/', '/health/live/', '/Health/live', '/health/ready/x', '/openapi.json/', '/openapi', '/index.html', '//x'])(
  'nothing is at %s',
  async (path) => {
    expect((await gateway.fetch(path)).status).toBe(404);
  },
);

test('every answer forbids to guess its type and to send its URL on, and account data is stored nowhere', async () => {
  const person = await gateway.createPerson();
  const signedIn = { authorization: `Bearer ${person.token}` };
  const paths = [...fixedPaths, '/graphql?query={viewer{id}}', '/api/client/account', '/api/client/nowhere', '/nowhere'];
  for (const headers of [{}, signedIn, browser, { authorization: 'Bearer wrong' }]) {
    for (const path of paths) {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
        const response = await gateway.fetch(path, { method, headers });
        expect([response.headers.get('x-content-type-options'), response.headers.get('referrer-policy')]).toEqual([
          'nosniff',
          'no-referrer',
        ]);
        const isSameForAll = (path === '/' || path.startsWith('/graphql')) && headers === browser;
        if (path !== '/' && !isSameForAll) expect(response.headers.get('cache-control'), `${method} ${path}`).toBe('no-store');
      }
    }
  }
});
