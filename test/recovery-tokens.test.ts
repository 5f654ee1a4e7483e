import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { useRecoveryToken } from '../src/account/two-factor/recovery-tokens.ts';
import { findTwoFactorSetup } from '../src/account/two-factor/setup.ts';
import { createKeyRing, type KeyRing } from '../src/crypto/keys.ts';
import { keyedHashes } from '../src/crypto/token.ts';
import { codeFor, type Person, startGateway } from './harness.ts';

const appKey = randomBytes(32);
const gateway = await startGateway({ keys: createKeyRing(appKey, []) });

function use(person: Person, token: string): Promise<boolean> {
  return gateway.db.$transaction((transaction) => useRecoveryToken(transaction, gateway.tools.keys, person.id, token));
}

function countTokens(person: Person): Promise<number> {
  return gateway.db.recoveryToken.count({ where: { accountId: person.id } });
}

describe('recovery tokens', () => {
  test('are ten different strings of 24 characters of Crockford base32', async () => {
    const { tokens } = await gateway.enableTwoFactor(await gateway.createPerson());
    expect(new Set(tokens).size).toBe(10);
    for (const token of tokens) expect(token).toMatch(/^[0-9A-HJKMNP-TV-Z]{24}$/);
  });

  test('are stored as SHA-256 of 120 random bits, and no change of APP_KEY ends them', async () => {
    const person = await gateway.createPerson();
    const { tokens } = await gateway.enableTwoFactor(person);
    const rows = await gateway.db.recoveryToken.findMany({ where: { accountId: person.id } });
    expect(rows.map(({ tokenHash }) => tokenHash.length)).toEqual(Array(10).fill(32));
    const stored = JSON.stringify(rows) + rows.map(({ tokenHash }) => Buffer.from(tokenHash).toString('latin1')).join();
    for (const token of tokens) expect(stored).not.toContain(token);
    const other = createKeyRing(randomBytes(32), []);
    for (const token of tokens) {
      expect(await gateway.db.$transaction((transaction) => useRecoveryToken(transaction, other, person.id, token))).toBe(true);
    }
  });

  test('of an earlier release, which are hashed under a key, are accepted once, as long as the key is known', async () => {
    const person = await gateway.createPerson();
    const token = 'A'.repeat(24);
    await gateway.db.recoveryToken.create({
      data: { accountId: person.id, tokenHash: keyedHashes(gateway.tools.keys, token)[0], createdAt: gateway.clock.now() },
    });
    const useWith = (keys: KeyRing) =>
      gateway.db.$transaction((transaction) => useRecoveryToken(transaction, keys, person.id, token.toLowerCase()));
    expect(await useWith(createKeyRing(randomBytes(32), []))).toBe(false);
    expect(await useWith(createKeyRing(randomBytes(32), [appKey]))).toBe(true);
    expect(await useWith(gateway.tools.keys)).toBe(false);
  });

  test('are accepted in lower case, with dashes and blanks, and with the letters that resemble digits', async () => {
    const person = await gateway.createPerson();
    const { tokens } = await gateway.enableTwoFactor(person);
    const spellings: ((token: string) => string)[] = [
      (token) => token,
      (token) => token.toLowerCase(),
      (token) => token.replaceAll(/(.{4})(?=.)/g, '$1-'),
      (token) => ` ${token.replaceAll(/(.{6})(?=.)/g, '$1 ')}\n`,
      (token) => token.replaceAll('0', 'O').replaceAll('1', 'I'),
      (token) => token.replaceAll('0', 'o').replaceAll('1', 'l'),
      (token) => token.replaceAll('1', 'L').toLowerCase(),
    ];
    for (const [index, spell] of spellings.entries()) expect(await use(person, spell(tokens[index] ?? '')), spell.toString()).toBe(true);
    expect(await countTokens(person)).toBe(10 - spellings.length);
  });

  test('are accepted once', async () => {
    const person = await gateway.createPerson();
    const { tokens } = await gateway.enableTwoFactor(person);
    const [first = ''] = tokens;
    expect([await use(person, first), await use(person, first), await use(person, first.toLowerCase())]).toEqual([true, false, false]);
    expect(await countTokens(person)).toBe(9);
    const { data } = await gateway.graphql('{ viewer { twoFactor { recoveryTokensRemaining } } }', {}, person);
    expect(data.viewer.twoFactor.recoveryTokensRemaining).toBe(9);
  });

  test('are accepted once by ten uses at once', async () => {
    const person = await gateway.createPerson();
    const [token = ''] = (await gateway.enableTwoFactor(person)).tokens;
    const uses = await Promise.all(Array.from({ length: 10 }, () => use(person, token)));
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect(await countTokens(person)).toBe(9);
  });

  test('are accepted for their own account only', async () => {
    const [owner, other] = [await gateway.createPerson(), await gateway.createPerson()];
    const [token = ''] = (await gateway.enableTwoFactor(owner)).tokens;
    await gateway.enableTwoFactor(other);
    expect(await use(other, token)).toBe(false);
    expect([await countTokens(owner), await countTokens(other)]).toEqual([10, 10]);
  });

  test.each(['', '0', ' ', '0'.repeat(24), 'x'.repeat(10_000), '\0', '\ud800'])('do not include %j', async (token) => {
    const person = await gateway.createPerson();
    await gateway.enableTwoFactor(person);
    expect(await use(person, token)).toBe(false);
  });

  test('that are regenerated replace the old ones, which are refused', async () => {
    const person = await gateway.createPerson();
    const { tokens } = await gateway.enableTwoFactor(person);
    const input = { password: person.password };
    const { recoveryTokens } = await gateway.mutate('regenerateRecoveryTokens', input, 'recoveryTokens', person);
    expect(await countTokens(person)).toBe(10);
    for (const token of tokens) expect(await use(person, token)).toBe(false);
    for (const token of recoveryTokens) expect(await use(person, token)).toBe(true);
  });

  test('that ten requests regenerate at once are ten of one set in the end', async () => {
    const person = await gateway.createPerson();
    await gateway.enableTwoFactor(person);
    const ask = () => gateway.mutate('regenerateRecoveryTokens', { password: person.password }, 'recoveryTokens', person);
    const sets: string[][] = (await Promise.all(Array.from({ length: 10 }, ask))).map(({ recoveryTokens }) => recoveryTokens);
    expect(await countTokens(person)).toBe(10);
    const opened = await Promise.all(sets.map(async (set) => (await Promise.all(set.map((token) => use(person, token)))).filter(Boolean)));
    expect(opened.map(({ length }) => length).sort()).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 10].sort());
  });
});

