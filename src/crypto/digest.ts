import { createHash } from 'node:crypto';

/** SHA-256 of bytes: 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

/** SHA-256 of text in hexadecimal: a name for a document, never a secret. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** SHA-1 of text in hexadecimal: a name for a row, never a secret. */
export function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** MD5 of text in hexadecimal: a name for a picture, never a secret. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
