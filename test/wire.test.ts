import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { afterwards } from './afterwards.ts';
import { startGateway } from './harness.ts';
import { serve } from './serve.ts';
import { countedRequests } from './wire/counted.ts';
import { normalizeBody, normalizeHeaders, type Recorded, readAnswer } from './wire/normalize.ts';
import { rawRequests } from './wire/raw.ts';
import { type Sent, wireRequests } from './wire/requests.ts';

/**
 * Sends everything that a caller may send and compares status, headers and bytes with what was answered when it was recorded.
 * After a change that is meant: `RECORD=1 npx vitest run test/wire.test.ts`, and the difference in git is the list of it.
 */
const recordedFile = new URL('__recorded__/wire.jsonl', import.meta.url);
const isRecording = process.env['RECORD'] === '1';

const recorded = new Map<string, Recorded>();
if (!isRecording) {
  for (const line of readFileSync(recordedFile, 'utf8').trim().split('\n')) {
    const { name, ...answer } = JSON.parse(line);
    recorded.set(name, answer);
  }
}
const answered = new Map<string, Recorded>();
afterAll(() => {
  if (!isRecording) return;
  mkdirSync(new URL('.', recordedFile), { recursive: true });
  writeFileSync(recordedFile, [...answered].map(([name, answer]) => `${JSON.stringify({ name, ...answer })}\n`).join(''));
});

/** Answers what is not as it was recorded. */
function compare(name: string, answer: Recorded): string[] {
  if (answered.has(name)) throw new Error(`two requests are called ${name}`);
  answered.set(name, answer);
  if (isRecording || JSON.stringify(recorded.get(name)) === JSON.stringify(answer)) return [];
  return [`${name}:\n  was ${JSON.stringify(recorded.get(name))}\n  is  ${JSON.stringify(answer)}`];
}

const folder = mkdtempSync(join(tmpdir(), 'gateway-wire-'));
afterwards(() => rmSync(folder, { recursive: true }));
const documentsFile = join(folder, 'documents.json');
writeFileSync(documentsFile, JSON.stringify({ viewer: 'query Viewer { viewer { id } }' }));

const unlimited = {
  LIMIT_REQUESTS_PER_MINUTE: '100000',
  LIMIT_WRONG_SECRETS_PER_15_MINUTES: '0',
  LIMIT_SIGN_INS_PER_MINUTE: '0',
  LIMIT_UNKNOWN_KEYS_PER_MINUTE: '0',
  LIMIT_EMAIL_CHANGES_PER_DAY: '0',
  LIMIT_API_KEYS: '0',
};
const gateway = await startGateway({ ownDatabase: true, env: unlimited });
const start = (env: Record<string, string>) => startGateway({ env: { ...unlimited, ...env }, db: gateway.db, keys: gateway.tools.keys });
const origins: Record<string, string> = {
  default: await serve(gateway),
  panel: await serve(await start({ REST_DIALECT: 'panel' })),
  browsers: await serve(await start({ CORS_ORIGINS: 'https://panel.example.com, http://localhost:3000' })),
  closed: await serve(await start({ GRAPHQL_INTROSPECTION: 'off' })),
  trusted: await serve(await start({ GRAPHQL_DOCUMENTS: documentsFile })),
  https: await serve(await start({ APP_URL: 'https://accounts.example.com' })),
};
const ada = await gateway.createPerson({ username: 'ada', email: 'ada@example.com', firstName: 'Ada', lastName: 'L' });
const bob = await gateway.createPerson({ username: 'bob', email: 'bob@example.com', admin: true });
const cyd = await gateway.createPerson({ username: 'cyd', email: 'cyd@example.com' });
const elsewhere = await gateway.rest('POST', '/account/api-keys', { ...ada, body: { description: 'x', allowed_ips: ['10.0.0.0/8'] } });
const tokens: Record<string, string> = {
  ada: ada.token,
  bob: bob.token,
  cyd: cyd.token,
  root: bob.token,
  wrong: `${ada.identifier}${'x'.repeat(32)}`,
  elsewhere: elsewhere.body.attributes.identifier + elsewhere.body.meta.secret_token,
  cookie: await signIn('ada'),
  leaving: await signIn('ada'),
  replaced: await signIn('ada'),
  origin: 'https://accounts.example.com',
};
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
afterwards(() => agent.destroy());

async function signIn(login: string): Promise<string> {
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
  const { headers } = await gateway.graphql(query, { input: { login, password: 'correct horse' } });
  return /=([\w-]+)/.exec(headers.get('set-cookie') ?? '')?.[1] ?? '';
}

function fill(text: string): string {
  return text.replaceAll(/\{([a-z]+)\}/g, (whole, name) => tokens[name] ?? whole);
}

/** Sends one and gives the answer when its head is there. Header values that are empty are not sent, but for Accept. */
function send(origin: string, { method, path, headers, body }: Sent): Promise<IncomingMessage> {
  const filled = Object.entries(headers).flatMap(([name, value]) =>
    value === '' && name !== 'accept' ? [] : [[name, fill(value)] as const],
  );
  return new Promise((resolve, reject) => {
    const target = new URL(origin);
    const asked = httpRequest(
      { agent, host: target.hostname, port: target.port, method, path, headers: Object.fromEntries(filled) },
      resolve,
    );
    asked.on('error', reject);
    asked.setHeader('host', 'gateway.test');
    if (body !== undefined) asked.setHeader('content-length', Buffer.byteLength(body));
    asked.end(body);
  });
}

