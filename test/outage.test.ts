import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { isUnavailable } from '../src/db/unavailable.ts';
import { printSeconds } from './cost.ts';
import { createDatabaseProxy } from './database-proxy.ts';
import { findProcesses } from './embedded.ts';
import { makeFolder } from './folders.ts';
import { queryOn, runOn } from './postgresql.ts';
import {
  ask,
  createEmptyDatabase,
  createKey,
  createStore,
  isOwnPostgresql,
  server as postgresql,
  startServer,
  until,
  watchActivity,
} from './processes.ts';

/** Starts a server that reaches its database through the proxy. */
async function startWithProxy() {
  const url = await createEmptyDatabase();
  const proxy = await createDatabaseProxy(url);
  const server = await startServer({ DATABASE_URL: proxy.url, APP_KEY: createKey() });
  const token = server.first()?.token ?? '';

  const health = async (path: string) => (await fetch(`${server.origin}/health/${path}`)).status;
  const rest = () => ask(server.origin, token, 'GET', '/account');
  const graphql = async () => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ query: '{ viewer { profile { email } } }' });
    const response = await fetch(`${server.origin}/graphql`, { method: 'POST', headers, body });
    return { status: response.status, text: await response.text() };
  };

  /** Expects the answers while the database is unavailable. */
  const expectUnavailable = async () => {
    expect(await health('live')).toBe(200);
    expect(await health('ready')).toBe(503);
    const { status, headers, body } = await rest();
    expect(status).toBe(503);
    expect(body).toEqual({ errors: [{ code: 'ServiceUnavailableHttpException', status: '503', detail: expect.any(String) }] });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    const graph = await graphql();
    expect(graph.status).toBe(503);
    expect(JSON.parse(graph.text)).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'UNAVAILABLE', correlationId: expect.any(String) } }],
    });
    expect(JSON.stringify(body) + graph.text).not.toMatch(/prisma|select|postgres|econn|stack|node_modules|connection/i);
  };

  /** Expects the answers when it is available again, without a restart. */
  const expectAvailable = async () => {
    await until(async () => (await health('ready')) === 200);
    expect((await rest()).status).toBe(200);
    expect((await graphql()).status).toBe(200);
    expect(server.child.exitCode).toBeNull();
    expect(server.output.stderr).toBe('');
  };

  return { url, proxy, server, token, health, rest, expectUnavailable, expectAvailable };
}

