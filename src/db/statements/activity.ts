import type { Database, Prisma, Transaction } from '../database.ts';

/** The columns of a row of activity. */
export const activityFields = {
  id: true,
  accountId: true,
  actorId: true,
  event: true,
  ip: true,
  userAgent: true,
  apiKeyId: true,
  apiKeyIdentifier: true,
  properties: true,
  occurredAt: true,
} as const satisfies Prisma.ActivitySelect;

export type ActivityRow = Prisma.ActivityGetPayload<{ select: typeof activityFields }>;

/** Changes of the e-mail address since a time, newest first. A change of ASCII case alone is left out. */
export function listEmailChanges(transaction: Transaction, accountId: number, since: Date) {
  return transaction.$queryRaw<{ occurredAt: Date; old: string; new: string }[]>`
    SELECT occurred_at AS "occurredAt", properties->>'old' AS old, properties->>'new' AS new FROM activity
    WHERE account_id = ${accountId} AND event = 'user:account.email-changed' AND occurred_at > ${since}
      AND lower(properties->>'old') <> lower(properties->>'new')
    ORDER BY occurred_at DESC LIMIT 1000`;
}

/**
 * Reads the newest id that any row of activity was given, committed or not. It reads one page of the table, for any number of rows.
 * A transaction that begins later gives its rows greater ids.
 */
export async function readNewestActivityId(db: Database): Promise<bigint> {
  const [row] = await db.$queryRaw<{ id: bigint }[]>`SELECT last_value AS id FROM activity_id_seq`;
  return row?.id ?? 0n;
}

/** Finds the id of the newest row that occurred before a time. */
export async function findActivityIdBefore(db: Database, time: Date): Promise<bigint> {
  const [row] = await db.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM activity WHERE occurred_at < ${time} ORDER BY occurred_at DESC LIMIT 1`;
  return row?.id ?? 0n;
}

/** Reads the rows of some accounts above an id, oldest first, except those whose ids are known. */
export function listNewActivity(db: Database, accountIds: readonly number[], above: bigint, known: readonly bigint[], limit: number) {
  return db.$queryRaw<ActivityRow[]>`
    SELECT id, account_id AS "accountId", actor_id AS "actorId", event, ip, user_agent AS "userAgent", api_key_id AS "apiKeyId",
      api_key_identifier AS "apiKeyIdentifier", properties, occurred_at AS "occurredAt"
    FROM activity WHERE account_id = ANY (${accountIds}) AND id > ${above} AND id <> ALL (${known})
    ORDER BY id LIMIT ${limit}`;
}
