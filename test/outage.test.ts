import { once } from 'node:events';
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { afterwards } from './afterwards.ts';
import { printSeconds } from './cost.ts';
import { findProcesses } from './embedded.ts';
import { runOn } from './postgresql.ts';
import {
  ask,
  createEmptyDatabase,
  createKey,
  createUsedStore,
  server as postgresql,
  startServer,
  until,
  watchActivity,
} from './processes.ts';

/** The way to the database, which can be cut, blocked and mended. */
async function createWay(url: string) {
  const through = new URL(url);
  const folder = through.searchParams.get('host');
  const target = folder ? { path: join(folder, '.s.PGSQL.5432') } : { host: through.hostname, port: Number(through.port || 5432) };
  const sockets = new Set<Socket>();
  let isOpen = true;
  let isBlocked = false;
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('data', (bytes) => !isBlocked && to.write(bytes));
    from.on('error', () => to.destroy()).on('close', () => to.destroy());
  };
  const listener = createServer((near) => {
    if (!isOpen) return near.destroy();
    const far = connect(target);
    pass(near, far);
    pass(far, near);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const cut = () => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  afterwards(() => {
    cut();
    listener.close();
  });
  through.searchParams.delete('host');
  through.host = `127.0.0.1:${Object(listener.address()).port}`;
  const mend = () => {
    isOpen = true;
    isBlocked = false;
  };
  const block = () => {
    isBlocked = true;
  };
  return { url: through.href, cut, block, mend };
}

/** A server whose way to its database can be cut. */
async function startFarFromDatabase() {
  const url = await createEmptyDatabase();
  const way = await createWay(url);
  const server = await startServer({ DATABASE_URL: way.url, APP_KEY: createKey() });
  const token = server.first()?.token ?? '';

  const health = async (path: string) => (await fetch(`${server.origin}/health/${path}`)).status;
  const rest = () => ask(server.origin, token, 'GET', '/account');
  const graphql = async () => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ query: '{ viewer { profile { email } } }' });
    const response = await fetch(`${server.origin}/graphql`, { method: 'POST', headers, body });
    return { status: response.status, text: await response.text() };
  };

  /** What every answer is while the database is away. */
  const expectAway = async () => {
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

  /** What every answer is once it is back, without a restart. */
  const expectBack = async () => {
    await until(async () => (await health('ready')) === 200);
    expect((await rest()).status).toBe(200);
    expect((await graphql()).status).toBe(200);
    expect(server.child.exitCode).toBeNull();
    expect(server.output.stderr).toBe('');
  };

  return { url, way, server, token, health, rest, expectAway, expectBack };
}

// Beside each other: most of the time they wait until a deadline has passed.
describe.concurrent('a PostgreSQL server that goes away', () => {
  test('costs 503 while it is away, and nothing once it is back', async () => {
    const { way, expectAway, expectBack } = await startFarFromDatabase();
    await expectBack();
    way.cut();
    await expectAway();
    await sleep(1_500);
    await expectAway();
    way.mend();
    await expectBack();
  });

  test('interrupts who watches and loses them nothing: what happened meanwhile is told once it is back', async () => {
    const { url, way, server, token, expectBack } = await startFarFromDatabase();
    const watched = await watchActivity(server.origin, token);
    way.cut();
    const insert = `INSERT INTO activity (account_id, actor_id, event, occurred_at) SELECT id, id, 'meanwhile', now() FROM accounts`;
    await runOn(url, insert);
    await sleep(1_500);
    expect(watched.text()).not.toContain('meanwhile');
    way.mend();
    await until(() => watched.text().includes('meanwhile'));
    const warnings = server.lines().filter(({ msg }) => msg === 'new activity was not read');
    expect(warnings.length).toBe(1);
    watched.leave();
    await expectBack();
  });

  test('may end every connection, busy or idle', async () => {
    const { url, server, token, expectBack } = await startFarFromDatabase();
    const name = new URL(url).pathname.slice(1);
    const asking = Array.from({ length: 40 }, () => ask(server.origin, token, 'GET', '/account/api-keys'));
    await runOn(postgresql, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    expect((await Promise.all(asking)).filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    await expectBack();
  });

  test('is noticed also when it falls silent', async () => {
    const { way, health, rest, expectBack } = await startFarFromDatabase();
    way.block();
    const from = performance.now();
    expect(await health('ready')).toBe(503);
    expect(await health('live')).toBe(200);
    printSeconds('a silent database was noticed', from);
    expect((await rest()).status).toBe(503);
    way.cut();
    way.mend();
    await expectBack();
  });

  test('does not keep the server from ending', async () => {
    const { way, server, token } = await startFarFromDatabase();
    way.block();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': 2, expect: '100-continue' };
    const asked = request(`${server.origin}/graphql`, { method: 'POST', headers }).on('error', () => undefined);
    asked.flushHeaders();
    // From here on the request is running.
    await once(asked, 'continue');
    asked.end('{}');
    const from = performance.now();
    const { code } = await server.stop();
    printSeconds('a server ended beside a silent database, of ten that it has', from);
    expect([code, server.output.stderr]).toEqual([0, '']);
  });
});

test('an embedded PostgreSQL that is killed costs 503 until it runs again, and the server stays', async () => {
  const { store, token } = await createUsedStore();
  const server = await startServer(store.env);
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

describe.concurrent('a PostgreSQL server in another time zone', () => {
  test('keeps the same moments', async () => {
    const url = await createEmptyDatabase();
    await runOn(postgresql, `ALTER DATABASE "${new URL(url).pathname.slice(1)}" SET timezone = 'America/New_York'`);
    const away = new URL(url);
    away.searchParams.set('options', '-c timezone=Asia/Tokyo');
    // REST says whole seconds.
    const begun = Math.floor(Date.now() / 1000) * 1000;
    const env = { DATABASE_URL: away.href, APP_KEY: createKey(), TZ: 'Pacific/Auckland' };
    const server = await startServer(env);
    const token = server.first()?.token ?? '';
    await ask(server.origin, token, 'GET', '/account');
    await server.stop();
    const again = await startServer(env);
    const [{ attributes }] = (await ask(again.origin, token, 'GET', '/account/api-keys')).body.data;
    for (const at of [attributes.created_at, attributes.last_used_at]) {
      expect(Date.parse(at)).toBeGreaterThanOrEqual(begun);
      expect(Date.parse(at)).toBeLessThanOrEqual(Date.now());
    }
    await again.stop();
  });
});
