import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { printSeconds } from './cost.ts';
import { findFamily, findProcesses } from './embedded.ts';
import {
  ask,
  createStore,
  createUsedStore,
  failToStart,
  kinds,
  type RunningServer,
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

describe.each(kinds)('a server on the %s database', (kind) => {
  test('prints a first account once, and keeps its data', async () => {
    const store = await createStore(kind);
    const server = await startServer(store.env);
    const first = server.first();
    if (!first) throw new Error(`no first account in: ${server.output.stdout}`);
    const { output, origin } = server;
    expect(output.stdout).toContain(`curl ${origin}/api/client/account -H 'Authorization: Bearer ${first.token}'`);
    expect(output.stdout).toContain(`open the explorer in a browser:  ${origin}/graphql\n`);
    expect(first.username).toBe('admin');
    expect((await ask(origin, first.token, 'GET', '/account')).body.attributes.admin).toBe(true);
    const change = { email: 'kept@example.com', password: first.password };
    expect((await ask(origin, first.token, 'PUT', '/account/email', change)).status).toBe(204);
    expect(await server.stop('SIGINT')).toMatchObject({ code: 0 });
    if (kind === 'embedded') {
      expect(statSync(store.dataDir).mode & 0o777).toBe(privateMode);
      expect(statSync(join(store.dataDir, 'app.key')).mode & 0o777).toBe(0o600);
    }

    const again = await startServer(store.env);
    expect(again.output.stdout).not.toContain('password');
    expect(again.output.stdout.trim().split('\n')).toHaveLength(1);
    expect((await ask(again.origin, first.token, 'GET', '/account')).body.attributes.email).toBe('kept@example.com');
    expect(await again.stop('SIGTERM')).toMatchObject({ code: 0 });
    expect(again.output.stderr).toBe('');
  });
});

describe.concurrent('a server', () => {
  test('finishes a running request and writes the last use of a key after Ctrl-C, a signal to its whole process group', async () => {
    const { store, token, password } = await createUsedStore();
    const server = await startServer(store.env, { detached: true });
    // An idle connection must not delay the server.
    const idle = connect(Number(new URL(server.origin).port), '127.0.0.1');
    idle.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n');
    const body = JSON.stringify({ email: 'slow@example.com', password });
    // REST answers with whole seconds.
    const begun = Math.floor(Date.now() / 1000) * 1000;
    const slow = await beginRequest(server, token, 10, body);
    process.kill(-Number(server.child.pid), 'SIGINT');
    await until(() => server.lines().some(({ msg }) => msg === 'stopping'));
    await expect(fetch(`${server.origin}/health/live`)).rejects.toThrow();
    slow.socket.write(body.slice(10));
    const { code } = await server.ended;
    expect(slow.answer()).toMatch(/^HTTP\/1\.1 204 /);
    expect([code, server.output.stderr]).toEqual([0, '']);

    const again = await startServer(store.env);
    const keys = await ask(again.origin, token, 'GET', '/account/api-keys');
    expect(Date.parse(keys.body.data[0].attributes.last_used_at)).toBeGreaterThanOrEqual(begun);
    expect((await ask(again.origin, token, 'GET', '/account')).body.attributes.email).toBe('slow@example.com');
    await again.stop();
  });

  test('ends while a request does not end', async () => {
    const { store, token } = await createUsedStore();
    const server = await startServer(store.env);
    const never = await beginRequest(server, token, 10, '{"email":"never@example.com"}');
    const closed = once(never.socket, 'close');
    const from = performance.now();
    const { code } = await server.stop('SIGTERM');
    printSeconds('a server with an endless request ended, at most after ten seconds', from);
    await closed;
    expect([code, server.output.stderr]).toEqual([0, '']);
  });

  test('closes its subscriptions and ends', async () => {
    const { store, token } = await createUsedStore();
    const server = await startServer(store.env);
    const watched = await watchActivity(server.origin, token);
    await ask(server.origin, token, 'POST', '/account/api-keys', { description: 'seen' });
    await until(() => watched.text().includes('user:api-key.create'));
    const from = performance.now();
    const { code } = await server.stop('SIGTERM');
    printSeconds('a server with an open event stream ended', from);
    await watched.ended;
    expect([code, server.output.stderr]).toEqual([0, '']);
    // Closed, not completed: a client connects again after the first, and not after the second.
    expect(watched.text()).not.toContain('event: complete');
  });

  test('continues when clients close their connections during a request', async () => {
    const { store, token } = await createUsedStore();
    const server = await startServer(store.env);
    for (const path of ['/graphql', '/api/client/account/email', '/nowhere']) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': 1000 };
      const method = path === '/graphql' ? 'POST' : 'PUT';
      const half = request(`${server.origin}${path}`, { method, headers: { ...headers, expect: '100-continue' } });
      half.on('error', () => undefined).flushHeaders();
      // Where no body is read, none is asked for.
      await once(half, path === '/nowhere' ? 'response' : 'continue');
      half.write('{"query":');
      half.destroy();
    }
    expect((await ask(server.origin, token, 'GET', '/account')).status).toBe(200);
    const { code, lines } = await server.stop();
    expect(lines.filter(({ level }) => level >= 50)).toEqual([]);
    expect([code, server.output.stderr]).toEqual([0, '']);
  });
});

test.runIf(existsSync('/proc/self/status'))('a first start needs at most 512 MB, gateway and database together', async () => {
  const { env, dataDir } = await createStore('embedded');
  const server = await startServer(env);
  const peaks = findFamily([Number(server.child.pid), findProcesses(dataDir).supervisor]).map(readPeak);
  const total = peaks.reduce((sum, peak) => sum + peak, 0);
  console.log(`peak memory of a first start: ${total} MB, of it Node ${peaks[0]} MB`);
  expect(total).toBeLessThan(400);
  await server.stop();
});

/** The maximum memory of a process in megabytes. Pages that processes share count for each. */
function readPeak(id: number): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0) / 1024);
}

describe.concurrent('a data folder', () => {
  test('becomes private again', async () => {
    const { env, dataDir } = (await createUsedStore()).store;
    chmodSync(dataDir, 0o755);
    await (await startServer(env)).stop();
    expect(statSync(dataDir).mode & 0o777).toBe(privateMode);
  });

  test('without its key is refused: another key cannot unseal its secrets', async () => {
    const { env, dataDir } = (await createUsedStore()).store;
    rmSync(join(dataDir, 'app.key'));
    const { code, stderr } = await failToStart(env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^account-gateway: APP_KEY is unset and .*app\.key is missing: put back the key/);
  });

  test('is not created when the port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String(Object(taken.address()).port);
    const { env, dataDir } = await createStore('embedded');
    const { code, stderr } = await failToStart({ ...env, PORT: port });
    expect([code, stderr]).toEqual([1, `account-gateway: PORT ${port} on 127.0.0.1 is in use by another process\n`]);
    expect(existsSync(dataDir)).toBe(false);
    taken.close();
  });
});
