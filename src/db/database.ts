import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { DatabaseConfig } from '../config/config.ts';
import { type Account, Prisma, PrismaClient, type TwoFactor } from '../generated/prisma/client.ts';
import { openEmbedded } from './embedded/embedded.ts';
import { applyMigrations, withDatabaseLock } from './migrate.ts';
import { adaptPostgresql } from './postgresql.ts';
import { DatabaseUnreachable, isUnavailable } from './unavailable.ts';

export type { Account, Prisma, TwoFactor };

/** The tables, outside a transaction. */
export type Database = PrismaClient;

/** The tables, inside a transaction. */
export type Transaction = Prisma.TransactionClient;

/** A database that is open and migrated. */
export type OpenDatabase = {
  readonly db: Database;
  /** Names of the migrations that opening it applied. */
  readonly appliedMigrations: readonly string[];
  /** Sentences for the operator about where the embedded database is kept. */
  readonly notes: readonly string[];
  close(): Promise<void>;
};

/**
 * Opens a database, brings it up to date and prepares it, once even when several instances start on it together.
 * @param onError called when a connection is lost, and when the embedded database ended and does not start again.
 * @param prepare runs after the migrations, before any other instance may do the same.
 * @throws DatabaseUnusable with the reason.
 */
export async function openDatabase(
  config: DatabaseConfig,
  onError: (error: unknown) => void,
  prepare: (db: Database) => Promise<void> = async () => undefined,
): Promise<OpenDatabase> {
  const { url, notes, release } =
    config.kind === 'embedded' ? await openEmbedded(config.dataDir, onError) : { url: config.url, notes: [], release: () => undefined };
  const db = createClient(adaptPostgresql(url, onError));
  const close = async () => {
    await db.$disconnect();
    release();
  };
  try {
    const appliedMigrations = await withDatabaseLock(url, async () => {
      const applied = await applyMigrations(url);
      await prepare(db);
      return applied;
    });
    return { db, appliedMigrations, notes, close };
  } catch (error) {
    await close();
    throw isUnavailable(error) ? new DatabaseUnreachable(error) : error;
  }
}

/** Creates a Prisma client on an adapter. The time that a transaction waits and lasts is limited. */
export function createClient(adapter: SqlMigrationAwareDriverAdapterFactory): Database {
  return new PrismaClient({
    adapter,
    transactionOptions: { maxWait: 10_000, timeout: 15_000 },
    errorFormat: 'minimal',
    log: [{ emit: 'event', level: 'query' }],
  });
}

const pingTimeoutMs = 3_000;

/** Resolves when the database answers. Rejects when it does not, or not in time. */
export async function pingDatabase(db: Database): Promise<void> {
  const lateness = AbortSignal.timeout(pingTimeoutMs);
  const late = new Promise((_, reject) => lateness.addEventListener('abort', () => reject(lateness.reason)));
  await Promise.race([db.$queryRaw`SELECT 1`, late]);
}

/** Whether an error is the violation of a unique constraint. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}
