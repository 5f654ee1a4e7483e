import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { diffMigrations, withMigrationEngine } from '../prisma/diff-migrations.ts';
import { openDatabase } from '../src/db/database.ts';
import { applyMigrations, listMigrations, migrationsPath, migrationWaits, withDatabaseLock } from '../src/db/migrate.ts';
import { describeConnection, poolLimits } from '../src/db/postgresql.ts';
import { afterwards } from './afterwards.ts';
import { runHere } from './commands.ts';
import { queryOn, runOn } from './postgresql.ts';
import { createEmptyDatabase, createKey, createMigratedDatabase, server, until } from './processes.ts';

const added = '29990101000000_added';

/** The migrations and another one. */
function withMigration(sql: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-migrations-'));
  afterwards(() => rmSync(folder, { recursive: true }));
  cpSync(migrationsPath, folder, { recursive: true });
  mkdirSync(join(folder, added));
  writeFileSync(join(folder, added, 'migration.sql'), sql);
  return folder;
}

async function count(url: string, from: string): Promise<number> {
  const [row] = await queryOn(url, `SELECT count(*)::int FROM ${from}`);
  return row.count;
}

/** Runs a statement in a transaction that keeps its locks until it is released. */
async function hold(url: string, sql: string): Promise<() => Promise<void>> {
  const client = new pg.Client(describeConnection(url));
  await client.connect();
  await client.query(`BEGIN; ${sql}`);
  return () => client.end();
}

/** What Prisma Migrate reports about a database and its migrations. */
function diagnose(url: string) {
  return withMigrationEngine(url, (engine, { migrationsList, filters }) =>
    engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters }),
  );
}

const nothingWrong = { history: null, failedMigrationNames: [], editedMigrationNames: [], hasMigrationsTable: true };

test('the migrations result in prisma/schema.prisma', async () => {
  expect(await diffMigrations(await createEmptyDatabase())).toBe('');
});

/** The migrations before one. */
function beforeMigration(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-migrations-'));
  afterwards(() => rmSync(folder, { recursive: true }));
  for (const earlier of listMigrations().slice(0, listMigrations().indexOf(name)))
    cpSync(join(migrationsPath, earlier), join(folder, earlier), { recursive: true });
  return folder;
}

test('keys that were deleted before an upgrade are still named by their activity', async () => {
  const database = await createEmptyDatabase();
  await applyMigrations(database, beforeMigration('20261127041746_activity_without_keys'));
  await runOn(
    database,
    `INSERT INTO accounts (uuid, username, username_folded, email, email_folded, password_hash, created_at)
       VALUES (gen_random_uuid(), 'ada', 'ada', 'a@example.com', 'a@example.com', 'x', now());
     INSERT INTO activity (account_id, event, api_key_identifier, occurred_at)
       VALUES (1, 'a', 'ptlc_00000000001', '2026-01-02'), (1, 'b', 'ptlc_00000000001', '2026-01-03'), (1, 'c', NULL, now());`,
  );
  await applyMigrations(database);
  const kept = await queryOn(database, 'SELECT identifier, account_id, created_at::date::text AS day FROM deleted_api_keys');
  expect(kept).toEqual([{ identifier: 'ptlc_00000000001', account_id: 1, day: '2026-01-02' }]);
});

