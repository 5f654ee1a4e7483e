import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkKeys } from '../src/account/key-check.ts';
import { createKeyRing } from '../src/crypto/keys.ts';
import { writeBackup } from '../src/db/backup/backup.ts';
import { restoreBackup } from '../src/db/backup/restore.ts';
import { connect } from '../src/db/database.ts';
import { applyMigrations, listMigrations, migrationsPath } from '../src/db/migrate.ts';
import { keyNamePrefix } from '../src/db/statements/sealed.ts';
import { makeFirstAccount } from '../src/server/first-account.ts';
import { afterwards } from './afterwards.ts';
import { createBrowser } from './browser.ts';
import { runHere } from './commands.ts';
import { startWithCommands } from './commands-store.ts';
import { makeFolder } from './folders.ts';
import { codeFor, remember, startGateway } from './harness.ts';
import { queryOn, runOn } from './postgresql.ts';
import { createEmptyDatabase, createKey, createMigratedDatabase, createStore, runCli } from './processes.ts';

const folder = makeFolder('gateway-backup-');
const { gateway, db, key, url, env, cli } = await startWithCommands({ LIMIT_REQUESTS_PER_MINUTE: '0' });
const quiet = () => undefined;
const keyIds = [createKeyRing(key, []).current.id];
const isMountable = process.getuid?.() === 0 && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/mnt']).status === 0;
if (isMountable) spawnSync('umount', ['/mnt']);

/** Writes a backup. @returns its path and its JSON document. */
async function backUp(name: string) {
  const path = join(folder, name);
  // Last uses are written every second, and would differ between the file and the tables.
  await gateway.settle();
  const { code, stdout, stderr } = await cli(`backup --to ${path} --json`);
  expect([code, JSON.parse(stderr)]).toEqual([0, expect.objectContaining({ event: 'database.backed-up', by: 'operator' })]);
  return { path, json: JSON.parse(stdout) };
}

/** Restores a backup into an empty database. @returns its URL and what the command answered. */
async function restore(path: string, changed: Record<string, string> = {}) {
  const DATABASE_URL = await createEmptyDatabase();
  return { ...(await runHere(['restore', '--from', path, '--json'], { ...env, DATABASE_URL, ...changed })), url: DATABASE_URL };
}

/** Starts a gateway on a restored database. */
function startOn(restored: string) {
  const restoredDb = remember(connect(restored, quiet));
  afterwards(() => restoredDb.$disconnect());
  return startGateway({ db: restoredDb, keys: createKeyRing(key, []), env: { LIMIT_REQUESTS_PER_MINUTE: '0' } });
}

/** Every row of a table but what a restore changes. */
const rowsOf = (at: string, table: string) =>
  queryOn(at, `SELECT to_jsonb(t) - 'device_generation' AS row FROM ${table} t ORDER BY to_jsonb(t)::text`);

const isEmpty = async (at: string) =>
  (await queryOn(at, 'SELECT tablename FROM pg_tables WHERE schemaname = current_schema()')).length === 0;

