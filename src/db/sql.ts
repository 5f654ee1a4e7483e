import type pg from 'pg';

/** A statement of the program. Each connection prepares it once, by its name. */
export type Statement = { readonly name: string; readonly text: string };

/**
 * Sends a statement that answers one JSON value at most, on the connections that Prisma uses.
 * @returns the value; null where the statement finds no row. Its times are texts in RFC 3339.
 */
export type Sql = <Value>(statement: Statement, values: readonly unknown[]) => Promise<Value | null>;

/** Creates the way to send statements without Prisma, for the few reads and changes that requests wait for most. */
export function createSql(connection: Pick<pg.Pool, 'query'> | Pick<pg.ClientBase, 'query'>): Sql {
  return async <Value>({ name, text }: Statement, values: readonly unknown[]) => {
    const { rows } = await connection.query<[Value]>({ name, text, values: [...values], rowMode: 'array' });
    return rows[0]?.[0] ?? null;
  };
}
