import { createHash, hkdfSync } from 'node:crypto';

/** What is derived from one APP_KEY: a name, a key to seal with, a key to hash tokens with. */
export type DerivedKey = {
  /** Eight hexadecimal digits that tell keys apart and say nothing about them. */
  readonly id: string;
  readonly sealing: Uint8Array;
  readonly hashing: Uint8Array;
};

/** The key that seals now, and every key that still opens (the current one first). */
export type KeyRing = { readonly current: DerivedKey; readonly all: readonly DerivedKey[] };

const keyBytes = 32;

/** Derives the working keys of each master key (HKDF, RFC 5869): no key serves two purposes. */
export function createKeyRing(current: Uint8Array, previous: readonly Uint8Array[]): KeyRing {
  const first = deriveKey(current);
  return { current: first, all: [first, ...previous.map(deriveKey)] };
}

function deriveKey(master: Uint8Array): DerivedKey {
  const derive = (purpose: string) => new Uint8Array(hkdfSync('sha256', master, '', `account-gateway ${purpose}`, keyBytes));
  const id = createHash('sha256').update(derive('key id')).digest('hex').slice(0, 8);
  return { id, sealing: derive('sealing'), hashing: derive('token hashing') };
}