describe('a backup', () => {
  test('brings every account, key and event back, under the same ids, and no session and no known browser', async () => {
    const person = await gateway.createPerson();
    const { secret } = await gateway.enableTwoFactor(person);
    const described = await gateway.rest('POST', '/account/api-keys', {
      token: person.token,
      body: { description: 'tab\there \\N \\. "quoted" ü 漢 🔑', allowed_ips: ['192.0.2.0/24'] },
    });
    expect(described.status).toBe(200);
    const other = await gateway.createPerson();
    const browser = createBrowser(gateway);
    expect((await browser.signIn(other.username, other.password)).__typename).toBe('SignInPayload');
    await gateway.settle();
    const { path, json } = await backUp('whole');
    expect([statSync(path).mode & 0o777, statSync(path).size]).toEqual([0o600, json.bytes]);
    expect(Date.parse(json.madeAt)).toBeLessThanOrEqual(Date.now());
    const restored = await restore(path);
    expect([restored.code, JSON.parse(restored.stdout)]).toMatchObject([0, { madeAt: json.madeAt, rows: json.rows, bytes: json.bytes }]);
    expect(restored.stderr).toContain(`as it was at ${json.madeAt}. API keys, passwords and recovery tokens that were revoked`);
    for (const table of ['accounts', 'two_factor', 'recovery_tokens', 'api_keys', 'deleted_api_keys', 'ssh_keys', 'activity']) {
      expect([table, await rowsOf(restored.url, table)]).toEqual([table, await rowsOf(url, table)]);
    }
    const generations = `SELECT device_generation, (SELECT value FROM settings WHERE name = 'id') AS id FROM accounts WHERE id = ${other.id}`;
    const [before] = await queryOn(url, generations);
    const [after] = await queryOn(restored.url, generations);
    expect([after.device_generation > before.device_generation + 999, after.id === before.id]).toEqual([true, false]);
    const later = await startOn(restored.url);
    later.clock.advance((gateway.clock.now().getTime() - later.clock.now().getTime()) / 1000 + 60);
    expect((await later.rest('GET', '/account', { token: other.token })).status).toBe(200);
    const session = { cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
    expect((await later.rest('GET', '/account', { headers: session })).status).toBe(401);
    const challenge = await createBrowser(later).signIn(person.username, person.password);
    const complete = await createBrowser(later).complete(challenge.challenge, { code: codeFor(secret, later.clock.now()) });
    expect(complete.__typename).toBe('CompleteSignInPayload');
    expect(await makeFirstAccount(later.tools, null)).toBeNull();
    const next = await later.createPerson();
    const [{ last }] = await queryOn(url, 'SELECT last_value::int AS last FROM accounts_id_seq');
    expect(next.id).toBe(last + 1);
    const [{ sessions }] = await queryOn(
      restored.url,
      'SELECT min(id) > (SELECT max(made_in_session_id) FROM api_keys) IS NOT FALSE AS sessions FROM sessions',
    );
    expect(sessions).toBe(true);
  });

  test('is of one time, also while accounts change', async () => {
    const person = await gateway.createPerson();
    let isOver = false;
    const write = async () => {
      while (!isOver) {
        const { body } = await gateway.rest('POST', '/account/api-keys', { token: person.token, body: { description: 'x' } });
        await gateway.rest('DELETE', `/account/api-keys/${body.attributes.identifier}`, { token: person.token });
      }
    };
    const writing = Promise.all([write(), write()]);
    const paths = [(await backUp('busy-1')).path, (await backUp('busy-2')).path];
    isOver = true;
    await writing;
    for (const path of paths) {
      const { url: at } = await restore(path);
      const [{ matches }] = await queryOn(
        at,
        `SELECT
        (SELECT count(*) FROM api_keys WHERE account_id = ${person.id}) + (SELECT count(*) FROM deleted_api_keys WHERE account_id = ${person.id})
        = (SELECT count(*) FROM activity WHERE account_id = ${person.id} AND event = 'user:api-key.create') AS matches`,
      );
      expect(matches).toBe(true);
    }
  });

  test('replaces a file when it is complete, and leaves nothing where it cannot be written', async () => {
    const path = join(folder, 'again');
    writeFileSync(path, 'before');
    chmodSync(path, 0o644);
    await backUp('again');
    expect([statSync(path).mode & 0o777, readFileSync(path).length > 100]).toEqual([0o600, true]);
    const nowhere = await cli(`backup --to ${join(folder, 'no-such-folder', 'x')}`);
    expect([nowhere.code, nowhere.stdout, nowhere.stderr]).toEqual([
      1,
      '',
      expect.stringContaining('cannot be used: it does not exist, or its folder does not\n'),
    ]);
    mkdirSync(join(folder, 'a-folder'));
    const onFolder = await cli(`backup --to ${join(folder, 'a-folder')}`);
    expect([onFolder.code, onFolder.stderr]).toEqual([1, `${join(folder, 'a-folder')} cannot be used: it is a folder\n`]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
    expect((await cli('backup')).code).toBe(2);
  });

  test.runIf(isMountable)('ends with the reason where the disk is full, and leaves nothing there', async () => {
    const full = makeFolder('gateway-full-');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', full]);
    afterwards(() => spawnSync('umount', ['--lazy', full]));
    const person = await gateway.createPerson();
    await db.$executeRaw`INSERT INTO activity (account_id, event, user_agent, occurred_at)
      SELECT ${person.id}, 'x', repeat('x', 500), now() FROM generate_series(1, 2000)`;
    const { code, stdout, stderr } = await cli(`backup --to ${join(full, 'x')}`);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining('the disk is full')]);
    expect(readdirSync(full)).toEqual([]);
  });

  test('has the id of the key and not the key, and no session', async () => {
    const { path } = await backUp('header');
    const text = readFileSync(path).toString('latin1');
    expect(text).toContain(`"keyId":"${createKeyRing(key, []).current.id}"`);
    for (const secret of [key.toString('base64'), key.toString('latin1'), key.toString('hex')]) expect(text).not.toContain(secret);
    expect(text).not.toMatch(/"name":"(sessions|sign_in_challenges|two_factor_setups|_prisma_migrations)"/);
  });

  test('is refused under a key that the database does not seal with, and names one that it does', async () => {
    await checkKeys(db, createKeyRing(key, []), new Date());
    const [other, path] = [createKey(), join(folder, 'other-key')];
    // Such as the environment of another gateway: a backup that named its key could be restored with neither.
    const wrong = await runHere(['backup', '--to', path], { ...env, APP_KEY: other });
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining(`the database needs the key ${keyIds[0]}, which is neither`)]);
    expect(existsSync(path)).toBe(false);
    const changing = { ...env, APP_KEY: other, APP_PREVIOUS_KEYS: env.APP_KEY };
    expect((await runHere(['backup', '--to', path], changing)).code).toBe(0);
    expect((await restore(path)).code).toBe(0);
    await db.setting.deleteMany({ where: { name: { startsWith: keyNamePrefix } } });
  });

  test('of a database without tables is refused', async () => {
    const DATABASE_URL = await createEmptyDatabase();
    const { code, stderr } = await runHere(['backup', '--to', join(folder, 'none')], { ...env, DATABASE_URL });
    expect([code, stderr]).toEqual([1, 'the database has no tables of the gateway: there is nothing to back up\n']);
    expect(await isEmpty(DATABASE_URL)).toBe(true);
  });
});

