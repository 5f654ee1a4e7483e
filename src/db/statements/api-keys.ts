import type { Database } from '../database.ts';
import type { Statement } from '../message.ts';
import type { Sql } from '../sql.ts';
import { type ApiKeyJson, apiKeyColumns, toApiKey } from './viewer.ts';

/** An API key as its owner may read it. */
export type ApiKeyRow = {
  readonly id: number;
  readonly identifier: string;
  readonly description: string;
  readonly allowedIps: string[];
  readonly lastUsedAt: Date | null;
  readonly createdAt: Date;
};

/** An API key to be inserted. */
export type NewApiKey = Pick<ApiKeyRow, 'identifier' | 'description' | 'allowedIps' | 'createdAt'> & {
  readonly accountId: number;
  readonly secretHash: Uint8Array;
  readonly familyId: number | null;
  readonly madeInSessionId: number | null;
};

// The lock was taken by an earlier statement: this one counts every key that was committed before.
const insertion: Statement = {
  name: 'insert_api_key',
  text: `INSERT INTO api_keys (account_id, identifier, secret_hash, description, allowed_ips, created_at, family_id, made_in_session_id)
    SELECT $1::int, $2, $3, $4, $5, $6::text::timestamptz, $7::int, $8::int
    WHERE $9::int = 0 OR (SELECT count(*) FROM (SELECT FROM api_keys WHERE account_id = $1::int LIMIT $9::int) AS keys) < $9::int
    RETURNING json_build_array(${apiKeyColumns})`,
};

const deletion: Statement = {
  name: 'delete_api_key',
  text: `WITH deleted AS (
      DELETE FROM api_keys WHERE account_id = $1 AND identifier = $2
      RETURNING id, account_id, identifier, description, allowed_ips, last_used_at, created_at
    )
    INSERT INTO deleted_api_keys (id, account_id, identifier, description, allowed_ips, last_used_at, created_at, deleted_at)
    SELECT deleted.*, $3::text::timestamptz FROM deleted
    ON CONFLICT (identifier) DO UPDATE SET id = EXCLUDED.id, account_id = EXCLUDED.account_id, description = EXCLUDED.description,
      allowed_ips = EXCLUDED.allowed_ips, last_used_at = EXCLUDED.last_used_at, created_at = EXCLUDED.created_at,
      deleted_at = EXCLUDED.deleted_at
    RETURNING id`,
};

/**
 * Inserts an API key under the lock of its account.
 * @param most the keys that an account may have; 0: any number.
 * @returns null where the account has as many.
 */
export async function insertApiKey(sql: Sql, key: NewApiKey, most: number): Promise<ApiKeyRow | null> {
  const { accountId, identifier, secretHash, description, allowedIps, createdAt, familyId, madeInSessionId } = key;
  const values = [accountId, identifier, secretHash, description, allowedIps, createdAt.toISOString(), familyId, madeInSessionId, most];
  const json = await sql<ApiKeyJson>(insertion, values);
  return json && toApiKey(json);
}

/** Deletes an API key of an account, and keeps what its activity shows of it. @returns its id; null where there is no such key. */
export function deleteApiKeyRow(sql: Sql, accountId: number, identifier: string, at: Date): Promise<number | null> {
  return sql<number>(deletion, [accountId, identifier, at.toISOString()]);
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
