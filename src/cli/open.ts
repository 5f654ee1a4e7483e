import type { Tools } from '../account/actor.ts';
import { readConfig } from '../config/config.ts';
import { poolLimits } from '../db/postgresql.ts';
import { type OpenTools, openTools, silentLog } from '../server/tools.ts';
import { print } from './lines.ts';
import type { Terminal } from './terminal.ts';

/**
 * Opens the database of the environment, migrated, and closes it after the work.
 * @param isMigrated true: migrations are applied also where that is turned off.
 * @throws ConfigError, DatabaseUnusable, and what the work throws.
 */
export async function withTools<T>(
  terminal: Terminal,
  work: (tools: Tools, opened: OpenTools) => Promise<T>,
  isMigrated = false,
): Promise<T> {
  const config = readConfig(terminal.env);
  const log = { ...silentLog, warn: (message: string) => void print(terminal.stderr, message) };
  const opened = await openTools({ ...config, pool: poolLimits, isMigratedOnStart: isMigrated || config.isMigratedOnStart }, log);
  try {
    return await work(opened.tools, opened);
  } finally {
    await opened.close();
  }
}
