import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { assertUsable, markMigrations } from './newer-migrations.ts';
import { describeConnection } from './postgresql.ts';
import { runMigration, runOutside, runsOutside } from './run-migration.ts';
import { DatabaseUnusable } from './unusable.ts';

/** The folder of the migrations: a folder each, applied in the order of their names. */
export const migrationsPath = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

const advisoryLock = 4_172_026;
const askLockMs = 100;

/** How a migration waits for locks of tables. Others queue behind it meanwhile, so it gives up soon and tries again. */
export type MigrationWaits = {
  readonly lockMs: number;
  readonly pauseMs: number;
  readonly triesMax: number;
  /** Is given the name of a migration that waits, once. */
  onWait(migration: string): void;
};

/** Three minutes, of which others wait for one in all. */
export const migrationWaits: MigrationWaits = { lockMs: 1_000, pauseMs: 2_000, triesMax: 60, onWait: () => undefined };

/** The SQL of a migration failed; nothing of it is left in the database. */
export class MigrationFailed extends DatabaseUnusable {
  override readonly name = 'MigrationFailed';
  constructor(migration: string, cause: unknown) {
    super(`the migration ${migration} failed and was undone: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** The table of Prisma Migrate, so that its commands read what was applied here. */
export const createMigrationsTable = `CREATE TABLE _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

/**
 * Applies the migrations that a database has not seen, each in a transaction with its row, and returns their names. A
 * process that is killed leaves nothing behind but an invalid index, of a migration that runs outside a transaction.
 * @throws MigrationFailed, DatabaseUnusable
 */
export async function applyMigrations(url: string, folder = migrationsPath, waits = migrationWaits): Promise<string[]> {
  return withClient(url, async (client) => {
    const { pending } = await compareMigrations(client, folder);
    if (!(await hasTable(client))) await createTable(client);
    for (const name of pending) await applyMigration(client, name, readFileSync(join(folder, name, 'migration.sql'), 'utf8'), waits);
    await markMigrations(client, folder, listMigrations(folder));
    return pending;
  });
}

/** @throws DatabaseUnusable when the database lacks migrations of this program, or has newer ones that break it. */
export async function assertMigrated(url: string): Promise<void> {
  const { pending } = await withClient(url, (client) => compareMigrations(client, migrationsPath));
  if (pending.length > 0)
    throw new DatabaseUnusable(
      `the database is behind this release, and MIGRATE_ON_START is off: run  npm run cli -- migrate  to apply ${pending.join(', ')}`,
    );
}

/** Finds the migrations of a folder that are not applied. @throws DatabaseUnusable when newer ones are, which break this program. */
async function compareMigrations(client: pg.Client, folder: string): Promise<{ readonly pending: string[] }> {
  const applied = new Set(await listApplied(client));
  const known = listMigrations(folder);
  await assertUsable(
    client,
    [...applied].filter((name) => !known.includes(name)),
  );
  return { pending: known.filter((name) => !applied.has(name)) };
}

async function listApplied(client: pg.Client): Promise<string[]> {
  if (!(await hasTable(client))) return [];
  const { rows } = await client.query<{ name: string }>(
    'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  return rows.map(({ name }) => name);
}

async function hasTable(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query("SELECT 1 WHERE to_regclass('_prisma_migrations') IS NOT NULL");
  return rows.length > 0;
}

/** @throws DatabaseUnusable when the database holds tables of another program. */
async function createTable(client: pg.Client): Promise<void> {
  const others = await client.query<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() LIMIT 1',
  );
  const [other] = others.rows;
  if (other)
    throw new DatabaseUnusable(`the database holds tables that are not the gateway's, ${other.name} for one: use an empty database`);
  await client.query(createMigrationsTable);
}

/** The names of the migrations of a folder, in order. */
export function listMigrations(folder = migrationsPath): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return entries.map(({ name }) => name).sort();
}

/** Applies a migration once its locks are free. @throws MigrationFailed */
async function applyMigration(client: pg.Client, name: string, sql: string, { onWait, ...waits }: MigrationWaits): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await (runsOutside(sql) ? runOutside(client, name, sql) : applyInTransaction(client, name, sql, waits.lockMs));
    } catch (error) {
      // A build that waited in vain has waited long.
      if (!isLockBusy(error) || runsOutside(sql)) throw new MigrationFailed(name, error);
      if (tries === waits.triesMax) throw new MigrationFailed(name, new Error('another connection did not release a lock that it needs'));
      if (tries === 1) onWait(name);
      await sleep(waits.pauseMs);
    }
  }
}

async function applyInTransaction(client: pg.Client, name: string, sql: string, lockMs: number): Promise<void> {
  await client.query(`BEGIN; SET LOCAL lock_timeout = ${lockMs}`);
  try {
    await runMigration(client, name, sql);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** SQLSTATE: the time of a lock is over, or a deadlock. */
function isLockBusy(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '55P03' || error.code === '40P01');
}

/**
 * Runs work that only one of several instances may do at a time, under an advisory lock. The lock belongs to a
 * transaction: it goes when the process dies.
 */
export async function withDatabaseLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  return withClient(url, async (client) => {
    await client.query('BEGIN');
    await lockDatabase(client);
    try {
      return await work();
    } finally {
      // The lock is lost with the connection. The result or the error of the work matters, not this error.
      await client.query('COMMIT').catch(() => undefined);
    }
  });
}

/**
 * Waits for the lock of the database, which the transaction of the caller then has. It asks again and again: a statement that
 * waits has a snapshot, for whose end an index that is built concurrently under the lock would wait. One with parameters keeps its
 * snapshot until the next.
 */
export async function lockDatabase(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ isLocked: boolean }>(`SELECT pg_try_advisory_xact_lock(${advisoryLock}) AS "isLocked"`);
    if (rows[0]?.isLocked) return;
    await sleep(askLockMs);
  }
}

/** A connection without timeouts: it can wait for another instance, and a migration can take long. */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(describeConnection(url));
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
