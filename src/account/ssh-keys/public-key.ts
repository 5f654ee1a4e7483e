import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '../../crypto/digest.ts';
import { isPublicKey } from '../../crypto/spki.ts';
import type { Rule } from '../rules.ts';
import { decodeArmour, encodeSpki } from './armour.ts';
import { hasSmallFactor, isFermatModulus, isRocaModulus } from './weak-modulus.ts';
import { readWireKey, type WireKey } from './wire.ts';

/** The longest text of a key. */
export const keyCharactersMax = 16_384;
const modulusBitsMin = 2048;
const modulusBitsMax = 16_384;
// OpenSSL verifies no signature with a longer exponent when the modulus has more than 3072 bits.
const exponentBitsMax = 64;

/** An SSH public key, in the one form in which it is stored and compared. */
export type PublicKey = {
  /** SHA-256 of the wire blob in base64 without padding, 43 characters: `ssh-keygen -lf` without `SHA256:`. */
  readonly fingerprint: string;
  /** The OpenSSH line, `type base64`, without the comment. */
  readonly line: string;
};

/** Why a text is refused: the rule that it breaks, with the number in the rule or the type of the key. */
export type PublicKeyFault = { readonly rule: Rule; readonly limit?: number; readonly given?: string };

/** Names of the signatures of a key, which some programs write in the place of its type (RFC 8332 §3). */
const signatureLabels = new Set(['rsa-sha2-256', 'rsa-sha2-512']);

/**
 * Reads a public key from an OpenSSH line, a bare blob in base64, a PEM (PKCS #8, PKCS #1) or RFC 4716. Returns a fault for
 * any other text, and for one with several keys, and never throws.
 */
export function parsePublicKey(text: string): PublicKey | PublicKeyFault {
  if (text.length > keyCharactersMax) return { rule: 'public_key' };
  const armoured = decodeArmour(text.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '').trim());
  if ('rule' in armoured) return armoured;
  const key = readWireKey(armoured.blob);
  // The blob decides what the key is. A label with another type would show its owner another key than the one stored.
  if (!key || !isLabelled(key, armoured.label)) return { rule: 'public_key' };
  return findFault(key, armoured.blob) ?? describeKey(key, armoured.blob);
}

/**
 * The key of a stored line as PKCS #8 PEM in the panel's dialect: CRLF, 64 columns, no line end after the last line. A key
 * that a security key holds has no such form, and is the line itself. The line must be one that `parsePublicKey` made.
 */
export function encodePem(line: string): string {
  if (line.startsWith('sk-')) return line;
  const blob = Buffer.from(line.slice(line.indexOf(' ') + 1), 'base64');
  return encodeSpki(blob).trimEnd().replaceAll('\n', '\r\n');
}

function isLabelled(key: WireKey, label: string | null): boolean {
  if (label === null) return true;
  return label === (key.type === 'unsupported' ? key.name : key.type) || (key.type === 'ssh-rsa' && signatureLabels.has(label));
}

function describeKey(key: WireKey, blob: Uint8Array): PublicKey {
  const fingerprint = Buffer.from(sha256(blob)).toString('base64').replace('=', '');
  return { fingerprint, line: `${key.type} ${Buffer.from(blob).toString('base64')}` };
}

function findFault(key: WireKey, blob: Uint8Array): PublicKeyFault | null {
  switch (key.type) {
    case 'unsupported':
      return /-cert-v\d+@openssh\.com$/.test(key.name) ? { rule: 'certificate' } : { rule: 'key_type', given: key.name };
    case 'ssh-dss':
      return { rule: 'dsa' };
    case 'ssh-rsa':
      return findRsaFault(key.exponent, key.modulus);
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return isPublicKey(encodeSpki(key.ecdsa)) ? null : { rule: 'public_key' };
    case 'ssh-ed25519':
    case 'sk-ssh-ed25519@openssh.com':
      return isEdwardsPoint(key.point) ? null : { rule: 'public_key' };
    default:
      return isPublicKey(encodeSpki(blob)) ? null : { rule: 'public_key' };
  }
}

function findRsaFault(exponent: bigint, modulus: bigint): PublicKeyFault | null {
  if (isEven(exponent) || exponent < 3n || countBits(exponent) > exponentBitsMax || isEven(modulus)) return { rule: 'unsafe_rsa' };
  if (countBits(modulus) > modulusBitsMax) return { rule: 'long_rsa', limit: modulusBitsMax };
  if (countBits(modulus) < modulusBitsMin) return { rule: 'weak_rsa', limit: modulusBitsMin };
  if (isRocaModulus(modulus)) return { rule: 'roca' };
  if (isFermatModulus(modulus)) return { rule: 'close_primes' };
  return hasSmallFactor(modulus) ? { rule: 'unsafe_rsa' } : null;
}

/**
 * RFC 8032 §5.1.3: a reduced y, and a point on the curve. Half of all byte strings are not points, so this also finds most
 * damaged keys. A point of small order verifies forged signatures.
 */
function isEdwardsPoint(bytes: Uint8Array): boolean {
  try {
    return !ed25519.Point.fromBytes(bytes).isSmallOrder();
  } catch {
    return false;
  }
}

function isEven(number: bigint): boolean {
  return (number & 1n) === 0n;
}

function countBits(number: bigint): number {
  return number.toString(2).length;
}
