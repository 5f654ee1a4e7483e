import type { Prisma, Transaction } from '../database.ts';
import type { Statement } from '../message.ts';
import type { Sql } from '../sql.ts';
import { type Held, holdText, type LockedAccount, lockText } from './locks.ts';

/** Locks an account; null where it does not exist. */
export async function lockAccount(transaction: Transaction, accountId: number): Promise<LockedAccount | null> {
  const [account] = await transaction.$queryRawUnsafe<LockedAccount[]>(lockText, accountId);
  return account ?? null;
}

/** Holds a credential. False when it is gone. */
export async function holdCredential(transaction: Transaction, { kind, id }: Held): Promise<boolean> {
  return (await transaction.$queryRawUnsafe<unknown[]>(holdText[kind], id)).length > 0;
}

/** A row of activity to be written. */
export type NewActivity = {
  readonly accountId: number;
  readonly actorId: number | null;
  readonly event: string;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly apiKey: { readonly id: number; readonly identifier: string } | null;
  readonly properties: Prisma.InputJsonObject;
  readonly occurredAt: Date;
};

const insertion: Statement = {
  name: 'insert_activity',
  text: `INSERT INTO activity (account_id, actor_id, event, ip, user_agent, api_key_id, api_key_identifier, properties, occurred_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9::text::timestamptz)`,
};

/** Where a row of activity is written: in a transaction of either kind, or in none. */
export type ActivityWriter = Sql | Pick<Transaction, '$executeRawUnsafe'>;

/** Writes a row of activity. It names its API key also after the key is deleted. */
export async function insertActivity(writer: ActivityWriter, row: NewActivity): Promise<void> {
  const { accountId, actorId, event, ip, userAgent, apiKey, properties, occurredAt } = row;
  const key = [apiKey?.id ?? null, apiKey?.identifier ?? null];
  const values = [accountId, actorId, event, ip, userAgent, ...key, JSON.stringify(properties), occurredAt.toISOString()];
  if (typeof writer === 'function') await writer(insertion, values);
  else await writer.$executeRawUnsafe(insertion.text, ...values);
}
