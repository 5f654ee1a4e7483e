import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAppKey } from '../config/config.ts';
import { ConfigError } from '../config/environment.ts';

/**
 * The key of an embedded database, made at its first start (mode 0600); once, even when several processes start together.
 * @throws ConfigError when the database is there and its key is not: a new key would open nothing that is sealed in it.
 */
export function readOrMakeKeyFile(dataDir: string, hasDatabase: boolean): Uint8Array {
  const path = join(dataDir, 'app.key');
  if (!existsSync(path)) {
    if (hasDatabase) throw new ConfigError('APP_KEY', `is unset and ${path} is gone; put back the key that this database was made with`);
    makeKeyFile(dataDir, path);
  }
  return parseAppKey(path, readFileSync(path, 'utf8').trim());
}

/** Written beside, on the disk, and linked into place whole: of two at once, the first one's is the key. */
function makeKeyFile(dataDir: string, path: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, `base64:${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(beside, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(beside);
  }
}
