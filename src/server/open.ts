import type { Logger } from 'pino';
import type { Tools } from '../account/viewer.ts';
import type { Config } from '../config/config.ts';
import { readOrMakeKeyFile } from '../crypto/key-file.ts';
import { createKeyRing, type KeyRing } from '../crypto/keys.ts';
import { defaultPasswordCost } from '../crypto/password-hash.ts';
import { type Database, openDatabase } from '../db/database.ts';
import { hasEmbeddedDatabase } from '../db/embedded.ts';
import { createGateway, type Gateway } from './gateway.ts';

/** A gateway on its database. */
export type OpenGateway = Gateway & { readonly appliedMigrations: readonly string[] };

/**
 * Opens the database that the configuration names and puts a gateway on it.
 * @param prepare runs once the tables are there, before any other instance may do the same.
 * @throws ConfigError, FolderInUse, DatabaseUnreachable.
 */
export async function openGateway(config: Config, log: Logger, prepare: (tools: Tools) => Promise<void>): Promise<OpenGateway> {
  const keys = readKeys(config);
  const build = (db: Database) => createGateway({ config, db, keys, log, passwordCost: defaultPasswordCost });
  const onConnectionError = (error: Error) => log.warn({ err: error }, 'a database connection was lost');
  let gateway: Gateway | undefined;
  const database = await openDatabase(config.database, onConnectionError, async (db) => {
    gateway = build(db);
    await prepare(gateway.tools);
  });
  const opened = gateway ?? build(database.db);
  return {
    ...opened,
    appliedMigrations: database.appliedMigrations,
    close: async () => {
      await opened.close();
      await database.close();
    },
  };
}

function readKeys({ appKey, appPreviousKeys, database }: Config): KeyRing {
  if (appKey) return createKeyRing(appKey, appPreviousKeys);
  if (database.kind === 'postgresql') throw new Error('APP_KEY is checked when the configuration is read');
  return createKeyRing(readOrMakeKeyFile(database.dataDir, hasEmbeddedDatabase(database.dataDir)), appPreviousKeys);
}
