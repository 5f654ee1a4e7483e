import { md5 } from '../../crypto/digest.ts';

/** A key by its fingerprint: SHA-256 in base64 as it is stored, or MD5 in hexadecimal digits. */
export type Fingerprint = { readonly hash: 'sha256'; readonly value: string } | { readonly hash: 'md5'; readonly value: string };

const sha256Bytes = 32;
const md5Bytes = 16;

/**
 * Reads a fingerprint: SHA-256 in base64, with or without `=` and url-safe, or in hexadecimal digits; MD5 in hexadecimal
 * digits, with or without colons; each with or without its name before it, or in a line of `ssh-keygen -l`. Null for any
 * other text.
 */
export function readFingerprint(text: string): Fingerprint | null {
  const words = text.trim().split(/\s+/);
  const named = words.find((word) => /^(?:sha256|md5):/i.test(word)) ?? (words.length === 1 ? text.trim() : '');
  const [, name = '', digits = ''] = /^(?:(sha256|md5):)?(.*)$/i.exec(named) ?? [];
  const base64 = /^([\w+/-]{43})=?$/.exec(digits)?.[1]?.replaceAll('-', '+').replaceAll('_', '/');
  if (base64 !== undefined && name.toLowerCase() !== 'md5') return { hash: 'sha256', value: base64 };
  const hex = /^[\da-f]{2}(?::?[\da-f]{2})*$/i.test(digits) ? digits.replaceAll(':', '').toLowerCase() : '';
  if (hex.length === 2 * sha256Bytes && name.toLowerCase() !== 'md5') return { hash: 'sha256', value: toBase64(hex) };
  return hex.length === 2 * md5Bytes && name.toLowerCase() !== 'sha256' ? { hash: 'md5', value: hex } : null;
}

/** Whether a key is the one of a fingerprint. @param line the stored OpenSSH line. */
export function isOfFingerprint({ hash, value }: Fingerprint, key: { readonly fingerprint: string; readonly publicKey: string }): boolean {
  if (hash === 'sha256') return key.fingerprint === value;
  return md5(Buffer.from(key.publicKey.split(' ')[1] ?? '', 'base64')) === value;
}

function toBase64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64').replace('=', '');
}
