import { createPublicKey } from 'node:crypto';

/**
 * Whether OpenSSL accepts a public key. For a key on an elliptic curve, this proves that its point is on the curve.
 * @param pem a `PUBLIC KEY` that the gateway wrote, never the text of a caller: OpenSSL accepts private keys too.
 */
export function isPublicKey(pem: string): boolean {
  try {
    return createPublicKey(pem).type === 'public';
  } catch {
    return false;
  }
}
