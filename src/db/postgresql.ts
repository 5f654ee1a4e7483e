import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { sendOneAtATime } from './one-at-a-time.ts';
import { followRequests } from './request-time.ts';

/** The limits of a pool: its connections, and the time of a statement. */
export type PoolLimits = { readonly connectionsMax: number; readonly statementMs: number };

export const poolLimits: PoolLimits = { connectionsMax: 20, statementMs: 15_000 };

const acquireTimeoutMs = 2_500;
const answerMs = 500;
const keepAliveDelayMs = 10_000;
const statementNamesMax = 500;
const namedCharactersMax = 4_000;

/** A bounded pool on a PostgreSQL server. Every wait has a limit: for a connection, a statement, a silent network. */
export function openPool(url: string, { connectionsMax, statementMs } = poolLimits): pg.Pool {
  const pool = new pg.Pool({
    ...describeConnection(url),
    max: connectionsMax,
    statement_timeout: statementMs,
    // The server ends a statement first, where it answers.
    query_timeout: statementMs + answerMs,
    idle_in_transaction_session_timeout: statementMs,
  });
  // A connection that is lost while it is idle, or between two statements of a transaction, would end the process where nothing
  // listens. The next statement opens another, or fails.
  const ignore = () => undefined;
  pool.on('error', ignore).on('connect', (connection) => void connection.on('error', ignore));
  return followRequests(pool);
}

/** Puts Prisma on a pool, which is closed with it. */
export function adaptPool(pool: pg.Pool, onConnectionError: (error: Error) => void): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(pool, {
    disposeExternalPool: true,
    // Named statements are parsed and planned once per connection instead of at every call.
    statementNameGenerator: createStatementNames(),
    onPoolError: onConnectionError,
    onConnectionError,
  });
  return sendOneAtATime(factory);
}

/**
 * Names statements, up to a number that each connection can keep. Further statements have no name, and none whose text depends
 * on the length of a list: callers can send as many of those as they like, and the server would keep each.
 */
function createStatementNames() {
  const names = new Map<string, string>();
  return ({ sql }: { readonly sql: string }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size === statementNamesMax || sql.length > namedCharactersMax || /\bIN \(\$\d+,/.test(sql)) return '';
    const name = `s${names.size}`;
    names.set(sql, name);
    return name;
  };
}

/** How to connect to a PostgreSQL server, for the driver. */
export function describeConnection(url: string) {
  const target = new URL(url);
  // The adapter writes and reads times without their offset, so each session must be in UTC. The last of the options wins,
  // over those of the URL and of the server.
  const options = [target.searchParams.get('options'), '-c timezone=UTC'].filter(Boolean).join(' ');
  target.searchParams.delete('options');
  return {
    connectionString: target.href,
    connectionTimeoutMillis: acquireTimeoutMs,
    options,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    application_name: 'account-gateway',
  };
}
