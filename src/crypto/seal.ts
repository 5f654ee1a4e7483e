import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing } from './keys.ts';

const nonceBytes = 12;
const tagBytes = 16;

/** A sealed value that cannot be unsealed: its key is missing, it was altered, or it belongs to another account. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

/**
 * Seals text with AES-256-GCM under the current key: `v1.<key id>.<base64url of nonce, ciphertext and tag>`.
 * @param owner the owner of the value, authenticated as associated data: a row copied to another account cannot be unsealed.
 */
export function seal(keys: KeyRing, owner: string, plaintext: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', keys.current.sealing, nonce);
  cipher.setAAD(Buffer.from(owner));
  const sealed = Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${sealedPrefix(keys)}${sealed.toString('base64url')}`;
}

/** What every value begins with that is sealed with the current key. */
export function sealedPrefix({ current }: KeyRing): string {
  return `v1.${current.id}.`;
}

/**
 * Unseals a value of `seal`, with the current key or a previous one.
 * @throws SealError with the id of a missing key, or for a value that was altered or has another owner.
 */
export function unseal(keys: KeyRing, owner: string, sealed: string): string {
  const [version, keyId, body, ...rest] = sealed.split('.');
  if (version !== 'v1' || !keyId || !body || rest.length > 0) throw new SealError('not a sealed value');
  const key = keys.all.find((candidate) => candidate.id === keyId);
  if (!key) throw new SealError(`sealed with key ${keyId}, which is neither APP_KEY nor one of APP_PREVIOUS_KEYS`);
  try {
    return decrypt(key.sealing, owner, Buffer.from(body, 'base64url'));
  } catch (cause) {
    throw new SealError('the sealed value was altered or belongs to another account', { cause });
  }
}

function decrypt(key: Uint8Array, owner: string, bytes: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(owner));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
  return Buffer.concat([text, decipher.final()]).toString('utf8');
}
