import { createHmac, randomBytes } from 'node:crypto';
import bcrypt from 'bcrypt';
import { describe, expect, test } from 'vitest';
import { createKeyRing } from '../src/crypto/keys.ts';
import { defaultPasswordCost, hashPassword, verifyPassword } from '../src/crypto/password-hash.ts';
import { SealError, seal, unseal } from '../src/crypto/seal.ts';
import { alphanumeric, crockford, hashToken, isSameHash, keyedHashes, randomText } from '../src/crypto/token.ts';
import { cheapCost } from './harness.ts';

const oldKey = randomBytes(32);
const newKey = randomBytes(32);
const old = createKeyRing(oldKey, []);
const rotated = createKeyRing(newKey, [oldKey]);

describe('a sealed value', () => {
  test('is unsealed to the text that was sealed', () => {
    for (const text of ['', 'a', 'JBSWY3DPEHPK3PXP', 'ü 🔑 \0', 'x'.repeat(100_000)]) {
      expect(unseal(old, 'account:1', seal(old, 'account:1', text))).toBe(text);
    }
  });

  test('names its key, hides its text, and differs each time', () => {
    const sealed = seal(old, 'account:1', 'JBSWY3DPEHPK3PXP');
    expect(sealed).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]+$/);
    expect(sealed.split('.')[1]).toBe(old.current.id);
    expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain('JBSWY3DPEHPK3PXP');
    expect(new Set(Array.from({ length: 1000 }, () => seal(old, 'account:1', 'same'))).size).toBe(1000);
  });

  test('is not unsealed for another owner', () => {
    const sealed = seal(old, 'account:1', 'secret');
    for (const owner of ['account:2', 'account:11', 'account:', '', 'account:1:two-factor']) {
      expect(() => unseal(old, owner, sealed)).toThrow('altered or belongs to another account');
    }
  });

  test('is not unsealed when any of its bytes is altered, or when it is cut', () => {
    const [version, id, body = ''] = seal(old, 'account:1', 'secret').split('.');
    const bytes = Buffer.from(body, 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8((altered.readUInt8(index) ^ 1) & 0xff, index);
      expect(() => unseal(old, 'account:1', `${version}.${id}.${altered.toString('base64url')}`), `byte ${index}`).toThrow(SealError);
    }
    for (const length of [1, 11, 12, 27, 28, bytes.length - 1]) {
      const cut = bytes.subarray(0, length).toString('base64url');
      expect(() => unseal(old, 'account:1', `${version}.${id}.${cut}`), `${length} bytes`).toThrow(SealError);
    }
  });

  test('is unsealed with a previous key, and sealed with the current one', () => {
    expect(unseal(rotated, 'account:1', seal(old, 'account:1', 'from before'))).toBe('from before');
    const sealed = seal(rotated, 'account:1', 'from now');
    expect(sealed.split('.')[1]).toBe(createKeyRing(newKey, []).current.id);
    expect(() => unseal(old, 'account:1', sealed)).toThrow(SealError);
  });

  test('whose key is missing names that key', () => {
    const sealed = seal(old, 'account:1', 'from before');
    const attempt = () => unseal(createKeyRing(newKey, [randomBytes(32)]), 'account:1', sealed);
    expect(attempt).toThrow(`sealed with key ${old.current.id}, which is neither APP_KEY nor one of APP_PREVIOUS_KEYS`);
  });

  test.each(['', 'v1', 'v1..', 'v1.abcdef01.', 'v2.abcdef01.AAAA', 'v1.abcdef01.AAAA.BBBB', 'not sealed at all'])('is never %j', (text) => {
    expect(() => unseal(old, 'account:1', text)).toThrow(SealError);
  });

  test('that another key with the same id sealed is not unsealed', () => {
    const forged = { ...createKeyRing(newKey, []).current, id: old.current.id };
    const sealed = seal({ current: forged, all: [forged] }, 'account:1', 'forged');
    expect(() => unseal(old, 'account:1', sealed)).toThrow('altered');
  });
});

describe('keys derived from APP_KEY', () => {
  test('are the same at every start, and each has one purpose', () => {
    expect(createKeyRing(oldKey, [])).toEqual(old);
    const { sealing, hashing } = old.current;
    const all = [oldKey, sealing, hashing, rotated.current.sealing, rotated.current.hashing].map((key) => Buffer.from(key).toString('hex'));
    expect(new Set(all).size).toBe(5);
    expect([sealing.length, hashing.length]).toEqual([32, 32]);
  });

  test('are derived by the two steps of HKDF (RFC 5869)', () => {
    const hkdf = (info: string) => {
      const extracted = createHmac('sha256', Buffer.alloc(32)).update(oldKey).digest();
      return createHmac('sha256', extracted)
        .update(info)
        .update(Buffer.from([1]))
        .digest();
    };
    expect(Buffer.from(old.current.sealing)).toEqual(hkdf('account-gateway sealing'));
    expect(Buffer.from(old.current.hashing)).toEqual(hkdf('account-gateway token hashing'));
  });

  test('hash a token differently with each, the current one first', () => {
    const [first, second, ...rest] = keyedHashes(rotated, 'token');
    expect(rest).toEqual([]);
    expect([second]).toEqual(keyedHashes(old, 'token'));
    expect(Buffer.from(first)).toEqual(createHmac('sha256', rotated.current.hashing).update('token').digest());
    expect(first).not.toEqual(second);
  });
});

