import { expect, test } from 'vitest';
import { startGateway } from './harness.ts';
import { createReadableLog } from './log-lines.ts';

const { log, lines } = createReadableLog();
const gateway = await startGateway({ log });
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const own = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id that both APIs answer, which is in their lines and in that of the security event. */
async function idOf(headers: Record<string, string>): Promise<string> {
  lines.splice(0);
  const token = 'x';
  const both = [
    await gateway.rest('GET', '/account', { token, headers }),
    await gateway.graphql('{ viewer { id } }', {}, { token, headers }),
  ];
  const answered = both.map((answer) => answer.headers.get('x-request-id'));
  const logged = lines.flatMap(({ msg, requestId }) => (msg === 'request' || msg === 'security event' ? [requestId] : []));
  expect(logged).toEqual(answered.flatMap((id) => [id, id]));
  const [id = '', other] = answered;
  if (!own.test(String(id))) expect(other).toBe(id);
  return String(id);
}

test.each([
  ['0a1b2c3d4e5f60718293a4b5c6d7e8f9'],
  ['7b9f3c1e-4a52-4d0f-9a57-0f2c6f1f5a10'],
  ['Root=1-67891233-abcdef012345678912345678'],
  ['a'],
  ['x'.repeat(128)],
])('an id that a proxy gives is followed: %s', async (id) => {
  expect(await idOf({ 'x-request-id': id, traceparent: `00-${traceId}-00f067aa0ba902b7-01` })).toBe(id);
});

test.each(['00', 'cc'])('the trace id of traceparent is followed, of version %s', async (version) => {
  const rest = version === '00' ? '' : '-more';
  expect(await idOf({ traceparent: `${version}-${traceId}-00f067aa0ba902b7-01${rest}` })).toBe(traceId);
});

test.each<[string, Record<string, string>]>([
  ['none', {}],
  ['one that is too long', { 'x-request-id': 'x'.repeat(129) }],
  ['one that is much too long', { 'x-request-id': 'x'.repeat(5_000) }],
  ['an empty one', { 'x-request-id': '' }],
  ['two', { 'x-request-id': 'a, b' }],
  ['quotes and braces', { 'x-request-id': '","event":"sign-in.failed","ip":"192.0.2.1' }],
  ['a tag', { 'x-request-id': '<script>' }],
  ['a control character', { 'x-request-id': 'a\tb' }],
  ['letters beyond ASCII', { 'x-request-id': 'é' }],
  ['a path', { 'x-request-id': '../etc' }],
  ['a trace of zeros', { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }],
  ['a parent of zeros', { traceparent: `00-${traceId}-${'0'.repeat(16)}-01` }],
  ['the version that is not allowed', { traceparent: `ff-${traceId}-00f067aa0ba902b7-01` }],
  ['a trace in capitals', { traceparent: `00-${traceId.toUpperCase()}-00f067aa0ba902b7-01` }],
])('of %s, the request gets an id of its own', async (_what, headers) => {
  expect(await idOf(headers)).toMatch(own);
});

test('health checks have a line at the level debug, and other requests at info', async () => {
  lines.splice(0);
  for (const path of ['/health/live', '/health/ready', '/nowhere']) await gateway.fetch(path);
  expect(lines.map(({ path, level }) => [path, level])).toEqual([
    ['/health/live', 20],
    ['/health/ready', 20],
    [null, 30],
  ]);
});
