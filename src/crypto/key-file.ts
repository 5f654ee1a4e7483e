import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAppKey } from '../config/config.ts';
import { ConfigError } from '../config/environment.ts';

/**
 * The key of an embedded database, made at its first start (mode 0600).
 * @throws ConfigError when the database is there and its key is not: a new key would open nothing that is sealed in it.
 */
export function readOrMakeKeyFile(dataDir: string, hasDatabase: boolean): Uint8Array {
  const path = join(dataDir, 'app.key');
  if (existsSync(path)) return parseAppKey(path, readFileSync(path, 'utf8').trim());
  if (hasDatabase) throw new ConfigError('APP_KEY', `is unset and ${path} is gone; put back the key that this database was made with`);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const key = randomBytes(32);
  writeFileSync(path, `base64:${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  return key;
}
