import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { listen } from '../src/server/listen.ts';
import { startGateway } from './harness.ts';

const gateway = await startGateway();
const listener = await listen({ host: '127.0.0.1', port: 0 }, (request, response) => gateway.yoga.handle(request, response, {}));
afterAll(() => listener.drain(0));

/** What the server says to bytes that no client library would send. */
async function say(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(listener.origin).port), '127.0.0.1');
  socket.end(bytes);
  return text(socket);
}

test.each([
  ['a Host that is half an address', 'GET /graphql HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n'],
  ['a Host with a port that there is not', 'GET /health/live HTTP/1.1\r\nHost: x:99999\r\nConnection: close\r\n\r\n'],
  ['a Host with half an escape', 'GET /api/client/account HTTP/1.1\r\nHost: %zz\r\nConnection: close\r\n\r\n'],
])('%s is 400, without a stack', async (_name, bytes) => {
  const answer = await say(bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toMatch(/x-request-id: [0-9a-f-]{36}/i);
  expect(answer).not.toMatch(/node_modules|\.js|\.ts|at \w+ \(|stack/);
});

test('a request without a Host, and one for another origin, are answered', async () => {
  expect(await say('GET /health/live HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  expect(await say('GET http://elsewhere.example/health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).not.toMatch(
    /^HTTP\/1\.1 5/,
  );
});
