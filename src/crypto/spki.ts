import { createPublicKey } from 'node:crypto';

/**
 * Whether OpenSSL takes a key, which for a key on an elliptic curve says that its point lies on the curve.
 * @param pem a `PUBLIC KEY` made by us. A caller's own text has no place here: OpenSSL takes private keys as well.
 */
export function isPublicKey(pem: string): boolean {
  try {
    return createPublicKey(pem).type === 'public';
  } catch {
    return false;
  }
}
