import { expect, test } from 'vitest';
import { readConfig } from '../src/config/config.ts';
import { makeFirstAccount } from '../src/server/first-account.ts';
import { openTools, silentLog } from '../src/server/tools.ts';
import { ask, createEmptyDatabase, createKey, createStore, isOwnPostgresql, type RunningServer, startServer, until } from './processes.ts';
import { startHere } from './start-here.ts';

const rounds = 2;

/** Writes until the server is killed, and keeps what it acknowledged. */
async function writeUntilGone({ origin }: RunningServer, token: string, password: string, kept: { identifiers: string[]; email: string }) {
  for (let count = 0; ; count += 1) {
    try {
      const created = await ask(origin, token, 'POST', '/account/api-keys', { description: `key ${count}` });
      if (created.status === 200) kept.identifiers.push(created.body.attributes.identifier);
      const email = `n${count}.${kept.identifiers.length}@example.com`;
      const change = await ask(origin, token, 'PUT', '/account/email', { email, password });
      if (change.status === 204) kept.email = email;
    } catch {
      return;
    }
  }
}

test.runIf(isOwnPostgresql)('a server that is killed while it writes has stored everything that it acknowledged', async () => {
  const store = await createStore('embedded');
  const env = { ...store.env, LIMIT_API_KEYS: '0', LIMIT_EMAIL_CHANGES_PER_DAY: '0', LIMIT_REQUESTS_PER_MINUTE: '0' };
  const kept = { identifiers: [] as string[], email: '' };
  let first = { token: '', password: '' };
  for (let round = 1; round <= rounds; round += 1) {
    const server = await startServer(env);
    first = server.first() ?? first;
    const writing = writeUntilGone(server, first.token, first.password, kept);
    await until(() => kept.identifiers.length >= 7 * round);
    server.child.kill('SIGKILL');
    await Promise.all([writing, server.ended]);
  }

  const server = await startHere(env);
  const { token } = first;
  const { body } = await ask(server.origin, token, 'GET', '/account/api-keys');
  const found = body.data.map((key: { attributes: { identifier: string } }) => key.attributes.identifier);
  expect(kept.identifiers.filter((identifier) => !found.includes(identifier))).toEqual([]);
  // One more change can be stored without an answer. None can be lost.
  const { email } = (await ask(server.origin, token, 'GET', '/account')).body.attributes;
  const [, count = '', keys = ''] = /^n(\d+)\.(\d+)@/.exec(kept.email) ?? [];
  expect([kept.email, `n${Number(count) + 1}.${Number(keys) + 1}@example.com`]).toContain(email);
  // Each key has its row of activity, and each row has its key.
  const rows = (await ask(server.origin, token, 'GET', '/account/activity?per_page=100&filter[event]=user:api-key.create')).body;
  expect(rows.meta.pagination.total).toBe(found.length);
});

test('several gateways that open an empty PostgreSQL database at once migrate it once and create one first account', async () => {
  const config = readConfig({ DATABASE_URL: await createEmptyDatabase(), APP_KEY: createKey() });
  const firsts: unknown[] = [];
  const open = () => openTools(config, silentLog, async (tools) => void firsts.push(await makeFirstAccount(tools, null)));
  const opened = await Promise.all(Array.from({ length: 4 }, open));
  expect(opened.filter(({ appliedMigrations }) => appliedMigrations.length > 0)).toHaveLength(1);
  expect(firsts.map((first) => first === null).sort()).toEqual([false, true, true, true]);
  for (const { tools } of opened) expect(await tools.db.account.count()).toBe(1);
  for (const { close } of opened) await close();
});
