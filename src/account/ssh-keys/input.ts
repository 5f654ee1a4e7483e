import { z } from 'zod';
import { broken, text } from '../input.ts';
import { keyCharactersMax, type PublicKey, parsePublicKey } from './public-key.ts';

export const sshKeyInput = z.object({
  name: text({ most: 191 }).meta({ description: 'The name of the key: 1 to 191 characters.' }),
  publicKey: text({ most: keyCharactersMax, units: keyCharactersMax })
    .transform((value, context): PublicKey => {
      const publicKey = parsePublicKey(value);
      if (!('rule' in publicKey)) return publicKey;
      context.addIssue(broken(publicKey.rule, publicKey.limit, publicKey.given));
      return z.NEVER;
    })
    .meta({
      description:
        'An OpenSSH line (`ssh-ed25519 AAAA… comment`) or a public key in PEM or RFC 4716: Ed25519, ECDSA on a NIST curve, either of them in a security key, or RSA of at least 2,048 bits. One key at a time, and never the private key.',
    }),
});

export const fingerprintInput = z.object({
  fingerprint: text({ most: 191 }).meta({
    description:
      'The fingerprint of the key: SHA-256 in base64 or hexadecimal digits, with or without `SHA256:`, or MD5 in hexadecimal digits.',
  }),
});
