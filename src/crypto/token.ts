import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { KeyRing } from './keys.ts';

/** Letters and digits, as in the panel's API keys: 5.95 bits a character. */
export const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Crockford's base32: 5 bits a character, without the letters that resemble digits. */
export const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A random text over an alphabet, each character equally likely. */
export function randomText(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** Random bytes. */
export function randomId(bytes: number): Uint8Array {
  return randomBytes(bytes);
}

/** A random token of 256 bits, in base64url. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 of a token that is random enough to need no salt. */
export function hashToken(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest());
}

/** HMAC-SHA-256 of a token with each key of the ring, the current key first. */
export function keyedHashes(keys: KeyRing, token: string): [Uint8Array<ArrayBuffer>, ...Uint8Array<ArrayBuffer>[]] {
  const hash = (key: Uint8Array) => new Uint8Array(createHmac('sha256', key).update(token).digest());
  return [hash(keys.current.hashing), ...keys.all.slice(1).map((key) => hash(key.hashing))];
}

/** The name of a counter: a keyed hash of 16 bytes in base64url. Without the key, nobody can find the counter of a login. */
export function nameCounter(keys: KeyRing, parts: readonly (string | number)[]): string {
  return createHmac('sha256', keys.current.counting).update(JSON.stringify(parts)).digest().subarray(0, 16).toString('base64url');
}

/** Signs bytes for an owner: 32 bytes. */
export function sign(keys: KeyRing, owner: string, bytes: Uint8Array): Uint8Array {
  return signWith(keys.current.signing, owner, bytes);
}

/** Whether a signature is that of `sign`, with the current key or a previous one. */
export function isSigned(keys: KeyRing, owner: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  return keys.all.some(({ signing }) => isSameHash(signWith(signing, owner, bytes), signature));
}

function signWith(key: Uint8Array, owner: string, bytes: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(JSON.stringify(owner)).update(bytes).digest();
}

/** Whether two hashes are the same, compared in constant time. */
export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
