import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type pg from 'pg';
import type { DatabaseConfig } from '../config/config.ts';
import { Prisma, PrismaClient, type TwoFactor } from '../generated/prisma/client.ts';
import { type EmbeddedDatabase, openEmbedded } from './embedded/embedded.ts';
import { applyMigrations, assertMigrated, migrationsPath, migrationWaits, withDatabaseLock } from './migrate.ts';
import { adaptPool, openPool, type PoolLimits, poolLimits } from './postgresql.ts';
import { watchForSilence } from './silence.ts';
import { createReads, type Sql } from './sql.ts';
import { createTransact, type Transact } from './transact.ts';
import { DatabaseUnreachable, isUnavailable } from './unavailable.ts';
import { DatabaseUnusable } from './unusable.ts';

export type { Prisma, TwoFactor };

/** The tables, outside a transaction. */
export type Database = PrismaClient;

/** The tables, inside a transaction. */
export type Transaction = Prisma.TransactionClient;

/** The ways to a database, on one pool of connections: Prisma, and statements of the program alone and in a transaction. */
export type Connections = {
  readonly db: Database;
  readonly sql: Sql;
  readonly transact: Transact;
  /** The connections of the pool, and what waits for one. */
  count(): { readonly active: number; readonly idle: number; readonly waiting: number };
};

/** A database that is open and migrated. */
export type OpenDatabase = Connections & {
  /** Names of the migrations that opening it applied. */
  readonly appliedMigrations: readonly string[];
  /** Sentences for the operator about where the embedded database is kept. */
  readonly notes: readonly string[];
  close(): Promise<void>;
};

/** How a database is opened. `isMigrating` false: one that lacks migrations is refused. */
type OpenOptions = {
  readonly isMigrating: boolean;
  readonly limits: PoolLimits;
  /** Is given the name of a migration that waits for a lock. */
  readonly onMigrationWait?: (migration: string) => void;
};

/**
 * Opens a database, brings it up to date where that is configured, and prepares it, once even when several instances start on it
 * together.
 * @param onError called when a connection is lost, and when the embedded database ended and does not start again.
 * @param prepare runs after the migrations, before any other instance may do the same.
 * @throws DatabaseUnusable with the reason.
 */
export async function openDatabase(
  config: DatabaseConfig,
  onError: (error: unknown) => void,
  prepare: (connections: Connections) => Promise<void> = async () => undefined,
  { isMigrating, limits, onMigrationWait: onWait = () => undefined }: OpenOptions = { isMigrating: true, limits: poolLimits },
): Promise<OpenDatabase> {
  const { url, notes, release } = await locateDatabase(config, onError);
  const pool = openPool(url, limits);
  const connections = connectOn(pool, onError, undefined, limits);
  const endWatch = watchForSilence(pool, url);
  const close = async () => {
    await endWatch();
    await connections.db.$disconnect();
    release();
  };
  try {
    const appliedMigrations = await withDatabaseLock(url, async () => {
      const applied = isMigrating ? await applyMigrations(url, migrationsPath, { ...migrationWaits, onWait }) : [];
      if (!isMigrating) await assertMigrated(url);
      await prepare(connections);
      return applied;
    });
    return { ...connections, appliedMigrations, notes, close };
  } catch (error) {
    await close();
    throw isUnavailable(error) && !(error instanceof DatabaseUnusable) ? new DatabaseUnreachable(error) : error;
  }
}

/**
 * Finds the URL of a database; starts the embedded one. Nothing is applied to it.
 * @param onError called when the embedded database ended and does not start again.
 */
export async function locateDatabase(config: DatabaseConfig, onError: (error: unknown) => void): Promise<EmbeddedDatabase> {
  return config.kind === 'embedded' ? openEmbedded(config.dataDir, onError) : { url: config.url, notes: [], release: () => undefined };
}

/**
 * The plans of statements that Prisma keeps: more than the program has. Requests read by `findFirst`, not by `findUnique`: of
 * those in one tick, also of several requests, Prisma makes one statement without LIMIT, with a plan for each number of them.
 */
const plansMax = 250;

/**
 * Opens connections to a database, as they are needed.
 * @param adapt wraps the adapter of Prisma.
 */
export function connect(url: string, onError: (error: Error) => void, adapt?: Adapt): Connections {
  return connectOn(openPool(url), onError, adapt);
}

type Adapt = (adapter: SqlMigrationAwareDriverAdapterFactory) => SqlMigrationAwareDriverAdapterFactory;

/** The time that a transaction waits and lasts is limited. */
function connectOn(
  pool: pg.Pool,
  onError: (error: Error) => void,
  adapt: Adapt = (adapter) => adapter,
  { statementMs } = poolLimits,
): Connections {
  const db = new PrismaClient({
    adapter: adapt(adaptPool(pool, onError)),
    transactionOptions: { maxWait: statementMs, timeout: statementMs },
    errorFormat: 'minimal',
    log: [{ emit: 'event', level: 'query' }],
    queryPlanCacheMaxSize: plansMax,
  });
  const count = () => ({ active: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount });
  return { db, sql: createReads(pool), transact: createTransact(pool), count };
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

/** Whether an error says that a row that is referred to does not exist. */
export function isMissingReference(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003';
}
