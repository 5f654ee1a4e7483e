import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAppKey } from '../config/config.ts';
import { ConfigError } from '../config/environment.ts';

const fileName = 'app.key';

/**
 * Reads the master key of an embedded database, or creates it at the first start, with mode 0600; once, even when several
 * processes start together.
 * @throws ConfigError when the database exists and its key does not: a new key could unseal nothing in it.
 */
export function readOrMakeKeyFile(dataDir: string, hasDatabase: boolean): Uint8Array {
  const path = join(dataDir, fileName);
  if (!existsSync(path)) {
    if (hasDatabase)
      throw new ConfigError('APP_KEY', `is unset and ${path} is missing: put back the key with which this database was created`);
    makeKeyFile(path);
  }
  return parseAppKey(path, readFileSync(path, 'utf8').trim());
}

/** Whether a data folder has its master key. */
export function hasKeyFile(dataDir: string): boolean {
  return existsSync(join(dataDir, fileName));
}

/** Writes the key into another file and links it into place complete: of two processes at once, the first creates the key. */
function makeKeyFile(path: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `base64:${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(draft);
  }
}