describe('migrations', () => {
  test('are applied once, in order', async () => {
    const database = await createEmptyDatabase();
    expect(await applyMigrations(database)).toEqual(listMigrations());
    expect(await applyMigrations(database)).toEqual([]);
    expect(await count(database, '_prisma_migrations')).toBe(listMigrations().length);
  });

  test('are recorded so that Prisma Migrate finds nothing to apply and no error', async () => {
    expect(await diagnose(await createMigratedDatabase())).toEqual(nothingWrong);
  });

  test('that an earlier release applied with Prisma Migrate are not applied again, and the table is the same', async () => {
    const [byPrisma, byGateway] = [await createEmptyDatabase(), await createMigratedDatabase()];
    const applied = await withMigrationEngine(byPrisma, (engine, parts) => engine.applyMigrations(parts));
    expect(applied.appliedMigrationNames).toEqual(listMigrations());
    expect(await applyMigrations(byPrisma)).toEqual([]);

    const columns = `SELECT column_name, data_type, character_maximum_length, is_nullable, column_default FROM information_schema.columns
      WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`;
    expect(await queryOn(byGateway, columns)).toEqual(await queryOn(byPrisma, columns));
    const rows = `SELECT migration_name, checksum, applied_steps_count, logs, rolled_back_at, finished_at >= started_at AS finished
      FROM _prisma_migrations ORDER BY migration_name`;
    expect(await queryOn(byGateway, rows)).toEqual(await queryOn(byPrisma, rows));
  });

  test('that an earlier release did not finish are applied', async () => {
    const database = await createMigratedDatabase();
    const folder = withMigration('CREATE TABLE half (id int);');
    const begun = `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('1', 'x', '${added}')`;
    await runOn(database, begun);
    expect(await applyMigrations(database, folder)).toEqual([added]);
    expect(await applyMigrations(database, folder)).toEqual([]);
    expect(
      await count(database, `_prisma_migrations WHERE migration_name = '${added}' AND finished_at IS NULL AND rolled_back_at IS NULL`),
    ).toBe(0);
  });

  test('are rolled back when one fails, with the reason, and applied when it is repaired', async () => {
    const database = await createEmptyDatabase();
    const broken = withMigration('CREATE TABLE half (id int);\nINSERT INTO half VALUES (1);\nSELECT * FROM nowhere;');
    const words = `the migration ${added} failed and was undone: relation "nowhere" does not exist`;
    await expect(applyMigrations(database, broken)).rejects.toThrow(words);
    await expect(applyMigrations(database, broken)).rejects.toThrow(words);
    expect(await count(database, "pg_tables WHERE tablename = 'half'")).toBe(0);
    expect(await count(database, 'accounts')).toBe(0);
    expect(await diagnose(database)).toEqual(nothingWrong);
    expect(await applyMigrations(database, withMigration('CREATE TABLE half (id int);'))).toEqual([added]);
  });

  test('are rolled back when the connection or the process ends in the middle of one', async () => {
    const database = await createMigratedDatabase();
    const killed = withMigration('CREATE TABLE whole (id int);\nSELECT pg_terminate_backend(pg_backend_pid());\nSELECT pg_sleep(60);');
    await expect(applyMigrations(database, killed)).rejects.toThrow('terminating connection');
    expect(await count(database, `_prisma_migrations WHERE migration_name = '${added}'`)).toBe(0);
    expect(await applyMigrations(database, withMigration('CREATE TABLE whole (id int);'))).toEqual([added]);
    expect(await count(database, 'whole')).toBe(0);
  });

  test('wait briefly for a lock, let others read meanwhile, and are applied when it is free, with one report', async () => {
    const database = await createEmptyDatabase();
    await applyMigrations(database);
    const reports: string[] = [];
    const release = await hold(database, 'LOCK TABLE accounts IN ACCESS SHARE MODE');
    const folder = withMigration('ALTER TABLE accounts ADD COLUMN later int;');
    const waits = { ...migrationWaits, lockMs: 200, pauseMs: 200, onWait: (name: string) => void reports.push(name) };
    const applying = applyMigrations(database, folder, waits);
    // A reader queues behind the migration, which gives up; and again.
    for (let reads = 0; reads < 5; reads += 1) {
      await until(async () => (await count(database, "pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'")) > 0);
      expect(await count(database, 'accounts')).toBe(0);
    }
    await release();
    expect(await applying).toEqual([added]);
    expect(reports).toEqual([added]);
  });

  test('are given up when a lock is not released, and nothing is changed', async () => {
    const database = await createEmptyDatabase();
    await applyMigrations(database);
    const release = await hold(database, 'LOCK TABLE accounts IN ACCESS SHARE MODE');
    const folder = withMigration('CREATE TABLE half (id int);\nALTER TABLE accounts ADD COLUMN later int;');
    const waits = { ...migrationWaits, lockMs: 50, pauseMs: 10, triesMax: 3 };
    await expect(applyMigrations(database, folder, waits)).rejects.toThrow('another connection did not release a lock that it needs');
    await release();
    expect(await count(database, "pg_tables WHERE tablename = 'half'")).toBe(0);
    expect(await applyMigrations(database, folder, waits)).toEqual([added]);
  });

  test('are not applied to a database of another program', async () => {
    const database = await createEmptyDatabase();
    await runOn(database, 'CREATE TABLE invoices (id int)');
    await expect(applyMigrations(database)).rejects.toThrow('the database holds tables that are not the gateway');
    expect(await count(database, "pg_tables WHERE schemaname = 'public'")).toBe(1);
  });
});

