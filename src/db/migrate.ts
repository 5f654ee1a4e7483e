import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { migrationsPath, readMigrations, readSchema, schemaPath } from './migrations-folder.ts';
import { withEngine } from './schema-engine.ts';

const filters = { externalTables: [], externalEnums: [] };
const advisoryLock = 4_172_026;

/** A migration's SQL failed; nothing of it is left in the database. */
export class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed';
  constructor(migration: string, cause: Error) {
    super(`the migration ${migration} failed and was undone: ${cause.message}`, { cause });
  }
}

/**
 * Applies the migrations that a database has not seen and answers their names, in order. One that was cut off, by a
 * failure or a killed process, has left nothing behind and is applied again.
 * @throws MigrationFailed
 */
export async function applyMigrations(adapter: SqlMigrationAwareDriverAdapterFactory, folder = migrationsPath): Promise<string[]> {
  const migrationsList = readMigrations(folder);
  const names = new Map(migrationsList.migrationDirectories.map(({ path, migrationFile }) => [migrationFile.content.value, path]));
  let failed: MigrationFailed | undefined;
  const watched = withScripts(adapter, async (script, run) => {
    const name = names.get(script);
    await run(name === undefined ? script : `${script}\n${noteAsFinished}`).catch((error) => {
      if (name !== undefined) failed = new MigrationFailed(name, error);
      throw error;
    });
  });
  return withEngine(watched, async (engine) => {
    const { failedMigrationNames } = await engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters });
    for (const migrationName of failedMigrationNames) await engine.markMigrationRolledBack({ migrationName });
    return (await engine.applyMigrations({ filters, migrationsList })).appliedMigrationNames;
  }).catch((error) => {
    throw failed ?? error;
  });
}

/**
 * The engine notes that a migration is finished after it has run, in a statement of its own: a process killed between
 * the two would leave one that counts as failed and can never run again. So the note is made in the script's transaction.
 */
const noteAsFinished = 'UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL;';

/** An adapter whose scripts go through `execute`. */
function withScripts(
  factory: SqlMigrationAwareDriverAdapterFactory,
  execute: (script: string, run: (script: string) => Promise<void>) => Promise<void>,
): SqlMigrationAwareDriverAdapterFactory {
  const connect = async (): Promise<SqlDriverAdapter> => {
    const adapter = await factory.connect();
    const run = adapter.executeScript.bind(adapter);
    adapter.executeScript = (script) => execute(script, run);
    return adapter;
  };
  return { provider: factory.provider, adapterName: factory.adapterName, connect, connectToShadowDb: () => factory.connectToShadowDb() };
}

/**
 * The SQL that leads from the migrations to prisma/schema.prisma; empty when there is no drift.
 * Needs an adapter of the embedded database, on which it plays the migrations through.
 */
export function diffMigrations(adapter: SqlMigrationAwareDriverAdapterFactory): Promise<string> {
  return withEngine(adapter, async (engine) => {
    const migrations = readMigrations();
    const { stdout } = await engine.diff({
      from: migrations.migrationDirectories.length === 0 ? { tag: 'empty' } : { tag: 'migrations', ...migrations },
      to: { tag: 'schemaDatamodel', files: [{ path: schemaPath, content: readSchema() }] },
      script: true,
      exitCode: null,
      filters,
    });
    const script = stdout ?? '';
    return script.trim() === '-- This is an empty migration.' ? '' : script;
  });
}

/**
 * Runs work that only one of several instances may do at a time, under an advisory lock of a PostgreSQL database. The
 * lock belongs to a transaction: it goes when the process dies.
 */
export async function withDatabaseLock<T>(factory: SqlMigrationAwareDriverAdapterFactory, work: () => Promise<T>): Promise<T> {
  const adapter = await factory.connect();
  try {
    const transaction = await adapter.startTransaction();
    const end = async () => {
      await transaction.executeRaw({ sql: 'COMMIT', args: [], argTypes: [] });
      await transaction.commit();
    };
    try {
      await transaction.queryRaw({ sql: `SELECT 1 FROM (SELECT pg_advisory_xact_lock(${advisoryLock})) AS taken`, args: [], argTypes: [] });
      return await work();
    } finally {
      // With the connection lost the lock is gone already; what the work answered or threw is what counts.
      await end().catch(() => transaction.rollback());
    }
  } finally {
    await adapter.dispose();
  }
}
