import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { afterwards } from './afterwards.ts';
import { findProcesses } from './embedded.ts';
import { runOn } from './postgresql.ts';
import {
  ask,
  createEmptyDatabase,
  createKey,
  createUsedStore,
  server as postgresql,
  type RunningServer,
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

describe('a PostgreSQL server that goes away', () => {
  let url: string;
  let way: Awaited<ReturnType<typeof createWay>>;
  let server: RunningServer;
  let token: string;

  beforeAll(async () => {
    url = await createEmptyDatabase();
    way = await createWay(url);
    server = await startServer({ DATABASE_URL: way.url, APP_KEY: createKey() });
    token = server.first()?.token ?? '';
  });

  const health = async (path: string) => (await fetch(`${server.origin}/health/${path}`)).status;
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
    const rest = await ask(server.origin, token, 'GET', '/account');
    expect(rest.status).toBe(503);
    expect(rest.body).toEqual({ errors: [{ code: 'ServiceUnavailableHttpException', status: '503', detail: expect.any(String) }] });
    expect(Number(rest.headers.get('retry-after'))).toBeGreaterThan(0);
    const graph = await graphql();
    expect(graph.status).toBe(503);
    expect(JSON.parse(graph.text)).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'UNAVAILABLE', correlationId: expect.any(String) } }],
    });
    expect(JSON.stringify(rest.body) + graph.text).not.toMatch(/prisma|select|postgres|econn|stack|node_modules|connection/i);
  };

  /** What every answer is once it is back, without a restart. */
  const expectBack = async () => {
    await until(async () => (await health('ready')) === 200);
    expect((await ask(server.origin, token, 'GET', '/account')).status).toBe(200);
    expect((await graphql()).status).toBe(200);
    expect(server.child.exitCode).toBeNull();
    expect(server.output.stderr).toBe('');
  };

  test('costs 503 while it is away, and nothing once it is back', async () => {
    await expectBack();
    way.cut();
    await expectAway();
    await sleep(1_500);
    await expectAway();
    way.mend();
    await expectBack();
  });

  test('interrupts who watches and loses them nothing: what happened meanwhile is told once it is back', async () => {
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
    const name = new URL(url).pathname.slice(1);
    const asking = Array.from({ length: 40 }, () => ask(server.origin, token, 'GET', '/account/api-keys'));
    await runOn(postgresql, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    expect((await Promise.all(asking)).filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    await expectBack();
  });

  test('is noticed also when it falls silent', async () => {
    way.block();
    const from = Date.now();
    expect(await health('ready')).toBe(503);
    expect(await health('live')).toBe(200);
    expect(Date.now() - from).toBeLessThan(5_000);
    expect((await ask(server.origin, token, 'GET', '/account')).status).toBe(503);
    way.cut();
    way.mend();
    await expectBack();
  });

  test('does not keep the server from ending', async () => {
    way.block();
    const asking = ask(server.origin, token, 'GET', '/account').catch(() => undefined);
    await sleep(200);
    const { code, seconds } = await server.stop();
    expect([code, server.output.stderr]).toEqual([0, '']);
    expect(seconds).toBeLessThan(10);
    await asking;
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

describe('a PostgreSQL server in another time zone', () => {
  test('keeps the same moments', async () => {
    const url = await createEmptyDatabase();
    await runOn(postgresql, `ALTER DATABASE "${new URL(url).pathname.slice(1)}" SET timezone = 'America/New_York'`);
    const away = new URL(url);
    away.searchParams.set('options', '-c timezone=Asia/Tokyo');
    const env = { DATABASE_URL: away.href, APP_KEY: createKey(), TZ: 'Pacific/Auckland' };
    const server = await startServer(env);
    const token = server.first()?.token ?? '';
    await ask(server.origin, token, 'GET', '/account');
    await server.stop();
    const again = await startServer(env);
    const [{ attributes }] = (await ask(again.origin, token, 'GET', '/account/api-keys')).body.data;
    for (const at of [attributes.created_at, attributes.last_used_at]) expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(60_000);
    await again.stop();
  });
});