describe('after a change of APP_KEY, with the old one in APP_PREVIOUS_KEYS', () => {
  test('old tokens and secrets are still accepted; without the old key the error names the missing key', async () => {
    const person = await gateway.createPerson();
    const [token = ''] = (await gateway.enableTwoFactor(person)).tokens;
    const pending = await gateway.createPerson();
    const { secret } = (await gateway.rest('GET', '/account/two-factor', pending)).body.data;

    const newKey = randomBytes(32);
    const rotated = await startGateway({ db: gateway.db, keys: createKeyRing(newKey, [appKey]) });
    expect(await gateway.db.$transaction((transaction) => useRecoveryToken(transaction, rotated.tools.keys, person.id, token))).toBe(true);
    expect((await rotated.rest('GET', '/account/two-factor', pending)).body.data.secret).toBe(secret);
    const body = { code: codeFor(secret, rotated.clock.now()), password: pending.password };
    expect((await rotated.rest('POST', '/account/two-factor', { ...pending, body })).status).toBe(200);

    const { id } = createKeyRing(appKey, []).current;
    const stale = await gateway.createPerson();
    await gateway.rest('GET', '/account/two-factor', stale);
    const { id: keyId } = await gateway.db.apiKey.findUniqueOrThrow({ where: { identifier: stale.identifier } });
    const credential = {
      kind: 'apiKey',
      id: keyId,
      identifier: stale.identifier,
      allowedIps: [],
      familyId: keyId,
      madeInSessionId: null,
    } as const;
    const actor = { ...stale.actor, credential, tools: { ...gateway.tools, keys: createKeyRing(newKey, []) } };
    await expect(findTwoFactorSetup(actor)).rejects.toThrow(id);
  });
});