describe('a migration that builds an index outside a transaction', () => {
  const outside = '-- It runs outside a transaction.\nCREATE INDEX CONCURRENTLY "accounts_later" ON "accounts" ("created_at");';
  const validity = `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('accounts_later')`;
  const building = 'pg_stat_progress_create_index WHERE datname = current_database()';
  const write = `INSERT INTO accounts (uuid, username, username_folded, email, email_folded, password_hash, created_at)
    VALUES (gen_random_uuid(), 'ada', 'ada', 'a@example.com', 'a@example.com', 'x', now())`;

  /** A migrated database whose accounts another transaction writes, which the build must wait for. */
  async function begin() {
    const database = await createEmptyDatabase();
    await applyMigrations(database);
    return { database, folder: withMigration(outside), release: await hold(database, write) };
  }

  test('lets others write meanwhile, and is recorded as any other', async () => {
    const { database, folder, release } = await begin();
    const applying = applyMigrations(database, folder);
    await until(async () => (await count(database, building)) === 1);
    await runOn(database, write.replaceAll('ada', 'bob').replaceAll('a@', 'b@'));
    await release();
    expect(await applying).toEqual([added]);
    expect(await queryOn(database, validity)).toEqual([{ valid: true }]);
    expect(await applyMigrations(database, folder)).toEqual([]);
    const row = `SELECT finished_at IS NOT NULL AS finished, applied_steps_count AS steps FROM _prisma_migrations WHERE migration_name = '${added}'`;
    expect(await queryOn(database, row)).toEqual([{ finished: true, steps: 1 }]);
  });

  test('that was cut off is built anew, and one that was not recorded is recorded', async () => {
    const { database, folder, release } = await begin();
    const cut = expect(applyMigrations(database, folder)).rejects.toThrow('terminating connection');
    await until(async () => (await count(database, building)) === 1);
    await runOn(database, `SELECT pg_terminate_backend(pid) FROM pg_stat_progress_create_index WHERE datname = current_database()`);
    await cut;
    await release();
    expect(await queryOn(database, validity)).toEqual([{ valid: false }]);
    expect(await applyMigrations(database, folder)).toEqual([added]);
    expect(await queryOn(database, validity)).toEqual([{ valid: true }]);
    await runOn(database, `DELETE FROM _prisma_migrations WHERE migration_name = '${added}'`);
    expect(await applyMigrations(database, folder)).toEqual([added]);
  });

  test('is built by one of two instances that start at once', async () => {
    const { database, folder, release } = await begin();
    const start = () => withDatabaseLock(database, () => applyMigrations(database, folder));
    const starting = [start(), start()];
    await until(async () => (await count(database, building)) === 1);
    await release();
    expect((await Promise.all(starting)).flat()).toEqual([added]);
    expect(await queryOn(database, validity)).toEqual([{ valid: true }]);
  });

  test.each([
    ['several statements', `${outside}\nCREATE TABLE other (id int);`],
    ['another statement', '-- It runs outside a transaction.\nCREATE TABLE other (id int);'],
    ['an index without a name', '-- It runs outside a transaction.\nCREATE INDEX CONCURRENTLY ON accounts (created_at);'],
  ])('is refused with %s', async (_what, sql) => {
    const database = await createEmptyDatabase();
    await applyMigrations(database);
    await expect(applyMigrations(database, withMigration(sql))).rejects.toThrow('is one CREATE INDEX CONCURRENTLY with a name');
    expect(await count(database, "pg_tables WHERE tablename = 'other'")).toBe(0);
  });
});

