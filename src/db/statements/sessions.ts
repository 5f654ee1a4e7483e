import type { Transaction } from '../database.ts';

/** Ends the session of a token. @returns its account; null where there is no such session. */
export async function endSessionOfToken(transaction: Transaction, tokenHash: Uint8Array): Promise<{ accountId: number } | null> {
  const [ended] = await transaction.$queryRaw<{ accountId: number }[]>`
    DELETE FROM sessions WHERE token_hash = ${tokenHash} RETURNING account_id AS "accountId"`;
  return ended ?? null;
}

/** Which sessions of an account are kept. */
type KeptSessions = { readonly accountId: number; readonly most: number; readonly now: Date; readonly idleSince: Date };

/** Ends all sessions of an account except the most recently used of those that are open. @returns the number of open ones that it ended. */
export async function endSessionsBeyond(transaction: Transaction, { accountId, most, now, idleSince }: KeptSessions): Promise<number> {
  const ended = await transaction.$queryRaw<{ isOpen: boolean }[]>`
    DELETE FROM sessions WHERE account_id = ${accountId} AND id NOT IN (
      SELECT id FROM sessions WHERE account_id = ${accountId} AND expires_at > ${now} AND last_seen_at > ${idleSince}
      ORDER BY last_seen_at DESC, id DESC LIMIT ${most})
    RETURNING expires_at > ${now} AND last_seen_at > ${idleSince} AS "isOpen"`;
  return ended.filter(({ isOpen }) => isOpen).length;
}
