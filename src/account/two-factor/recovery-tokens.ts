import type { KeyRing } from '../../crypto/keys.ts';
import { crockford, hashToken, keyedHashes, randomText } from '../../crypto/token.ts';
import type { Transaction } from '../../db/database.ts';
import type { Actor } from '../actor.ts';
import { stripSeparators } from './code.ts';

const tokensPerSet = 10;
/** 24 characters of 5 bits: 120 bits, enough to be stored under a hash without salt and key. */
const tokenCharacters = 24;

/** Replaces the recovery tokens of the account. @returns the new ones, of which only hashes are stored. */
export async function replaceRecoveryTokens(transaction: Transaction, actor: Actor): Promise<string[]> {
  const { accountId } = actor;
  const tokens = Array.from({ length: tokensPerSet }, () => randomText(tokenCharacters, crockford));
  await transaction.recoveryToken.deleteMany({ where: { accountId } });
  await transaction.recoveryToken.createMany({
    data: tokens.map((token) => ({ accountId, tokenHash: hashToken(token), keyed: false, createdAt: actor.now() })),
  });
  return tokens;
}

/**
 * Uses up a recovery token by one indexed delete: of two uses at once, one finds nothing.
 * @returns whether the account had the token.
 */
export async function useRecoveryToken(transaction: Transaction, keys: KeyRing, accountId: number, token: string): Promise<boolean> {
  const normalized = normalizeRecoveryToken(token);
  // Earlier releases stored hashes under the key.
  const hashes = [hashToken(normalized), ...keyedHashes(keys, normalized)];
  const { count } = await transaction.recoveryToken.deleteMany({ where: { accountId, tokenHash: { in: hashes } } });
  return count > 0;
}

/** Crockford's rules: case, dashes and blanks are ignored, and letters that resemble digits are read as digits. */
export function normalizeRecoveryToken(token: string): string {
  return stripSeparators(token).normalize('NFKC').toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1');
}