const decoders: Record<string, (body: Buffer) => Buffer> = { br: brotliDecompressSync, gzip: gunzipSync };

async function record(response: IncomingMessage, isHead: boolean): Promise<Recorded> {
  const body = await buffer(response);
  const decode = decoders[response.headers['content-encoding'] ?? ''] ?? ((plain: Buffer) => plain);
  const length = response.headers['content-length'];
  if (length !== undefined && !isHead && response.statusCode !== 304) expect(Number(length)).toBe(body.length);
  if (response.headers.etag) tokens['page'] = response.headers.etag;
  return {
    status: `${response.statusCode} ${response.statusMessage}`,
    headers: normalizeHeaders(response.rawHeaders),
    body: normalizeBody(decode(body).toString(), response.headers['content-type'] ?? ''),
  };
}

test('every request is answered as it was recorded', { timeout: 300_000 }, async () => {
  const surprises: string[] = [];
  for (const { name, to, ...sent } of wireRequests()) {
    surprises.push(...compare(name, await record(await send(origins[to] ?? '', sent), sent.method === 'HEAD')));
  }
  console.log(`wire: ${answered.size} requests`);
  expect(surprises.join('\n')).toBe('');
});

test('an event stream begins as it was recorded', async () => {
  const query = 'subscription { activity { event } }';
  const opened: [name: string, sent: Sent][] = ['text/event-stream', '*/*', 'text/event-stream, application/json'].map((accept) => [
    `stream: POST, ${accept}`,
    { method: 'POST', path: '/graphql', headers: { 'content-type': 'application/json', accept }, body: JSON.stringify({ query }) },
  ]);
  const path = `/graphql?query=${encodeURIComponent(query)}`;
  opened.push(['stream: GET', { method: 'GET', path, headers: { accept: 'text/event-stream', 'accept-encoding': 'gzip' } }]);
  opened.push(['stream: GET from another origin', { method: 'GET', path, headers: { origin: 'https://panel.example.com' } }]);
  const surprises: string[] = [];
  for (const [name, { headers, ...sent }] of opened) {
    const origin = name.endsWith('origin') ? origins['browsers'] : origins['default'];
    const response = await send(origin ?? '', { ...sent, headers: { ...headers, authorization: 'Bearer {cyd}' } });
    let body = '';
    await new Promise<void>((resolve) => {
      response.setEncoding('utf8').on('data', (part) => {
        // The first part says that nothing is missed from here on.
        if (body === '') void gateway.rest('POST', '/account/api-keys', { ...cyd, body: { description: name } });
        body += part;
        if (/data: .*\n\n/.test(body)) resolve();
      });
    });
    response.destroy();
    const head = { status: `${response.statusCode} ${response.statusMessage}`, headers: normalizeHeaders(response.rawHeaders) };
    surprises.push(...compare(name, { ...head, body: normalizeBody(body, 'text/event-stream') }));
  }
  expect(surprises.join('\n')).toBe('');
});

test.each(Object.keys(rawRequests))('bytes are answered as it was recorded: %s', async (name) => {
  const socket = connect(Number(new URL(origins['default'] ?? '').port), '127.0.0.1');
  socket.on('error', () => undefined);
  // A connection that was not upgraded is left to the client, for as long as the server keeps an idle one.
  socket.on('data', (part) => String(part).startsWith('HTTP/1.1 426 ') && socket.end());
  socket.write(rawRequests[name] ?? '');
  const answers = (await text(socket)).split(/(?=HTTP\/1\.1 \d{3} )/).filter((answer) => answer !== '');
  expect(answers.flatMap((answer, at) => compare(`bytes: ${name}, ${at}`, readAnswer(answer)))).toEqual([]);
});

test('a request is counted for whom it was recorded', async () => {
  const limit = 6;
  const counting = await start({ LIMIT_REQUESTS_PER_MINUTE: String(limit), TRUSTED_PROXIES: '127.0.0.1' });
  const origin = await serve(counting);
  const surprises: string[] = [];
  for (const [at, [name, sent]] of Object.entries(countedRequests).entries()) {
    const person = await counting.createPerson();
    const from = { 'x-forwarded-for': `203.0.113.${at + 1}` };
    tokens['counted'] = person.token;
    const response = await send(origin, { ...sent, headers: { ...from, ...sent.headers } });
    await buffer(response);
    const left = (await counting.rest('GET', '/account', person)).headers.get('x-ratelimit-remaining');
    let more = 0;
    const probe = () => counting.graphql('{ __typename }', {}, { headers: from });
    while ((await probe()).status === 200) more += 1;
    const counts = { account: limit - 1 - Number(left), address: limit - more };
    surprises.push(...compare(`counted: ${name}`, { status: String(response.statusCode), headers: {}, body: JSON.stringify(counts) }));
  }
  expect(surprises.join('\n')).toBe('');
});

test('a wrong key is counted once for a request', async () => {
  const few = await startGateway({ env: { LIMIT_UNKNOWN_KEYS_PER_MINUTE: '3' }, db: gateway.db });
  const query = { query: '{ viewer { id } }' };
  const statuses: number[] = [];
  for (const body of [[query, query, query], query, [query, query], query, query]) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${tokens['wrong']}` };
    statuses.push((await few.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(body) })).status);
  }
  expect(compare('counted: wrong keys', { status: statuses.join(), headers: {}, body: '' })).toEqual([]);
});

test('no answer is recorded to a request that is not sent any more', () => {
  expect([...recorded.keys()].filter((name) => !answered.has(name))).toEqual([]);
});
