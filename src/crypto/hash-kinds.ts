import { createHmac, randomBytes } from 'node:crypto';
import type { KeyRing } from './keys.ts';
import type { PasswordCost } from './password-hash.ts';

const bcryptAlphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const saltBytes = 16;
const hashBytes = 32;
/** 16 bytes of salt and 23 of hash in bcrypt's base64. The last character of the salt holds two bits, and that of the hash four. */
const bcryptCharacters = 53;

/** The kind of a hash: its algorithm and its cost, with which it begins: `$2y$10`, `$argon2id$v=19$m=19456,t=2,p=1`. */
export function kindOf(hash: string): string | null {
  return /^\$(?:2[aby]\$\d\d|argon2(?:id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+)(?=\$)/.exec(hash)?.[0] ?? null;
}

/** The kind of new hashes. */
export function kindOfCost({ memoryKib, passes, parallelism }: PasswordCost): string {
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}`;
}

/** A hash of a kind that no password has. A password is compared with it in the time of a real one. */
export function makeDecoy(kind: string): string {
  if (!kind.startsWith('$2')) return `${kind}$${base64(saltBytes)}$${base64(hashBytes)}`;
  const characters = [...randomBytes(bcryptCharacters)].map((byte) => bcryptAlphabet[byte % bcryptAlphabet.length]);
  return `${kind}$${characters.with(21, '.').with(-1, '.').join('')}`;
}

/**
 * Chooses one of some kinds by a text, each as often as its share: always the same, and without the key nobody can tell
 * which.
 */
export function chooseKind(keys: KeyRing, kinds: readonly { readonly kind: string; readonly share: number }[], text: string): string {
  const hash = createHmac('sha256', keys.current.counting)
    .update(JSON.stringify(['decoy', text]))
    .digest();
  let rest = (hash.readUInt32BE() / 2 ** 32) * kinds.reduce((sum, { share }) => sum + share, 0);
  for (const { kind, share } of kinds) {
    rest -= share;
    if (rest < 0) return kind;
  }
  throw new Error('there is no kind of hash to choose from');
}

function base64(bytes: number): string {
  return randomBytes(bytes).toString('base64').replaceAll('=', '');
}
