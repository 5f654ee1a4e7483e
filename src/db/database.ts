import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { DatabaseConfig } from '../config/config.ts';
import { type Account, Prisma, PrismaClient } from '../generated/prisma/client.ts';
import { openEmbedded } from './embedded.ts';
import { applyMigrations, withDatabaseLock } from './migrate.ts';
import { adaptPostgresql, adaptPostgresqlForMigrations } from './postgresql.ts';

export type { Account, Prisma };

/** The tables, outside a transaction. */
export type Database = PrismaClient;

/** The tables, inside one: what is written is kept whole or not at all. */
export type Transaction = Prisma.TransactionClient;

/** A database that is open and migrated. */
export type OpenDatabase = {
  readonly db: Database;
  /** Names of the migrations that opening it applied. */
  readonly appliedMigrations: readonly string[];
  close(): Promise<void>;
};

/**
 * Opens a database, brings it up to date and prepares it, once even when several instances start on it together.
 * @param prepare runs after the migrations, before any other instance may do the same.
 * @throws FolderInUse, or DatabaseUnreachable with the reason.
 */
export async function openDatabase(
  config: DatabaseConfig,
  onConnectionError: (error: Error) => void,
  prepare: (db: Database) => Promise<void> = async () => undefined,
): Promise<OpenDatabase> {
  if (config.kind === 'embedded') {
    const { adapter, close } = await openEmbedded(config.dataDir);
    return start(adapter, close, async (db) => {
      const applied = await applyMigrations(adapter);
      await prepare(db);
      return applied;
    });
  }
  const migrating = adaptPostgresqlForMigrations(config.url);
  return start(
    adaptPostgresql(config.url, onConnectionError),
    async () => undefined,
    (db) =>
      withDatabaseLock(migrating, async () => {
        const applied = await applyMigrations(migrating);
        await prepare(db);
        return applied;
      }),
  );
}

async function start(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  release: () => Promise<void>,
  migrate: (db: Database) => Promise<string[]>,
): Promise<OpenDatabase> {
  const db = createClient(adapter);
  const close = async () => {
    await db.$disconnect();
    await release();
  };
  try {
    return { db, appliedMigrations: await migrate(db), close };
  } catch (error) {
    await close();
    throw isUnavailable(error) ? new DatabaseUnreachable(error) : error;
  }
}

/** A Prisma client on an adapter. A transaction waits and lasts no longer than a caller would. */
export function createClient(adapter: SqlMigrationAwareDriverAdapterFactory): Database {
  return new PrismaClient({
    adapter,
    transactionOptions: { maxWait: 10_000, timeout: 15_000 },
    errorFormat: 'minimal',
    log: [{ emit: 'event', level: 'query' }],
  });
}

/** The database did not answer when the gateway started. */
export class DatabaseUnreachable extends Error {
  override readonly name = 'DatabaseUnreachable';
  constructor(cause: unknown) {
    super(`the database cannot be reached: ${reasonOf(cause)}`, { cause });
  }
}

/** Answers when the database does; rejects when it does not. */
export async function pingDatabase(db: Database): Promise<void> {
  await db.$queryRaw`SELECT 1`;
}

/** Prisma's codes for: unreachable, timed out, connection closed, pool exhausted, transaction not started. */
const unavailableCodes = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1010', 'P1011', 'P1017', 'P2024', 'P2028', 'P2037']);

/** SQLSTATE classes for: connection lost (08), server shutting down or too busy (53, 57); and the sockets' own words. */
const unavailableReasons =
  /\b(?:08\d{3}|53\d{3}|57P\d{2}|57014|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)\b|[Cc]onnection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable|Can't reach database/;

/** Whether an error means that the database is away or too busy, not that the question was wrong. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && unavailableCodes.has(error.code)) return true;
  return unavailableReasons.test(reasonOf(error));
}

/** Whether an error is a unique constraint's. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}

/** An error's message with its causes': Prisma wraps what the driver said. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? String(error);
  const details = ['code', 'cause', 'meta', 'errors'].flatMap((key) => {
    const value: unknown = Reflect.get(error, key);
    return value === undefined ? [] : [typeof value === 'string' ? value : reasonOf(value)];
  });
  return [error.message, ...details].filter(Boolean).join('; ').replaceAll(/\s+/g, ' ');
}