describe('a database that is newer than the program', () => {
  const beside = '-- The previous release can run beside it: it adds a table.\nCREATE TABLE newer (id int);';

  test('is used where each newer migration says in its first line that the previous release can run beside it', async () => {
    const database = await createEmptyDatabase();
    expect(await applyMigrations(database, withMigration(beside))).toContain(added);
    expect(await applyMigrations(database)).toEqual([]);
    const { close } = await openDatabase({ kind: 'postgresql', url: database }, () => undefined);
    await close();
  });

  test.each([
    ['says nothing', 'CREATE TABLE newer (id int);'],
    ['says that it cannot', '-- The previous release cannot run beside it: it drops a column.\nCREATE TABLE newer (id int);'],
    ['says it in another line', `CREATE TABLE other (id int);\n${beside}`],
  ])('is refused where a newer migration %s, and nothing is changed', async (_what, sql) => {
    const database = await createEmptyDatabase();
    await applyMigrations(database, beforeMigration('20261127053000_disabled_accounts'));
    await applyMigrations(database, withMigration(sql));
    const refused = `the database is newer than this release, which cannot run beside the migration ${added}.`;
    await expect(applyMigrations(database)).rejects.toThrow(refused);
    await expect(openDatabase({ kind: 'postgresql', url: database }, () => undefined)).rejects.toThrow(refused);
    expect(await count(database, 'settings')).toBeGreaterThan(1);
  });

  test('is refused where one of two newer migrations is not marked', async () => {
    const database = await createEmptyDatabase();
    const folder = withMigration(beside);
    mkdirSync(join(folder, `${added}_again`));
    writeFileSync(join(folder, `${added}_again`, 'migration.sql'), 'CREATE TABLE newest (id int);');
    await applyMigrations(database, folder);
    await expect(applyMigrations(database)).rejects.toThrow(`migration ${added}_again.`);
  });
});

test('with MIGRATE_ON_START=off a database that is behind is refused unchanged, and one that is migrated is used', async () => {
  const url = await createEmptyDatabase();
  const open = () => openDatabase({ kind: 'postgresql', url }, () => undefined, undefined, { isMigrating: false, limits: poolLimits });
  await expect(open()).rejects.toThrow(/^the database is behind this release, and MIGRATE_ON_START is off: run {2}npm run cli -- migrate /);
  expect(await count(url, "pg_tables WHERE schemaname = 'public'")).toBe(0);
  const env = { DATABASE_URL: url, APP_KEY: createKey(), MIGRATE_ON_START: 'off' };
  expect(await runHere(['account', 'list', '--json'], env)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is behind this release'),
  });
  expect(await runHere(['migrate', '--json'], env)).toMatchObject({ code: 0 });
  const { close, appliedMigrations } = await open();
  expect(appliedMigrations).toEqual([]);
  await close();
});

test('several processes that open an empty PostgreSQL database at once migrate it once', async () => {
  const url = await createEmptyDatabase();
  const opened = await Promise.all(Array.from({ length: 3 }, () => openDatabase({ kind: 'postgresql', url }, () => undefined)));
  expect(opened.filter(({ appliedMigrations }) => appliedMigrations.length > 0)).toHaveLength(1);
  await Promise.all(opened.map(({ close }) => close()));
});

test('a lost lock does not hide the error of the work under it', async () => {
  const url = await createEmptyDatabase();
  const name = new URL(url).pathname.slice(1);
  const opening = openDatabase(
    { kind: 'postgresql', url },
    () => undefined,
    async () => {
      await runOn(server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
      throw new Error('what went wrong');
    },
  );
  await expect(opening).rejects.toThrow('what went wrong');
});
