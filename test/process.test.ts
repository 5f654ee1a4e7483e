import { once } from 'node:events';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { afterwards } from './afterwards.ts';
import { printSeconds } from './cost.ts';
import { findFamily, findProcesses } from './embedded.ts';
import {
  ask,
  createStore,
  failToStart,
  kinds,
  type RunningServer,
  readFirstAccount,
  run,
  type Store,
  startByNpm,
  startServer,
  until,
  watchActivity,
} from './processes.ts';

/** As root, the user of PostgreSQL passes through the folder. */
const privateMode = process.getuid?.() === 0 ? 0o711 : 0o700;

/** Sends the first part of a request. Resolves when the request is running. */
async function beginRequest({ origin }: RunningServer, token: string, bytes: number, body: string) {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1').on('error', () => undefined);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text) => {
    answer += text;
  });
  const head = `PUT /api/client/account/email HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`;
  socket.write(`${head}content-length: ${body.length}\r\nexpect: 100-continue\r\n\r\n`);
  await until(() => answer.startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
  socket.write(body.slice(0, bytes));
  return { socket, answer: () => answer.replace('HTTP/1.1 100 Continue\r\n\r\n', '') };
}

/** What the test that stops the server changes, and the next one finds. */
const changed = { email: 'slow@example.com', afterMs: 0 };

// One server, started, used and stopped by the tests in this order, and started again.
describe.each(kinds)('a server on the %s database', (kind) => {
  let store: Store;
  let server: RunningServer;
  let first: { username: string; password: string; token: string };

  beforeAll(async () => {
    store = await createStore(kind);
    server = await startServer(store.env, { detached: true });
    const printed = server.first();
    if (!printed) throw new Error(`no first account in: ${server.output.stdout}`);
    first = printed;
  });

  test('prints a first account', async () => {
    const { output, origin } = server;
    expect(output.stdout).toContain(`curl ${origin}/api/client/account -H 'Authorization: Bearer ${first.token}'`);
    expect(output.stdout).toContain(`open the explorer in a browser:  ${origin}/graphql\n`);
    expect(first.username).toBe('admin');
    expect((await ask(origin, first.token, 'GET', '/account')).body.attributes.admin).toBe(true);
  });

  test.runIf(kind === 'embedded' && existsSync('/proc/self/status'))('needs at most 512 MB with its database at a first start', () => {
    const peaks = findFamily([Number(server.child.pid), findProcesses(store.dataDir).supervisor]).map(readPeak);
    const total = peaks.reduce((sum, peak) => sum + peak, 0);
    console.log(`peak memory of a first start: ${total} MB, of it Node ${peaks[0]} MB`);
    expect(total).toBeLessThan(400);
  });

  test('continues when clients close their connections during a request', async () => {
    for (const path of ['/graphql', '/api/client/account/email', '/nowhere']) {
      const headers = { authorization: `Bearer ${first.token}`, 'content-type': 'application/json', 'content-length': 1000 };
      const method = path === '/graphql' ? 'POST' : 'PUT';
      const half = request(`${server.origin}${path}`, { method, headers: { ...headers, expect: '100-continue' } });
      half.on('error', () => undefined).flushHeaders();
      // Where no body is read, none is asked for.
      await once(half, path === '/nowhere' ? 'response' : 'continue');
      half.write('{"query":');
      half.destroy();
    }
    expect((await ask(server.origin, first.token, 'GET', '/account')).status).toBe(200);
    expect(server.lines().filter(({ level }) => level >= 50)).toEqual([]);
  });

  test('finishes a running request and ends its subscriptions at once after Ctrl-C, a signal to its whole process group', async () => {
    const watched = await watchActivity(server.origin, first.token);
    await ask(server.origin, first.token, 'POST', '/account/api-keys', { description: 'seen' });
    await until(() => watched.text().includes('user:api-key.create'));
    // An idle connection must not delay the server.
    const idle = connect(Number(new URL(server.origin).port), '127.0.0.1');
    idle.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n');
    const body = JSON.stringify({ email: changed.email, password: first.password });
    // REST answers with whole seconds.
    changed.afterMs = Math.floor(Date.now() / 1000) * 1000;
    const slow = await beginRequest(server, first.token, 10, body);
    const from = performance.now();
    process.kill(-Number(server.child.pid), 'SIGINT');
    await until(() => server.lines().some(({ msg }) => msg === 'stopping'));
    // Not on an idle connection, which gets its last answer.
    const [refusal] = await once(connect(Number(new URL(server.origin).port), '127.0.0.1'), 'error');
    expect(refusal.code).toBe('ECONNREFUSED');
    // Whole, not completed: a client connects again after such an end, and not after the event.
    expect(await watched.ended).toBe('whole');
    expect(watched.text()).toMatch(/\n: the server stops, connect again\n\n$/);
    expect(watched.text()).not.toContain('event: complete');
    slow.socket.write(body.slice(10));
    const { code } = await server.ended;
    printSeconds('a server with a slow request, an idle connection and an event stream ended', from);
    expect(slow.answer()).toMatch(/^HTTP\/1\.1 204 /);
    expect([code, server.output.stderr]).toEqual([0, '']);
    if (kind === 'postgresql') return;
    expect(statSync(store.dataDir).mode & 0o777).toBe(privateMode);
    expect(statSync(join(store.dataDir, 'app.key')).mode & 0o777).toBe(0o600);
  });

  test('keeps its data and the last use of a key, prints no account again, and ends while a request does not end', async () => {
    if (kind === 'embedded') chmodSync(store.dataDir, 0o755);
    const again = await startServer(store.env);
    if (kind === 'embedded') expect(statSync(store.dataDir).mode & 0o777).toBe(privateMode);
    expect(again.output.stdout).not.toContain('password');
    expect(again.output.stdout.trim().split('\n')).toHaveLength(1);
    expect((await ask(again.origin, first.token, 'GET', '/account')).body.attributes.email).toBe(changed.email);
    const never = await beginRequest(again, first.token, 10, '{"email":"never@example.com"}');
    const closed = once(never.socket, 'close');
    const keys = await ask(again.origin, first.token, 'GET', '/account/api-keys');
    expect(Date.parse(keys.body.data[0].attributes.last_used_at)).toBeGreaterThanOrEqual(changed.afterMs);
    const from = performance.now();
    expect(await again.stop('SIGTERM')).toMatchObject({ code: 0 });
    printSeconds('a server with an endless request ended, at most after ten seconds', from);
    await closed;
    expect(again.output.stderr).toBe('');
  });

  test.runIf(kind === 'embedded')('is refused without its key: another key cannot decrypt its secrets', async () => {
    rmSync(join(store.dataDir, 'app.key'));
    const { code, stderr } = await failToStart(store.env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^account-gateway: APP_KEY is unset and .*app\.key is missing: put back the key/);
  });
});

