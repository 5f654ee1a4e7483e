import { createKeyUses } from '../account/api-keys/key-uses.ts';
import type { Tools } from '../account/viewer.ts';
import type { Config } from '../config/config.ts';
import { readOrMakeKeyFile } from '../crypto/key-file.ts';
import { createKeyRing, type KeyRing } from '../crypto/keys.ts';
import { defaultPasswordCost, type PasswordCost } from '../crypto/password-hash.ts';
import { type Database, openDatabase } from '../db/database.ts';
import { hasEmbeddedDatabase } from '../db/embedded.ts';

/** Hears of trouble that nobody is waiting to be told of. */
export type Warn = (message: string, error: unknown) => void;

/** What the tools are made of. */
export type ToolParts = {
  readonly config: Pick<Config, 'appName' | 'limits'>;
  readonly db: Database;
  readonly keys: KeyRing;
  readonly passwordCost: PasswordCost;
  readonly now?: () => Date;
};

/** The tools on an open database. */
export type OpenTools = {
  readonly tools: Tools;
  /** Names of the migrations that opening applied. */
  readonly appliedMigrations: readonly string[];
  /** Writes what is pending and closes the database. */
  close(): Promise<void>;
};

const keyUsesIntervalMs = 1_000;

/**
 * Opens the database that the configuration names, brings it up to date and puts the tools on it.
 * @param prepare runs once the tables are there, before any other instance may do the same.
 * @throws ConfigError, FolderInUse, DatabaseUnreachable.
 */
export async function openTools(
  config: Config,
  warn: Warn,
  prepare = async (_tools: Tools): Promise<void> => undefined,
): Promise<OpenTools> {
  const keys = readKeys(config);
  const build = (db: Database) => createTools({ config, db, keys, passwordCost: defaultPasswordCost }, warn);
  let tools: Tools | undefined;
  const database = await openDatabase(
    config.database,
    (error) => warn('a database connection was lost', error),
    async (db) => {
      tools = build(db);
      await prepare(tools);
    },
  );
  const opened = tools ?? build(database.db);
  return {
    tools: opened,
    appliedMigrations: database.appliedMigrations,
    close: async () => {
      await opened.keyUses.close();
      await database.close();
    },
  };
}

/** Puts the tools on a database that is open and migrated. */
export function createTools({ config, db, keys, passwordCost, now }: ToolParts, warn: Warn): Tools {
  return {
    db,
    keyUses: createKeyUses(db, keyUsesIntervalMs, (error) => warn('last uses of API keys were not written', error)),
    keys,
    passwordCost,
    limits: config.limits,
    issuer: config.appName,
    now: now ?? (() => new Date()),
  };
}

function readKeys({ appKey, appPreviousKeys, database }: Config): KeyRing {
  if (appKey) return createKeyRing(appKey, appPreviousKeys);
  if (database.kind === 'postgresql') throw new Error('APP_KEY is checked when the configuration is read');
  return createKeyRing(readOrMakeKeyFile(database.dataDir, hasEmbeddedDatabase(database.dataDir)), appPreviousKeys);
}
