import type { Database } from '../database.ts';

/** A column whose values are sealed. */
type SealedColumn = { readonly table: string; readonly id: string; readonly column: string; readonly condition: string };

/** Every sealed column. A pending secret that has expired is not read again, and needs no key. The parameter is the time. */
export const sealedColumns: readonly SealedColumn[] = [
  { table: 'two_factor', id: 'account_id', column: 'secret', condition: '$1::text IS NOT NULL' },
  { table: 'two_factor', id: 'account_id', column: 'pending_secret', condition: 'pending_expires_at > $1::text::timestamptz' },
  { table: 'two_factor_setups', id: 'id', column: 'secret', condition: 'expires_at > $1::text::timestamptz' },
];

/** Before the id of a key in the names of settings: values are, or were, sealed with it. */
export const keyNamePrefix = 'key ';

/** A sealed value, and its account. */
export type SealedRow = { readonly id: number; readonly accountId: number; readonly sealed: string };

/** Which values are read: those above an id that do not begin with a prefix. */
type Part = { readonly now: Date; readonly prefix: string; readonly after: number; readonly most: number };

/** Lists sealed values in the order of their ids. */
export function listSealed(db: Database, { table, id, column, condition }: SealedColumn, { now, prefix, after, most }: Part) {
  return db.$queryRawUnsafe<SealedRow[]>(
    `SELECT ${id} AS id, account_id AS "accountId", ${column} AS sealed FROM ${table}
     WHERE ${id} > $3 AND ${condition} AND NOT starts_with(${column}, $2) ORDER BY ${id} LIMIT $4`,
    now.toISOString(),
    prefix,
    after,
    most,
  );
}

/** Lists the ids of the keys with which values are sealed. It reads all of them. */
export async function listSealingKeys(db: Database, now: Date): Promise<string[]> {
  const ids = sealedColumns.map(
    ({ table, column, condition }) =>
      `SELECT split_part(${column}, '.', 2) AS id FROM ${table} WHERE ${column} IS NOT NULL AND ${condition}`,
  );
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(ids.join(' UNION '), now.toISOString());
  return rows.map(({ id }) => id);
}

/** Replaces sealed values, except those that were changed meanwhile. @returns the number of values that were replaced. */
export function replaceSealed(
  db: Database,
  { table, id, column }: SealedColumn,
  rows: readonly (SealedRow & { readonly resealed: string })[],
): Promise<number> {
  return db.$executeRawUnsafe(
    `UPDATE ${table} SET ${column} = new.resealed FROM unnest($1::int[], $2::text[], $3::text[]) AS new (id, sealed, resealed)
     WHERE ${table}.${id} = new.id AND ${table}.${column} = new.sealed`,
    rows.map((row) => row.id),
    rows.map(({ sealed }) => sealed),
    rows.map(({ resealed }) => resealed),
  );
}
