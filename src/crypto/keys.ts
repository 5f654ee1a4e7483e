import { createHash, hkdfSync } from 'node:crypto';

/** The working keys of one APP_KEY, and its id. */
export type DerivedKey = {
  /** Eight hexadecimal digits that distinguish keys and reveal nothing about them. */
  readonly id: string;
  readonly sealing: Uint8Array;
  readonly hashing: Uint8Array;
  readonly counting: Uint8Array;
  readonly signing: Uint8Array;
};

/** The key that seals, and all keys that unseal, the current one first. */
export type KeyRing = { readonly current: DerivedKey; readonly all: readonly DerivedKey[] };

const keyBytes = 32;

/** Derives the working keys of each master key (HKDF, RFC 5869). Each key has one purpose. */
export function createKeyRing(current: Uint8Array, previous: readonly Uint8Array[]): KeyRing {
  const first = deriveKey(current);
  return { current: first, all: [first, ...previous.map(deriveKey)] };
}

function deriveKey(master: Uint8Array): DerivedKey {
  const derive = (purpose: string) => new Uint8Array(hkdfSync('sha256', master, '', `account-gateway ${purpose}`, keyBytes));
  const id = createHash('sha256').update(derive('key id')).digest('hex').slice(0, 8);
  return {
    id,
    sealing: derive('sealing'),
    hashing: derive('token hashing'),
    counting: derive('counter naming'),
    signing: derive('device signing'),
  };
}
