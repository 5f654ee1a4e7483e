import type { Statement } from '../message.ts';
import type { Sql } from '../sql.ts';

/** What tells a transaction from every other: its id, and the row of activity that it wrote. */
export type Mark = { readonly transactionId: string; readonly accountId: number; readonly event: string; readonly occurredAt: Date };

const state: Statement = { name: 'transaction_state', text: 'SELECT to_json(pg_xact_status($1::text::xid8))' };

const row: Statement = {
  name: 'transaction_row',
  text: `SELECT to_json(true) FROM activity WHERE account_id = $1 AND event = $2 AND occurred_at = $3::text::timestamptz
    AND xmin = $4::text::xid8::xid LIMIT 1`,
};

/** SQLSTATE invalid_parameter_value. */
const notGivenYet = '22023';

/**
 * Asks what became of a transaction whose connection was lost at COMMIT. A server that crashed gives the ids of transactions
 * that it lost to others: a transaction of that id is committed counts only with the row.
 * @returns null where the server does not know the transaction: it was long ago.
 */
export async function findOutcome(sql: Sql, mark: Mark): Promise<'committed' | 'aborted' | 'in progress' | null> {
  const { transactionId, accountId, event, occurredAt } = mark;
  const found = await sql<'committed' | 'aborted' | 'in progress'>(state, [transactionId]).catch((error) => {
    if (Object(error).code === notGivenYet) return 'aborted' as const;
    throw error;
  });
  if (found !== 'committed') return found;
  // A statement of its own: the one before may see rows as they were before the COMMIT.
  return (await sql<true>(row, [accountId, event, occurredAt.toISOString(), transactionId])) ? found : 'aborted';
}
