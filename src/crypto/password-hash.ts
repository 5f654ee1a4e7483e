import argon2 from 'argon2';

/** What one hash costs (RFC 9106 names: m, t, p). */
export type PasswordCost = { readonly memoryKib: number; readonly passes: number; readonly lanes: number };

/** OWASP's first choice for argon2id. */
export const defaultPasswordCost: PasswordCost = { memoryKib: 19_456, passes: 2, lanes: 1 };

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

/** Whether the password is the one that was hashed, at the cost the hash itself names. */
export function verifyPassword(hash: string, password: string): Promise<boolean> {
  return argon2.verify(hash, password.normalize('NFC'));
}
