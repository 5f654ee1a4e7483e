import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { lockFolder } from './folder-lock.ts';

/** Whether a data folder holds a database already. */
export function hasEmbeddedDatabase(dataDir: string): boolean {
  return existsSync(join(dataDir, 'pgdata', 'PG_VERSION'));
}

/**
 * Opens the embedded PostgreSQL of a data folder, made when missing (mode 0700).
 * @throws FolderInUse while another process has it open: two writers would destroy it.
 */
export async function openEmbedded(dataDir: string): Promise<{ adapter: SqlMigrationAwareDriverAdapterFactory; close(): Promise<void> }> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  chmodSync(dataDir, 0o700);
  const unlock = lockFolder(dataDir);
  try {
    const client = await PGlite.create(join(dataDir, 'pgdata'));
    return {
      adapter: await adaptEmbedded(client),
      close: async () => {
        await client.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Speaks Prisma's driver protocol to a PGlite that is open already. */
export async function adaptEmbedded(client: PGlite): Promise<SqlMigrationAwareDriverAdapterFactory> {
  // The adapter writes and reads times without their offset, so the session must be in UTC whatever the machine's zone is.
  await client.exec("SET TIME ZONE 'UTC'");
  const factory = new PrismaPGlite(client);
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: () => connect(client),
    connectToShadowDb: async () => {
      return connect(await PGlite.create());
    },
  };
}

async function connect(client: PGlite): Promise<SqlDriverAdapter> {
  let started: Promise<unknown> = Promise.resolve();
  const watched = new Proxy(client, {
    get: (target, name) => {
      if (name === 'transaction') return (work: Parameters<PGlite['transaction']>[0]) => (started = target.transaction(work));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const adapter = await new PrismaPGlite(watched).connect();
  return awaitCommits(awaitScripts(adapter, client), () => started);
}

/**
 * The adapter drops the error of a COMMIT that fails, on a full disk for one, and would answer that all is written.
 * @param latest what the client said to the transaction that was started last: settled when it is over.
 */
function awaitCommits<Adapter extends SqlDriverAdapter>(adapter: Adapter, latest: () => Promise<unknown>): Adapter {
  const start = adapter.startTransaction.bind(adapter);
  adapter.startTransaction = async (isolationLevel) => {
    const starting = start(isolationLevel);
    const ending = latest();
    const transaction = await starting;
    const commit = transaction.commit.bind(transaction);
    transaction.commit = async () => {
      await commit();
      await ending;
    };
    return transaction;
  };
  return adapter;
}

/** The adapter starts a script and does not wait for it: a failing migration would be an unhandled rejection. */
function awaitScripts<Adapter extends { executeScript(script: string): Promise<void> }>(adapter: Adapter, client: PGlite): Adapter {
  adapter.executeScript = async (script) => {
    await client.exec(script);
  };
  return adapter;
}
