import { Prisma } from '../../generated/prisma/client.ts';
import type { Database } from '../database.ts';

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

const columns = Prisma.sql`id, account_id AS "accountId", actor_id AS "actorId", event, ip, user_agent AS "userAgent",
  api_key_id AS "apiKeyId", api_key_identifier AS "apiKeyIdentifier", properties, occurred_at AS "occurredAt"`;

/** Which rows of an account are meant. */
export type ActivityFilter = {
  readonly accountId: number;
  /** Only this event, by its whole name. */
  readonly event?: string | null;
  /** Patterns of ILIKE, any of which an event must match; none: all. */
  readonly patterns?: readonly string[];
};

/** Which of them, in the order of their ids. */
export type ActivityPart = {
  readonly order: 'asc' | 'desc';
  /** Only rows that follow this id; null: from the first. */
  readonly from: bigint | null;
  readonly limit: number;
  readonly offset?: number;
};

/**
 * Lists rows of an account. PostgreSQL must read these rows and no others, whatever it expects:
 * - The account is compared with a list, and the order begins with it: else the primary key has the order, and PostgreSQL can
 *   take that and skip the rows of other accounts.
 * - The list repeats the account: where PostgreSQL expects few rows, it can read all of the account and sort them.
 * - The id is compared with a subquery, and with one only: where PostgreSQL expects a short range of ids, it can read the rows
 *   of all accounts in it.
 */
export function listActivityRows(db: Database, filter: ActivityFilter, { order, from, limit, offset = 0 }: ActivityPart) {
  const direction = order === 'asc' ? Prisma.sql`ASC` : Prisma.sql`DESC`;
  const isAfter = order === 'asc' ? Prisma.sql`>` : Prisma.sql`<`;
  const start = from === null ? Prisma.empty : Prisma.sql`AND id ${isAfter} (SELECT ${from}::bigint)`;
  return db.$queryRaw<ActivityRow[]>`SELECT ${columns} FROM activity WHERE ${describeFilter(filter)} ${start}
    ORDER BY account_id ${direction}, id ${direction} LIMIT ${limit} OFFSET ${offset}`;
}

/** Counts rows of an account. */
export async function countActivityRows(db: Database, filter: ActivityFilter): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS count FROM activity WHERE ${describeFilter(filter)}`;
  return row?.count ?? 0;
}

const listLength = 100;

function describeFilter({ accountId, event = null, patterns = [] }: ActivityFilter): Prisma.Sql {
  const conditions = [
    Prisma.sql`account_id = ANY (${Array<number>(listLength).fill(accountId)})`,
    ...(event === null ? [] : [Prisma.sql`event = ${event}`]),
    ...(patterns.length === 0 ? [] : [Prisma.sql`event ILIKE ANY (${patterns})`]),
  ];
  return Prisma.join(conditions, ' AND ');
}

/**
 * Reads the newest id that any row of activity was given, committed or not; 0 before the first. It reads one page,
 * for any number of rows. A transaction that begins later gives its rows greater ids.
 */
export async function readNewestActivityId(db: Database): Promise<bigint> {
  const [row] = await db.$queryRaw<{ id: bigint }[]>`
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS id FROM activity_id_seq`;
  return row?.id ?? 0n;
}

/** Finds the id of the newest row that occurred before a time. */
export async function findActivityIdBefore(db: Database, time: Date): Promise<bigint> {
  const [row] = await db.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM activity WHERE occurred_at < ${time} ORDER BY occurred_at DESC LIMIT 1`;
  return row?.id ?? 0n;
}

/** Lists the rows of some accounts above an id, oldest first, without those whose ids are known. */
export function listNewActivity(db: Database, accountIds: readonly number[], above: bigint, known: readonly bigint[], limit: number) {
  // Joined, so that PostgreSQL expects of each account what accounts have on average, not what this one has had.
  return db.$queryRaw<ActivityRow[]>`
    SELECT ${columns} FROM unnest(${accountIds}::int[]) AS watched (watched_id) JOIN activity ON account_id = watched_id
    WHERE id > ${above} AND id <> ALL (${known}) ORDER BY id LIMIT ${limit}`;
}