// One gateway, whose database is away in several ways one after another; the last test stops it.
describe('an unavailable PostgreSQL server', () => {
  let started: Awaited<ReturnType<typeof startWithProxy>>;
  beforeAll(async () => {
    started = await startWithProxy();
  });

  test('makes every answer 503 until it is available again', async () => {
    const { proxy, expectUnavailable, expectAvailable } = started;
    await expectAvailable();
    proxy.cut();
    // Connections break at first, and then none can be opened.
    await expectUnavailable();
    await expectUnavailable();
    proxy.restore();
    await expectAvailable();
  });

  test('interrupts subscriptions, which receive the missed events when it is available again', async () => {
    const { url, proxy, server, token, expectAvailable } = started;
    const watched = await watchActivity(server.origin, token);
    proxy.cut();
    const insert = `INSERT INTO activity (account_id, actor_id, event, occurred_at) SELECT id, id, 'missed', now() FROM accounts`;
    await runOn(url, insert);
    const warnings = () => server.lines().filter(({ msg }) => msg === 'new activity was not read').length;
    await until(() => warnings() > 0);
    expect(watched.text()).not.toContain('missed');
    proxy.restore();
    await until(() => watched.text().includes('missed'));
    expect(warnings()).toBe(1);
    watched.leave();
    await expectAvailable();
  });

  test('can close every connection, busy or idle', async () => {
    const { url, server, token, expectAvailable } = started;
    const name = new URL(url).pathname.slice(1);
    const asking = Array.from({ length: 40 }, () => ask(server.origin, token, 'GET', '/account/api-keys'));
    await runOn(postgresql, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    expect((await Promise.all(asking)).filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    await expectAvailable();
  });

  test('is detected also when it does not close its connections', async () => {
    const { proxy, health, rest, expectAvailable } = started;
    proxy.block();
    const from = performance.now();
    expect(await health('ready')).toBe(503);
    expect(await health('live')).toBe(200);
    printSeconds('a silent database was detected', from);
    const refused = performance.now();
    // More requests than connections: none waits for another's time limit.
    const answers = await Promise.all(Array.from({ length: 60 }, () => rest()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    printSeconds('60 requests to a silent database were answered', refused);
    proxy.restore();
    const back = performance.now();
    await expectAvailable();
    printSeconds('a database that was silent was available again', back);
    proxy.block();
    expect((await rest()).status).toBe(503);
    proxy.cut();
    proxy.restore();
    await expectAvailable();
  });

  test('does not prevent the server from ending', async () => {
    const { proxy, server, token, health } = started;
    proxy.block();
    const headers = { authorization: `Bearer ${token}` };
    const asked = request(`${server.origin}/api/client/account`, { headers })
      .on('error', () => undefined)
      .end();
    await once(asked, 'finish');
    // A request that was sent later is answered: the first one is running.
    expect(await health('live')).toBe(200);
    const from = performance.now();
    const { code } = await server.stop();
    printSeconds('a server ended beside a silent database, of ten that it has', from);
    expect([code, server.output.stderr]).toEqual([0, '']);
  });
});

test.runIf(isOwnPostgresql)('an embedded PostgreSQL that is killed makes every answer 503 until it runs again', async () => {
  const store = await createStore('embedded');
  const server = await startServer(store.env);
  const token = server.first()?.token ?? '';
  const read = () => ask(server.origin, token, 'GET', '/account');
  expect((await read()).status).toBe(200);
  process.kill(findProcesses(store.dataDir).postgres, 'SIGKILL');
  await until(async () => (await read()).status === 503);
  const statuses = new Set<number>();
  await until(async () => {
    const { status } = await read();
    statuses.add(status);
    return status === 200;
  });
  expect([...statuses].filter((status) => status !== 503)).toEqual([200]);
  await until(async () => (await fetch(`${server.origin}/health/ready`)).status === 200);
  expect((await server.stop()).code).toBe(0);
  expect(server.output.stderr).toBe('');
});

test('a PostgreSQL server in another time zone stores the same times', async () => {
  const url = await createEmptyDatabase();
  await runOn(postgresql, `ALTER DATABASE "${new URL(url).pathname.slice(1)}" SET timezone = 'America/New_York'`);
  const target = new URL(url);
  target.searchParams.set('options', '-c timezone=Asia/Tokyo');
  // REST answers with whole seconds.
  const begun = Math.floor(Date.now() / 1000) * 1000;
  const server = await startServer({ DATABASE_URL: target.href, APP_KEY: createKey(), TZ: 'Pacific/Auckland' });
  const token = server.first()?.token ?? '';
  const readKey = async () => (await ask(server.origin, token, 'GET', '/account/api-keys')).body.data[0].attributes;
  expect((await readKey()).last_used_at).not.toBeNull();
  // The last use is written in the background, and read from memory before.
  const select = 'SELECT extract(epoch FROM last_used_at) * 1000 AS ms FROM api_keys WHERE last_used_at IS NOT NULL';
  await until(async () => (await queryOn(url, select)).length === 1);
  const [stored] = await queryOn(url, select);
  const { created_at, last_used_at } = await readKey();
  for (const at of [Date.parse(created_at), Date.parse(last_used_at), Number(stored.ms)]) {
    expect(at).toBeGreaterThanOrEqual(begun);
    expect(at).toBeLessThanOrEqual(Date.now());
  }
  await server.stop();
});

test('a missing socket is an unavailable database, and a missing file is not', async () => {
  const folder = makeFolder('gateway-no-socket-');
  const absent = new pg.Client({ host: folder });
  expect(await absent.connect().catch(isUnavailable)).toBe(true);
  expect(await readFile(join(folder, 'nothing')).catch(isUnavailable)).toBe(false);
  await rm(folder, { recursive: true });
});
