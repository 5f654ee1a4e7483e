import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '../../crypto/digest.ts';
import { isPublicKey } from '../../crypto/spki.ts';
import { decodeArmour, encodeSpki } from './armour.ts';
import { isFermatModulus, isRocaModulus } from './weak-modulus.ts';
import { readWireKey, type WireKey } from './wire.ts';

const textCharactersMax = 16_384;
const modulusBitsMin = 2048;
const modulusBitsMax = 16_384;
// OpenSSL verifies nothing with a longer exponent once the modulus is past 3072 bits.
const exponentBitsMax = 64;

/** An SSH public key, in the one form in which it is stored and compared. */
export type PublicKey = {
  /** SHA-256 of the wire blob in base64 without padding, 43 characters: `ssh-keygen -lf` without `SHA256:`. */
  readonly fingerprint: string;
  /** The OpenSSH line, `type base64`, without the comment. */
  readonly line: string;
};

/** Why a text is not taken as a key: it is none, or not one we know; it is a DSA key; its RSA modulus is too short. */
export type PublicKeyFault = 'invalid' | 'dsa' | 'weak_rsa';

/**
 * Reads a public key from an OpenSSH line, a bare blob in base64, a PEM (PKCS #8, PKCS #1) or RFC 4716. Of several keys
 * only the first is read. Answers a fault for whatever else, and throws for nothing; private keys, certificates, options
 * of `authorized_keys` and security keys (`sk-`) are 'invalid'.
 */
export function parsePublicKey(text: string): PublicKey | PublicKeyFault {
  if (text.length > textCharactersMax) return 'invalid';
  const armoured = decodeArmour(text.trim());
  const key = armoured && readWireKey(armoured.blob);
  if (!key) return 'invalid';
  // The blob says what the key is. A label that says otherwise would show its owner another key than the one stored.
  if (armoured.label !== null && armoured.label !== key.type) return 'invalid';
  return findFault(key, armoured.blob) ?? describeKey(key, armoured.blob);
}

/**
 * The key of a stored line as PKCS #8 PEM in the old panel's dialect: CRLF, 64 columns, nothing after the last dash.
 * The line must be one that `parsePublicKey` made.
 */
export function encodePem(line: string): string {
  const blob = Buffer.from(line.slice(line.indexOf(' ') + 1), 'base64');
  return encodeSpki(blob).trimEnd().replaceAll('\n', '\r\n');
}

/** The fingerprint as it is stored, from one given with or without `SHA256:` and `=`; null when it is none. */
export function normalizeFingerprint(text: string): string | null {
  return /^(?:SHA256:)?([A-Za-z0-9+/]{43})=?$/.exec(text)?.[1] ?? null;
}

function describeKey(key: WireKey, blob: Uint8Array): PublicKey {
  const fingerprint = Buffer.from(sha256(blob)).toString('base64').replace('=', '');
  return { fingerprint, line: `${key.type} ${Buffer.from(blob).toString('base64')}` };
}

function findFault(key: WireKey, blob: Uint8Array): PublicKeyFault | null {
  switch (key.type) {
    case 'ssh-dss':
      return 'dsa';
    case 'ssh-rsa':
      return findRsaFault(key.exponent, key.modulus);
    case 'ssh-ed25519':
      return isEdwardsPoint(key.point) ? null : 'invalid';
    default:
      return isPublicKey(encodeSpki(blob)) ? null : 'invalid';
  }
}

function findRsaFault(exponent: bigint, modulus: bigint): PublicKeyFault | null {
  if (isEven(exponent) || exponent < 3n || countBits(exponent) > exponentBitsMax) return 'invalid';
  if (isEven(modulus) || countBits(modulus) > modulusBitsMax) return 'invalid';
  if (countBits(modulus) < modulusBitsMin) return 'weak_rsa';
  return isRocaModulus(modulus) || isFermatModulus(modulus) ? 'invalid' : null;
}

/**
 * RFC 8032 §5.1.3: a reduced y, and a point on the curve. Half of all byte strings are no point, so this also finds most
 * slips of copying. A point of small order verifies signatures that nobody made.
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
