import { ConfigError } from '../config/environment.ts';
import type { KeyRing } from '../crypto/keys.ts';
import { SealError, seal, unseal } from '../crypto/seal.ts';
import type { Database } from '../db/database.ts';
import { listSealingKeys, keyNamePrefix as prefix } from '../db/statements/sealed.ts';

const owner = 'key check';

/**
 * Checks that every value that is sealed in the database can be unsealed. The first start with a key seals a value with it, so
 * that a wrong key is found while no account has two-factor authentication, too. Only one instance may do this at a time.
 * @throws ConfigError where the key of the database, or one that values are sealed with, is missing.
 */
export async function checkKeys(db: Database, keys: KeyRing, now: Date): Promise<void> {
  const checks = await db.setting.findMany({ where: { name: { startsWith: prefix } } });
  if (checks.length > 0 && !checks.some(({ value }) => isOpen(keys, value))) {
    const ids = checks.map(({ name }) => name.slice(prefix.length));
    throw new ConfigError('APP_KEY', `is not the key of this database. ${describeMissing(keys, ids)}`);
  }
  const closed = checks.filter(({ value }) => !isOpen(keys, value)).map(({ name }) => name.slice(prefix.length));
  // A database of a release without checks has values and no check: each of their keys counts as missing until it is found.
  const used = checks.length === 0 || closed.length > 0 ? await listUsedKeys(db, keys, now) : [];
  await db.setting.deleteMany({ where: { name: { in: closed.map((id) => prefix + id) } } });
  for (const current of [...used, keys.current]) await noteKey(db, { ...keys, current });
}

/** Notes that values are sealed with the current key from now on. */
export async function noteKey(db: Database, keys: KeyRing): Promise<void> {
  const check = { name: prefix + keys.current.id, value: seal(keys, owner, keys.current.id) };
  await db.setting.createMany({ data: [check], skipDuplicates: true });
}

/** Lists the keys with which values are sealed. @throws ConfigError where one of them is missing. */
async function listUsedKeys(db: Database, keys: KeyRing, now: Date): Promise<KeyRing['all']> {
  const ids = await listSealingKeys(db, now);
  const missing = ids.filter((id) => !keys.all.some((key) => key.id === id));
  if (missing.length > 0)
    throw new ConfigError('APP_KEY', `does not decrypt all secrets of this database. ${describeMissing(keys, missing)}`);
  return keys.all.filter(({ id }) => ids.includes(id));
}

function describeMissing({ current }: KeyRing, ids: readonly string[]): string {
  return `The missing key has the id ${ids.join(' or ')}, APP_KEY has the id ${current.id}. Set APP_KEY to the missing key, or add that to APP_PREVIOUS_KEYS.`;
}

function isOpen(keys: KeyRing, sealed: string): boolean {
  try {
    unseal(keys, owner, sealed);
    return true;
  } catch (error) {
    if (error instanceof SealError) return false;
    throw error;
  }
}
