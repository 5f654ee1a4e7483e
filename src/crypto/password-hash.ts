import argon2 from 'argon2';
import bcrypt from 'bcrypt';

/** The cost of one hash (m, t and p of RFC 9106). */
export type PasswordCost = { readonly memoryKib: number; readonly passes: number; readonly parallelism: number };

/** OWASP's first recommendation for argon2id. */
export const defaultPasswordCost: PasswordCost = { memoryKib: 19_456, passes: 2, parallelism: 1 };

/** bcrypt ignores all further bytes. */
const bcryptBytesMax = 72;

/** Hashes a password with argon2id into a PHC string with a new 16-byte salt. */
export async function hashPassword(password: string, cost: PasswordCost): Promise<string> {
  const hash = await argon2.hash(password.normalize('NFC'), {
    type: argon2.argon2id,
    memoryCost: cost.memoryKib,
    timeCost: cost.passes,
    parallelism: cost.parallelism,
  });
  // The library writes m, p, t. The reference implementation and most other languages read only m, t, p.
  return hash.replace(/\$(m=\d+),(p=\d+),(t=\d+)\$/, '$$$1,$3,$2$$');
}

/**
 * Whether the password is the one that was hashed, at the cost in the hash. Both are computed on threads of libuv. Hashes of bcrypt (`$2a$`, `$2b$`, `$2y$`),
 * which imported accounts have, are verified too.
 */
export function verifyPassword(hash: string, password: string): Promise<boolean> {
  // PHP and Node hash with bcrypt the bytes as typed, without normalizing them.
  return isBcrypt(hash) ? bcrypt.compare(password, asBcrypt2b(hash)) : argon2.verify(hash, password.normalize('NFC'));
}

/**
 * Whether a verified password should be hashed again, with the current algorithm and cost. Not when it is too long for
 * bcrypt: the bytes after the 72nd were never verified and must not become part of the password.
 */
export function needsRehash(hash: string, password: string, cost: PasswordCost): boolean {
  if (isBcrypt(hash)) return Buffer.byteLength(password) <= bcryptBytesMax;
  return (
    !hash.startsWith('$argon2id$') ||
    argon2.needsRehash(hash, { memoryCost: cost.memoryKib, timeCost: cost.passes, parallelism: cost.parallelism })
  );
}

/**
 * PHP names the algorithm `$2y$`, OpenBSD `$2b$`. The library does not read the first, and counts the bytes of a long password
 * in one byte for `$2a$`, as no other does.
 */
function asBcrypt2b(hash: string): string {
  return `$2b$${hash.slice('$2y$'.length)}`;
}

function isBcrypt(hash: string): boolean {
  return /^\$2[aby]\$/.test(hash);
}
