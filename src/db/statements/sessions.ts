import type { Statement } from '../message.ts';
import type { Sql } from '../sql.ts';

/** A session to be inserted, and which other sessions it ends. */
export type NewSession = {
  readonly accountId: number;
  readonly tokenHash: Uint8Array;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly now: Date;
  readonly expiresAt: Date;
  /** A session whose last request is not after this time is over. */
  readonly idleSince: Date;
  /** The open sessions that the account may have, with this one; 0: any number. */
  readonly most: number;
  /** The token of the session in whose place this one is; it can be one of another account. */
  readonly replacedHash: Uint8Array | null;
};

/** An inserted session: the number of open sessions that were too many, and the account of the one that was replaced. */
export type InsertedSession = { readonly id: number; readonly ended: number; readonly replacedOf: number | null };

// The lock was taken by an earlier statement: this one sees every session that was committed before.
const insertion: Statement = {
  name: 'insert_session',
  text: `WITH replaced AS (
      DELETE FROM sessions WHERE token_hash = $9::bytea RETURNING account_id
    ), ended AS (
      DELETE FROM sessions WHERE account_id = $1::int AND $8::int > 0 AND token_hash IS DISTINCT FROM $9::bytea AND id NOT IN (
        SELECT id FROM sessions WHERE account_id = $1::int AND token_hash IS DISTINCT FROM $9::bytea
          AND expires_at > $5::text::timestamptz AND last_seen_at > $7::text::timestamptz
        ORDER BY last_seen_at DESC, id DESC LIMIT greatest($8::int - 1, 0))
      RETURNING expires_at > $5::text::timestamptz AND last_seen_at > $7::text::timestamptz AS is_open
    ), inserted AS (
      INSERT INTO sessions (account_id, token_hash, ip, user_agent, created_at, last_seen_at, expires_at)
      VALUES ($1::int, $2, $3, $4, $5::text::timestamptz, $5::text::timestamptz, $6::text::timestamptz) RETURNING id
    )
    SELECT json_build_object('id', id, 'ended', (SELECT count(*) FROM ended WHERE is_open), 'replacedOf', (SELECT account_id FROM replaced))
    FROM inserted`,
};

/**
 * Inserts a session under the lock of its account, in place of another. All sessions of the account are ended except the most
 * recently used of those that are open.
 */
export async function insertSession(sql: Sql, session: NewSession): Promise<InsertedSession> {
  const { accountId, tokenHash, ip, userAgent, now, expiresAt, idleSince, most, replacedHash } = session;
  const times = [now, expiresAt, idleSince].map((time) => time.toISOString());
  const inserted = await sql<InsertedSession>(insertion, [accountId, tokenHash, ip, userAgent, ...times, most, replacedHash]);
  if (!inserted) throw new Error('An insertion returns its row.');
  return inserted;
}
