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

/** A random token of 256 bits, in base64url. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 of a token that is random enough to need no salt. */
export function hashToken(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest());
}

/** HMAC-SHA-256 of a token with each key of the ring, the current key first. Store the first, search for all. */
export function keyedHashes(keys: KeyRing, token: string): [Uint8Array<ArrayBuffer>, ...Uint8Array<ArrayBuffer>[]] {
  const hash = (key: Uint8Array) => new Uint8Array(createHmac('sha256', key).update(token).digest());
  return [hash(keys.current.hashing), ...keys.all.slice(1).map((key) => hash(key.hashing))];
}

/** Whether two hashes are the same, compared in constant time. */
export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