/** The maximum memory of a process in megabytes. Pages that processes share count for each. */
function readPeak(id: number): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0) / 1024);
}

test('npm start passes SIGTERM on to the server, which is not ready, answers for the delay, stops then and leaves the port', async () => {
  const { env } = await createStore('postgresql');
  const server = await startByNpm({ ...env, SHUTDOWN_DELAY_SECONDS: '3' });
  const { pid } = server.lines().find(({ msg }) => msg === 'listening');
  afterwards(() => isRunning(pid) && process.kill(pid, 'SIGKILL'));
  const token = server.first()?.token ?? '';
  server.child.kill('SIGTERM');
  await until(async () => (await fetch(`${server.origin}/health/ready`)).status === 503);
  expect(await (await fetch(`${server.origin}/health/ready`)).json()).toEqual({ status: 'stopping' });
  expect((await fetch(`${server.origin}/health/live`)).status).toBe(200);
  expect((await ask(server.origin, token, 'GET', '/account')).status).toBe(200);
  await until(() => !isRunning(pid));
  await server.ended;
  const lines = server.lines().filter(({ msg }) => msg === 'stopping');
  expect(lines).toEqual([expect.objectContaining({ signal: 'SIGTERM', delaySeconds: 3 })]);
  expect(server.lines().at(-1)).toMatchObject({ msg: 'stopped' });
  await expect(fetch(`${server.origin}/health/live`)).rejects.toThrow();
});

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}

