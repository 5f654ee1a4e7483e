import { randomBytes } from 'node:crypto';
import argon2 from 'argon2';
import bcrypt from 'bcryptjs';

/** What one hash costs (RFC 9106 names: m, t, p). */
export type PasswordCost = { readonly memoryKib: number; readonly passes: number; readonly lanes: number };

/** OWASP's first choice for argon2id. */
export const defaultPasswordCost: PasswordCost = { memoryKib: 19_456, passes: 2, lanes: 1 };

/** What bcrypt looks at; it takes no notice of the rest. */
const bcryptBytesMax = 72;

/** Hashes a password with argon2id; the answer is a PHC string with a fresh 16-byte salt. */
export async function hashPassword(password: string, cost: PasswordCost): Promise<string> {
  const hash = await argon2.hash(password.normalize('NFC'), {
    type: argon2.argon2id,
    memoryCost: cost.memoryKib,
    timeCost: cost.passes,
    parallelism: cost.lanes,
  });
  // The library writes m, p, t; the reference implementation, and with it most other languages, reads m, t, p alone.
  return hash.replace(/\$(m=\d+),(p=\d+),(t=\d+)\$/, '$$$1,$3,$2$$');
}

/**
 * Whether the password is the one that was hashed, at the cost the hash itself names. Beside argon2, hashes of bcrypt
 * (`$2a$`, `$2b$`, `$2y$`) are read, as imported accounts have them.
 */
export function verifyPassword(hash: string, password: string): Promise<boolean> {
  // bcrypt's own normal form is the bytes as they were typed: PHP and Node never composed them.
  return isBcrypt(hash) ? bcrypt.compare(password, hash) : argon2.verify(hash, password.normalize('NFC'));
}

/**
 * Whether a password that was just verified should be hashed anew: another algorithm or another cost. Not where bcrypt
 * saw only the beginning of it: what was typed behind the 72nd byte was never checked, and must not become the password.
 */
export function needsRehash(hash: string, password: string, cost: PasswordCost): boolean {
  if (isBcrypt(hash)) return Buffer.byteLength(password) <= bcryptBytesMax;
  return (
    !hash.startsWith('$argon2id$') ||
    argon2.needsRehash(hash, { memoryCost: cost.memoryKib, timeCost: cost.passes, parallelism: cost.lanes })
  );
}

function isBcrypt(hash: string): boolean {
  return /^\$2[aby]\$/.test(hash);
}

const decoys = new Map<string, Promise<string>>();

/** A hash of nobody's password, at the same cost as everybody's: what an unknown account is checked against. */
export function decoyHash(cost: PasswordCost): Promise<string> {
  const name = JSON.stringify(cost);
  const decoy = decoys.get(name) ?? hashPassword(randomBytes(32).toString('base64'), cost);
  decoys.set(name, decoy);
  return decoy;
}