describe('a password hash', () => {
  /** Made by the reference implementation: `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1` (its test.c, version 0x13). */
  const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

  test('of the reference implementation is verified', async () => {
    expect(await verifyPassword(reference, 'password')).toBe(true);
    expect(await verifyPassword(reference, 'differentpassword')).toBe(false);
    expect(await verifyPassword(reference.replace('c29tZXNhbHQ', 'ZGlmZnNhbHQ'), 'password')).toBe(false);
  });

  // The library writes m, p, t, which the reference implementation, PHP and Python refuse.
  test('is a PHC string that all implementations read: version, then m, t, p, salt of 16 bytes, hash of 32', async () => {
    const hash = await hashPassword('password', defaultPasswordCost);
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await verifyPassword(hash, 'password')).toBe(true);
  });

  test('differs each time, and is verified at its own cost', async () => {
    const hashes = await Promise.all([1, 2].map((passes) => hashPassword('password', { ...cheapCost, passes })));
    expect(new Set(hashes).size).toBe(2);
    for (const hash of hashes)
      expect([await verifyPassword(hash, 'password'), await verifyPassword(hash, 'Password')]).toEqual([true, false]);
  });
});

describe('a bcrypt hash', () => {
  /** Of `password`, from a running panel. */
  const php = '$2y$10$mNT4bjYK4S8RaUftEoZOOO78gCUh1knPhnxiBbZinqAY3PInl6VSS';

  test('is verified under each name of the algorithm, and no other password is', async () => {
    for (const name of ['2y', '2b', '2a']) {
      const hash = php.replace('2y', name);
      expect([await verifyPassword(hash, 'password'), await verifyPassword(hash, 'Password')]).toEqual([true, false]);
      expect(await verifyPassword(hash, '')).toBe(false);
    }
    for (const broken of ['$2y$10$short', '$2y$99$mNT4bjYK4S8RaUftEoZOOO78gCUh1knPhnxiBbZinqAY3PInl6VSS', '$2y$']) {
      expect(await verifyPassword(broken, 'password')).toBe(false);
    }
  });

  test('of a password that is longer than a byte can count is compared in its first 72 bytes', async () => {
    const long = 'x'.repeat(300);
    const hash = await bcrypt.hash(long, 4);
    for (const name of ['2y', '2b', '2a']) expect(await verifyPassword(hash.replace('2b', name), long)).toBe(true);
    expect(await verifyPassword(hash, 'x'.repeat(44))).toBe(false);
  });

  // The hash was computed in JavaScript before, in pieces of a tenth of a second, between which the event loop turned once.
  test('is verified outside of the event loop: it turns thousands of times while four are verified at cost 11', async () => {
    const hash = await bcrypt.hash('password', 11);
    let turns = 0;
    let isRunning = true;
    const turn = () => {
      turns += 1;
      if (isRunning) setImmediate(turn);
    };
    turn();
    const verified = await Promise.all(Array.from({ length: 4 }, () => verifyPassword(hash, 'password')));
    isRunning = false;
    expect(verified).toEqual(Array(4).fill(true));
    expect(turns).toBeGreaterThan(1_000);
  });
});

describe('a random text', () => {
  test('has its length and alphabet, uses all of it, and is not repeated', () => {
    for (const alphabet of [alphanumeric, crockford]) {
      const texts = Array.from({ length: 2000 }, () => randomText(24, alphabet));
      expect(new Set(texts).size).toBe(2000);
      expect([...new Set(texts.join(''))].sort().join('')).toBe([...alphabet].sort().join(''));
      for (const text of texts) expect(text).toHaveLength(24);
    }
    expect([alphanumeric.length, crockford.length, crockford.match(/[ILOU]/)]).toEqual([62, 32, null]);
  });

  test('is compared as a whole', () => {
    const hash = hashToken('token');
    expect(Buffer.from(hash).toString('hex')).toBe('3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0');
    expect(isSameHash(hash, hashToken('token'))).toBe(true);
    expect(isSameHash(hash, hashToken('tokem'))).toBe(false);
    expect(isSameHash(hash, hash.subarray(0, 31))).toBe(false);
    expect(isSameHash(hash, new Uint8Array())).toBe(false);
  });
});