describe.each(kinds)('in production, on the %s database', (kind) => {
  test('no account is created where its file cannot be written; else it is in a file that others cannot read, and not in the log', async () => {
    const { env, dataDir } = await createStore(kind);
    const file = join(dataDir, 'first-account.txt');
    mkdirSync(file, { recursive: true });
    const { code, stderr } = await failToStart({ ...env, NODE_ENV: 'production' });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^account-gateway: [^\n]*first-account\.txt cannot be used: it is a folder\n$/),
    ]);
    // Without a database in it, the folder is made again.
    rmSync(kind === 'embedded' ? file : dataDir, { recursive: true });
    const server = await startServer({ ...env, NODE_ENV: 'production' });
    const text = readFileSync(file, 'utf8');
    const { password = '', token = '' } = readFirstAccount(text) ?? {};
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dataDir).mode & 0o066).toBe(0);
    expect((await ask(server.origin, token, 'GET', '/account')).status).toBe(200);
    expect(server.lines()).toContainEqual(expect.objectContaining({ file, msg: expect.stringMatching(/^Created the first account\./) }));
    const { lines } = await server.stop();
    expect(server.output.stdout.trim().split('\n')).toHaveLength(lines.length);
    expect(`${server.output.stdout}${server.output.stderr}`).not.toContain(password);
    expect(server.output.stdout).not.toContain(token);
  });
});

test.each([['PORT'], ['METRICS_PORT']])(
  'a data folder is not created, nor a first account that nobody sees, when %s is in use',
  async (variable) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String(Object(taken.address()).port);
    const { env, dataDir } = await createStore('embedded');
    const { code, stderr } = await failToStart({ ...env, [variable]: port });
    expect([code, stderr]).toEqual([1, `account-gateway: ${variable} ${port} on 127.0.0.1 is in use by another process\n`]);
    expect(existsSync(dataDir)).toBe(false);
    taken.close();
  },
);

// The disk of the log was full: the server ended with the first line, and after an error it tried to write the last ones until it was killed.
test.runIf(existsSync('/dev/full'))('a server goes on and stops where its log cannot be written', async () => {
  const { env } = await createStore('postgresql');
  await (await startServer(env)).stop();
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const port = String(Object(free.address()).port);
  free.close();
  const full = openSync('/dev/full', 'w');
  const { child, ended } = run('src/server/main.ts', [], { ...env, PORT: port }, { stdio: ['ignore', full, 'pipe'] });
  afterwards(() => child.kill('SIGKILL') && ended);
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/health/ready`).then(
      ({ status }) => status === 200,
      () => false,
    );
  await until(isReady);
  expect((await fetch(`http://127.0.0.1:${port}/nowhere`)).status).toBe(404);
  // Longer than lines wait to be written.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await isReady()).toBe(true);
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  expect([code, stderr]).toEqual([0, '']);
  closeSync(full);
});

// It waited for the reader of the log until it was killed.
test('a server stops in time where its log is not read', async () => {
  const { env } = await createStore('postgresql');
  const server = await startServer({ ...env, LIMIT_REQUESTS_PER_MINUTE: '0' });
  server.child.stdout?.pause();
  // More than the pipe and this process keep: 250 bytes for each request.
  for (let sent = 0; sent < 2_000; sent += 100) {
    await Promise.all(Array.from({ length: 100 }, async () => (await fetch(`${server.origin}/nowhere`)).arrayBuffer()));
  }
  const from = performance.now();
  server.child.kill('SIGTERM');
  const [code] = await once(server.child, 'exit');
  printSeconds('a server whose log is not read ended', from);
  expect(code).toBe(0);
  server.child.stdout?.resume();
});

test.runIf(existsSync('/dev/full'))('a command says in one line that its output cannot be written', async () => {
  const full = openSync('/dev/full', 'w');
  const { code, stderr } = await run('src/cli/main.ts', ['schema'], {}, { stdio: ['ignore', full, 'pipe'] }).ended;
  closeSync(full);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^the output cannot be written: ENOSPC[^\n]+\n$/)]);
});