describe('restore', () => {
  test('goes from a server to the embedded database, and back', async () => {
    const { path } = await backUp('to-embedded');
    const embedded = await createStore('embedded');
    const words = ['restore', '--from', path, '--json'];
    const without = await runHere(words, embedded.env);
    expect([without.code, without.stderr]).toEqual([1, expect.stringMatching(/^APP_KEY is required: set it to the key of the backup/)]);
    const wrong = await runHere(words, { ...embedded.env, APP_KEY: createKey() });
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/^the backup needs the key [0-9a-f]{8}, /)]);
    const withKey = { ...embedded.env, APP_KEY: env.APP_KEY };
    expect((await runHere(words, withKey)).code).toBe(0);
    const back = join(folder, 'from-embedded');
    expect((await runCli(['backup', '--to', back], withKey)).code).toBe(0);
    const restored = await restore(back);
    expect(restored.code).toBe(0);
    for (const table of ['accounts', 'api_keys', 'activity']) expect(await rowsOf(restored.url, table)).toEqual(await rowsOf(url, table));
  });

  test('fills a database that was migrated and has no account, and no other', async () => {
    const { path } = await backUp('empty');
    const migrated = await createMigratedDatabase();
    expect((await restore(path, { DATABASE_URL: migrated })).code).toBe(0);
    const accounts = await rowsOf(migrated, 'accounts');
    const again = await restore(path, { DATABASE_URL: migrated });
    expect([again.code, again.stdout, again.stderr]).toEqual([1, '', expect.stringMatching(/^the database is not empty, \w+ has rows/)]);
    expect(await rowsOf(migrated, 'accounts')).toEqual(accounts);
    const foreign = await createEmptyDatabase();
    await runOn(foreign, 'CREATE TABLE invoices (id int)');
    expect((await restore(path, { DATABASE_URL: foreign })).stderr).toMatch(/^the database holds tables that are not the gateway's/);
  });

  test('refuses a file that is damaged or not complete, wherever, and changes nothing', async () => {
    const { path } = await backUp('good');
    const good = readFileSync(path);
    const spoil = (at: number) => {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes;
    };
    const places = [0, 23, 24, 26, 40, Math.floor(good.length / 2), good.length - 40, good.length - 36, good.length - 1];
    const ends = [0, 10, 25, Math.floor(good.length / 2), good.length - 37, good.length - 1];
    const files = [
      ...places.map(spoil),
      ...ends.map((end) => good.subarray(0, end)),
      Buffer.concat([good, Buffer.from('x')]),
      Buffer.from('PGDMP'),
    ];
    const DATABASE_URL = await createEmptyDatabase();
    for (const [n, bytes] of files.entries()) {
      const bad = join(folder, 'bad');
      writeFileSync(bad, bytes);
      const words = /is damaged or not complete|is not a backup of the gateway/;
      await expect(restoreBackup(DATABASE_URL, bad, keyIds, quiet), `file ${n}`).rejects.toThrow(words);
      if (n > 0) continue;
      const { code, stdout, stderr } = await restore(bad, { DATABASE_URL });
      expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(words)]);
    }
    expect(await isEmpty(DATABASE_URL)).toBe(true);
    expect((await restore(join(folder, 'missing'), { DATABASE_URL })).stderr).toBe(
      `${join(folder, 'missing')} cannot be used: it does not exist, or its folder does not\n`,
    );
  });

  test('refuses a key that does not open the secrets, also where the key of the server was changed before the backup', async () => {
    const person = await gateway.createPerson();
    await gateway.enableTwoFactor(person);
    const { path } = await backUp('sealed');
    const other = createKey();
    expect((await restore(path, { APP_KEY: other })).stderr).toMatch(/^the backup needs the key/);
    expect((await restore(path, { APP_KEY: other, APP_PREVIOUS_KEYS: env.APP_KEY })).code).toBe(0);
    const changed = join(folder, 'changed');
    expect((await runHere(['backup', '--to', changed], { ...env, APP_KEY: other })).code).toBe(0);
    const refused = await restore(changed, { APP_KEY: other });
    expect([refused.stderr, await isEmpty(refused.url)]).toEqual([expect.stringContaining(createKeyRing(key, []).current.id), true]);
  });

  test('brings a backup of an older program up to date, and refuses one of a newer program', async () => {
    const known = listMigrations().slice(0, 2);
    const oldFolder = join(folder, 'older-copies');
    for (const name of known) {
      mkdirSync(join(oldFolder, name), { recursive: true });
      writeFileSync(join(oldFolder, name, 'migration.sql'), readFileSync(join(migrationsPath, name, 'migration.sql')));
    }
    const old = await createEmptyDatabase();
    await applyMigrations(old, oldFolder);
    await runOn(
      old,
      `INSERT INTO accounts (id, uuid, username, username_folded, email, email_folded, password_hash, created_at)
      VALUES (7, gen_random_uuid(), 'ada', 'ada', 'ada@example.com', 'ada@example.com', 'x', now())`,
    );
    await runOn(
      old,
      `INSERT INTO activity (account_id, event, api_key_identifier, occurred_at) VALUES (7, 'x', 'ptlc_00000000000', now())`,
    );
    const path = join(folder, 'old');
    await writeBackup(old, path, ['k'], quiet);
    const target = await createEmptyDatabase();
    await restoreBackup(target, path, ['k'], quiet);
    expect(await queryOn(target, 'SELECT id, username, disabled FROM accounts')).toEqual([{ id: 7, username: 'ada', disabled: false }]);
    // A later migration reads the rows of the backup.
    expect(await queryOn(target, 'SELECT identifier FROM deleted_api_keys')).toEqual([{ identifier: 'ptlc_00000000000' }]);
    expect(await applyMigrations(target)).toEqual([]);
    const { path: present } = await backUp('present');
    const empty = await createEmptyDatabase();
    await expect(restoreBackup(empty, present, keyIds, quiet, oldFolder)).rejects.toThrow('a newer release of the gateway made the backup');
    expect(await isEmpty(empty)).toBe(true);
  });

  test('copies more rows than one part holds, in any form, and shows the progress', async () => {
    const person = await gateway.createPerson();
    await db.$executeRaw`INSERT INTO activity (account_id, event, user_agent, properties, occurred_at)
      SELECT ${person.id}, 'x', repeat(chr(1 + n % 127), 500), jsonb_build_object('text', repeat('\\', n % 50), 'more', repeat('x', 4000)), now()
      FROM generate_series(1, 4000) n`;
    const path = join(folder, 'large');
    const { stderr } = await cli(`backup --to ${path}`);
    expect(stderr).toMatch(/^Wrote 16 MiB of activity\.\n/);
    const restored = await restore(path);
    expect(restored.stderr).toMatch(/^Restored 16 MiB of activity\.\n/);
    const digest = `SELECT md5(string_agg(to_jsonb(activity)::text, '' ORDER BY id)), count(*) FROM activity`;
    expect(await queryOn(restored.url, digest)).toEqual(await queryOn(url, digest));
  });
});
