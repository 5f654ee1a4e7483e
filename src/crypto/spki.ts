import { createPublicKey } from 'node:crypto';

/**
 * Whether OpenSSL accepts a public key. For a key on an elliptic curve, this proves that its point is on the curve.
 * @param pem a `PUBLIC KEY` that we wrote, never a caller's text: OpenSSL accepts private keys too.
 */
export function isPublicKey(pem: string): boolean {
  try {
    return createPublicKey(pem).type === 'public';
  } catch {
    return false;
  }
}
