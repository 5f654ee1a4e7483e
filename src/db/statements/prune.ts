import type { Database } from '../database.ts';

/** Deletes the oldest rows of activity before a time. @returns their number, at most `most`. Rows that another instance deletes are left to it. */
export function deleteActivity(db: Database, before: Date, most: number): Promise<number> {
  return db.$executeRaw`DELETE FROM activity WHERE id = ANY (ARRAY(
    SELECT id FROM activity WHERE occurred_at < ${before} ORDER BY occurred_at LIMIT ${most} FOR UPDATE SKIP LOCKED))`;
}

/** Deletes what activity showed of API keys that were deleted before a time. @returns their number, at most `most`. */
export function forgetApiKeys(db: Database, before: Date, most: number): Promise<number> {
  return db.$executeRaw`DELETE FROM deleted_api_keys WHERE id = ANY (ARRAY(
    SELECT id FROM deleted_api_keys WHERE deleted_at < ${before} ORDER BY deleted_at LIMIT ${most} FOR UPDATE SKIP LOCKED))`;
}

/** Deletes sign-ins that expired before they were completed. @returns their number, at most `most`. */
export function deleteChallenges(db: Database, now: Date, most: number): Promise<number> {
  return db.$executeRaw`DELETE FROM sign_in_challenges WHERE id = ANY (ARRAY(
    SELECT id FROM sign_in_challenges WHERE expires_at <= ${now} ORDER BY expires_at LIMIT ${most} FOR UPDATE SKIP LOCKED))`;
}

/** Sessions are read in the order of their ids: no index has their last uses, which are written too often. */
type SessionPart = { readonly after: number; readonly most: number; readonly now: Date; readonly idleSince: Date };

/** Reads at most `most` sessions and deletes those that are over. @returns the number deleted, and the last id read; null at the end. */
export async function deleteSessions(db: Database, { after, most, now, idleSince }: SessionPart) {
  const [part] = await db.$queryRaw<{ deleted: number; last: number | null }[]>`
    WITH part AS (SELECT id, expires_at, last_seen_at FROM sessions WHERE id > ${after} ORDER BY id LIMIT ${most}),
    ended AS (SELECT id FROM sessions WHERE id = ANY (ARRAY(
      SELECT id FROM part WHERE expires_at <= ${now} OR last_seen_at <= ${idleSince})) FOR UPDATE SKIP LOCKED),
    deleted AS (DELETE FROM sessions WHERE id = ANY (ARRAY(SELECT id FROM ended)) RETURNING id)
    SELECT (SELECT count(*)::int FROM deleted) AS deleted, (SELECT max(id) FROM part) AS last`;
  return part ?? { deleted: 0, last: null };
}
