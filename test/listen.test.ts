import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { createHandler } from '../src/server/http.ts';
import { listen } from '../src/server/listen.ts';
import { startGateway } from './harness.ts';
import { until } from './processes.ts';
import { serve } from './serve.ts';

const logged: { level: number; requestId?: string; path?: string | null; status?: number }[] = [];
const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
const gateway = await startGateway({ log });
const origin = await serve(gateway);

/** Opens a connection. Writing to it after the server closed it is no error. */
function open(): Socket {
  return connect(Number(new URL(origin).port), '127.0.0.1').on('error', () => undefined);
}

/** Sends bytes that no client library sends, and reads the answer. */
async function send(bytes: string): Promise<string> {
  const socket = open();
  socket.end(bytes);
  return text(socket);
}

const head = (method: string, path: string, headers = '') => `${method} ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
const json = 'Content-Type: application/json\r\n';
const last = head('GET', '/health/live', 'Connection: close\r\n');
const statusesOf = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));

test.each([
  ['an incomplete IPv6 address as Host', 'GET /graphql HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n'],
  ['a Host with an invalid port', 'GET /health/live HTTP/1.1\r\nHost: x:99999\r\nConnection: close\r\n\r\n'],
  ['a Host with an incomplete escape', 'GET /api/client/account HTTP/1.1\r\nHost: %zz\r\nConnection: close\r\n\r\n'],
])('%s is 400, without a stack', async (_name, bytes) => {
  const answer = await send(bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toMatch(/x-request-id: [0-9a-f-]{36}/i);
  expect(answer).not.toMatch(/node_modules|\.js|\.ts|at \w+ \(|stack/);
});

test('a request without a Host, and one with an absolute URL as its target, are answered', async () => {
  expect(await send('GET /health/live HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  expect(await send('GET http://elsewhere.example/health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 200 /,
  );
  expect(await send('OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 204 /);
});

test('a request has one id: in its answer and in its line of the log', async () => {
  const [, id] = /x-request-id: (\S+)/i.exec(await send(head('GET', '/one-id', 'Connection: close\r\n'))) ?? [];
  expect(logged.filter(({ requestId }) => requestId === id)).toEqual([expect.objectContaining({ path: null, status: 404 })]);
});

test('an idle connection is kept for longer than proxies keep theirs', async () => {
  const socket = open();
  socket.write(head('GET', '/health/live'));
  const [answer] = await once(socket, 'data');
  socket.destroy();
  const [, seconds] = /\r\nkeep-alive: timeout=(\d+)\r\n/i.exec(String(answer)) ?? [];
  expect(Number(seconds)).toBeGreaterThan(120);
});

test('a request on an idle connection of a server that stops is answered, and its answer is the last of the connection', async () => {
  const listener = await listen({ host: '127.0.0.1', port: 0 }, createHandler(gateway.answer));
  const port = Number(new URL(listener.origin).port);
  const socket = connect(port, '127.0.0.1');
  socket.write(head('GET', '/health/live'));
  const [first] = await once(socket, 'data');
  expect(String(first)).toMatch(/^HTTP\/1\.1 200 [\s\S]*connection: keep-alive/i);
  const drained = listener.drain(30_000);
  socket.write(head('GET', '/health/live'));
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 [\s\S]*connection: close/i);
  await drained;
  const [error] = await once(connect(port, '127.0.0.1'), 'error');
  expect(error.code).toBe('ECONNREFUSED');
});

describe('a body', () => {
  test.each([
    ['GraphQL', '/graphql', 413],
    ['REST', '/api/client/account/api-keys', 401],
    ['no API', '/nowhere', 404],
  ])('that is too large for %s is read up to a limit, and the connection carries the next request', async (_name, path, status) => {
    const body = 'x'.repeat(1_000_000);
    const answer = await send(`${head('POST', path, `${json}Content-Length: ${body.length}\r\n`)}${body}${last}`);
    expect(statusesOf(answer)).toEqual([status, 200]);
  });

  test.each(['/graphql', '/nowhere'])('without an end is answered, and its connection cut: %s', async (path) => {
    const socket = open();
    const answer = text(socket).catch(() => '');
    let sent = 0;
    socket.write(head('POST', path, `${json}Transfer-Encoding: chunked\r\n`));
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    while (!socket.destroyed && sent < 100_000_000) {
      sent += 65_536;
      if (!socket.write(chunk))
        await Promise.race(['drain', 'close'].map((event) => new Promise((resolve) => socket.once(event, resolve))));
    }
    socket.destroy();
    await answer;
    expect(sent).toBeLessThan(50_000_000);
  });

  test('that waits for 100 Continue is asked for only where it is read', async () => {
    const expecting = (path: string, length: number) =>
      head('POST', path, `${json}Connection: close\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n`);
    const query = '{"query":"{ __typename }"}';
    expect(statusesOf(await send(`${expecting('/graphql', query.length)}${query}`))).toEqual([100, 200]);
    expect(statusesOf(await send(expecting('/graphql', 1_000_000)))).toEqual([413]);
    expect(statusesOf(await send(expecting('/nowhere', 10)))).toEqual([404]);
  });

  test('that breaks off is logged as 400, and nothing waits for the rest', async () => {
    const { token } = await gateway.createPerson();
    for (const path of ['/graphql', '/api/client/account/api-keys']) {
      const before = logged.length;
      const socket = open();
      const headers = `${json}Authorization: Bearer ${token}\r\nContent-Length: 100\r\nExpect: 100-continue\r\n`;
      socket.write(head('POST', path, headers));
      // The request is running when the server asks for the body.
      await once(socket, 'data');
      socket.write('{"query":');
      socket.destroy();
      await until(() => logged.length > before);
      expect(logged.slice(before)).toEqual([expect.objectContaining({ level: 30, path, status: 400 })]);
    }
  });
});

test('requests that are sent at once are answered in their order', async () => {
  const query = '{"query":"{ __typename }"}';
  const post = `${head('POST', '/graphql', `${json}Content-Length: ${query.length}\r\n`)}${query}`;
  const answer = await send(`${post}${head('GET', '/nowhere')}${head('HEAD', '/health/live')}${last}`);
  expect(statusesOf(answer)).toEqual([200, 404, 200, 200]);
});
