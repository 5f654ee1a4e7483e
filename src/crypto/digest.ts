import { createHash } from 'node:crypto';

/** SHA-256 of bytes: 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

/** SHA-256 of text in hexadecimal, to identify a document. Not for secrets. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** SHA-1 of text in hexadecimal, to identify a row. Not for secrets. */
export function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** MD5 in hexadecimal, to identify a picture or a key by it. Not for secrets. */
export function md5(content: string | Uint8Array): string {
  return createHash('md5').update(content).digest('hex');
}
