import { generateKeyPairSync } from 'node:crypto';

/** A new Ed25519 public key as an OpenSSH line, without a comment. */
export function makeSshLine(): string {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  return `ssh-ed25519 ${Buffer.concat([lengthed(Buffer.from('ssh-ed25519')), lengthed(Buffer.from(x, 'base64url'))]).toString('base64')}`;
}

function lengthed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
