import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { sendOneAtATime } from './one-at-a-time.ts';

const connectionsMax = 20;
const acquireTimeoutMs = 5_000;
const statementTimeoutMs = 10_000;
const answerTimeoutMs = 15_000;
const keepAliveDelayMs = 10_000;
const statementNamesMax = 500;

/** A bounded pool on a PostgreSQL server. Nothing waits for ever: not for a connection, a statement or a silent network. */
export function adaptPostgresql(url: string, onConnectionError: (error: Error) => void): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(
    {
      ...connection(url),
      max: connectionsMax,
      statement_timeout: statementTimeoutMs,
      query_timeout: answerTimeoutMs,
      idle_in_transaction_session_timeout: answerTimeoutMs,
    },
    {
      // Named statements are parsed and planned once per connection instead of at every call.
      statementNameGenerator: createStatementNames(),
      onPoolError: onConnectionError,
      onConnectionError,
    },
  );
  return sendOneAtATime(factory);
}

/** Names statements, as many as a connection may well keep for good; further ones stay without. */
function createStatementNames() {
  const names = new Map<string, string>();
  return ({ sql }: { readonly sql: string }) => {
    const name = names.get(sql) ?? (names.size < statementNamesMax ? `s${names.size}` : '');
    if (name !== '') names.set(sql, name);
    return name;
  };
}

/** Connections for migrations: they may wait for another instance's, and run as long as they must. */
export function adaptPostgresqlForMigrations(url: string): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg({ ...connection(url), max: 4 });
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    connect: async () => {
      const adapter = await factory.connect();
      // One simple query is one transaction: a migration is applied whole or not at all. (The adapter splits at every
      // semicolon, wherever it stands, and leaves half a migration behind when a statement fails.)
      adapter.executeScript = async (script) => {
        await adapter.underlyingDriver().query(script);
      };
      return adapter;
    },
  };
}

function connection(url: string) {
  const target = new URL(url);
  // The adapter writes and reads times without their offset, so each session must be in UTC whatever the server says, and
  // whatever the URL says: the last of the options wins.
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
