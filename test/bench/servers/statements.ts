import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import pg from 'pg';

// What the servers written by hand ask the database: prepared by name, with a pool of pg's own size.

export const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10, idleTimeoutMillis: 2_000 });

const identifierCharacters = 16;
const identifierLetters = 11;

/** The account of a bearer token, with everything of it and its key. Null when the token is wrong. */
export async function findAccount(authorization = ''): Promise<AccountRow | null> {
  const token = authorization.slice('Bearer '.length);
  const text = `SELECT a.*, k.id AS key_id, k.identifier, k.secret_hash, k.expires_at, k.allowed_ips
    FROM api_keys k JOIN accounts a ON a.id = k.account_id WHERE k.identifier = $1`;
  const { rows } = await pool.query({ name: 'account', text, values: [token.slice(0, identifierCharacters)] });
  const hash = createHash('sha256').update(token.slice(identifierCharacters)).digest();
  return rows[0] && timingSafeEqual(rows[0].secret_hash, hash) ? rows[0] : null;
}

export type AccountRow = {
  id: number;
  key_id: number;
  identifier: string;
  username: string;
  email: string;
  first_name: string | null;
  last_name: string | null;
  language: string;
  admin: boolean;
  created_at: Date;
};

export const profileOf = (row: AccountRow) => ({
  username: row.username,
  email: row.email,
  firstName: row.first_name,
  lastName: row.last_name,
  language: row.language,
  admin: row.admin,
  createdAt: row.created_at,
});

const apiKeyColumns =
  'account_id AS "accountId", identifier, description, allowed_ips AS "allowedIps", last_used_at AS "lastUsedAt", created_at AS "createdAt"';
const sshKeyColumns = `account_id AS "accountId", name, 'SHA256:' || fingerprint AS fingerprint, public_key AS "publicKey", created_at AS "createdAt"`;

export type Owned = { accountId: number };

/** The API keys of accounts, each as the API names its fields. */
export async function listApiKeys(accountIds: number[]): Promise<Owned[]> {
  const text = `SELECT ${apiKeyColumns} FROM api_keys WHERE account_id = ANY($1) ORDER BY id LIMIT 100`;
  return (await pool.query({ name: 'api-keys', text, values: [accountIds] })).rows;
}

export async function listSshKeys(accountIds: number[]): Promise<Owned[]> {
  const text = `SELECT ${sshKeyColumns} FROM ssh_keys WHERE account_id = ANY($1) ORDER BY id LIMIT 100`;
  return (await pool.query({ name: 'ssh-keys', text, values: [accountIds] })).rows;
}

const activity = `INSERT INTO activity (account_id, actor_id, event, api_key_id, api_key_identifier, properties, occurred_at)
  VALUES ($1, $1, $2, $3, $4, $5, $6)`;

/** Inserts a key and its row of activity in one transaction. */
export async function createApiKey(row: AccountRow, description: string): Promise<{ identifier: string; token: string }> {
  const identifier = `ptlc_${randomBytes(identifierCharacters).toString('hex').slice(0, identifierLetters)}`;
  const secret = randomBytes(identifierCharacters).toString('hex');
  const now = new Date();
  const hash = createHash('sha256').update(secret).digest();
  const text = `INSERT INTO api_keys (account_id, identifier, secret_hash, description, allowed_ips, created_at) VALUES ($1, $2, $3, $4, '{}', $5)`;
  await transact(row, 'user:api-key.create', identifier, now, async (client) => {
    await client.query({ name: 'create-api-key', text, values: [row.id, identifier, hash, description, now] });
  });
  return { identifier, token: identifier + secret };
}

/** Deletes a key and inserts its row of activity in one transaction. */
export async function deleteApiKey(row: AccountRow, identifier: string): Promise<number> {
  const text = 'DELETE FROM api_keys WHERE identifier = $1 AND account_id = $2 RETURNING id';
  return transact(row, 'user:api-key.delete', identifier, new Date(), async (client) => {
    const { rows } = await client.query({ name: 'delete-api-key', text, values: [identifier, row.id] });
    return rows[0].id;
  });
}

async function transact<Result>(
  row: AccountRow,
  event: string,
  identifier: string,
  now: Date,
  run: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await run(client);
    const values = [row.id, event, row.key_id, row.identifier, { identifier }, now];
    await client.query({ name: 'activity', text: activity, values });
    await client.query('COMMIT');
    return result;
  } finally {
    client.release();
  }
}
