import type { Database, Transaction } from '../database.ts';

/** An API key as its owner may read it. */
export type ApiKeyRow = {
  readonly id: number;
  readonly identifier: string;
  readonly description: string;
  readonly allowedIps: string[];
  readonly lastUsedAt: Date | null;
  readonly createdAt: Date;
};

/** Deletes an API key of an account, and keeps what its activity shows of it. @returns its id; null where there is no such key. */
export async function deleteApiKeyRow(transaction: Transaction, accountId: number, identifier: string, at: Date): Promise<number | null> {
  const [deleted] = await transaction.$queryRaw<{ id: number }[]>`
    WITH deleted AS (
      DELETE FROM api_keys WHERE account_id = ${accountId} AND identifier = ${identifier}
      RETURNING id, account_id, identifier, description, allowed_ips, last_used_at, created_at
    )
    INSERT INTO deleted_api_keys (id, account_id, identifier, description, allowed_ips, last_used_at, created_at, deleted_at)
    SELECT deleted.*, ${at}::timestamptz FROM deleted RETURNING id`;
  return deleted?.id ?? null;
}

/** Lists the API keys of an account that have some identifiers, also those that are deleted. */
export function listApiKeysOfActivity(db: Database, accountId: number, identifiers: readonly string[]): Promise<ApiKeyRow[]> {
  return db.$queryRaw<ApiKeyRow[]>`
    SELECT id, identifier, description, allowed_ips AS "allowedIps", last_used_at AS "lastUsedAt", created_at AS "createdAt"
    FROM api_keys WHERE identifier = ANY (${identifiers}) AND account_id = ${accountId}
    UNION ALL
    SELECT id, identifier, description, allowed_ips, last_used_at, created_at
    FROM deleted_api_keys WHERE identifier = ANY (${identifiers}) AND account_id = ${accountId}
    LIMIT ${identifiers.length}`;
}
