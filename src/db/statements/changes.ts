import type { Prisma, Transaction } from '../database.ts';

/** An account whose row is locked. */
export type LockedAccount = {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly emailFolded: string;
  readonly passwordHash: string;
  readonly deviceGeneration: number;
};

/** Reads an account and locks its row until the transaction ends, so that changes of one account follow one another. */
export async function lockAccount(transaction: Transaction, accountId: number): Promise<LockedAccount | null> {
  const [account] = await transaction.$queryRaw<LockedAccount[]>`
    SELECT id, username, email, email_folded AS "emailFolded", password_hash AS "passwordHash", device_generation AS "deviceGeneration"
    FROM accounts WHERE id = ${accountId} FOR NO KEY UPDATE`;
  return account ?? null;
}

/** Keeps an API key from being deleted until the transaction ends. False when it is gone. */
export async function holdApiKey(transaction: Transaction, id: number): Promise<boolean> {
  return (await transaction.$queryRaw<unknown[]>`SELECT id FROM api_keys WHERE id = ${id} FOR KEY SHARE`).length > 0;
}

/** Keeps a session from being ended until the transaction ends. False when it is gone. */
export async function holdSession(transaction: Transaction, id: number): Promise<boolean> {
  return (await transaction.$queryRaw<unknown[]>`SELECT id FROM sessions WHERE id = ${id} FOR KEY SHARE`).length > 0;
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

/** Writes a row of activity. It names its API key also after the key is deleted. */
export async function insertActivity(db: Pick<Transaction, '$executeRaw'>, row: NewActivity): Promise<void> {
  const { accountId, actorId, event, ip, userAgent, apiKey, properties, occurredAt } = row;
  await db.$executeRaw`
    INSERT INTO activity (account_id, actor_id, event, ip, user_agent, api_key_id, api_key_identifier, properties, occurred_at)
    VALUES (${accountId}, ${actorId}, ${event}, ${ip}, ${userAgent}, ${apiKey?.id ?? null}, ${apiKey?.identifier ?? null},
      ${JSON.stringify(properties)}::jsonb, ${occurredAt})`;
}
