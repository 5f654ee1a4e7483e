import pg from 'pg';

/** The numbers of accounts, and of rows of activity beside those of the busy account. */
const accounts = 3_000;
const rowsOfBusyAccount = 20_000;
const newerRows = 20_000;
const newestRows = 20_000;

/**
 * Fills a database with what many accounts have. One account has many rows of activity, mixed with those of others, all of
 * them older than many of others, and these older than what others did in the last seconds.
 */
export async function fillDatabase(url: string, busyAccount: { id: number }, now: Date): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  const at = `'${now.toISOString()}'::timestamptz`;
  const events = `(ARRAY['auth:success', 'auth:fail', 'user:api-key.create', 'user:account.email-changed'])[1 + n % 4]`;
  const otherAccount = `(SELECT min(id) FROM accounts) + n * 7919 % ${accounts}`;
  const statements = [
    // Foreign keys are right by construction.
    'SET session_replication_role = replica',
    `INSERT INTO accounts (uuid, username, username_folded, email, email_folded, password_hash, created_at)
      SELECT gen_random_uuid(), name, name, name || '@example.com', name || '@example.com', 'x', ${at}
      FROM generate_series(1, ${accounts}) n, concat('many', n) name`,
    `INSERT INTO two_factor (account_id, secret) SELECT id, 'x' FROM accounts ON CONFLICT DO NOTHING`,
    `INSERT INTO recovery_tokens (account_id, token_hash, created_at)
      SELECT id, sha256(n::text::bytea), ${at} FROM accounts, generate_series(1, 10) n`,
    `INSERT INTO api_keys (account_id, identifier, secret_hash, description, created_at, allowed_ips)
      SELECT id, 'many_' || lpad((id * 10 + n)::text, 11, '0'), 'x', 'x', ${at}, '{}' FROM accounts, generate_series(1, 5) n`,
    `INSERT INTO ssh_keys (account_id, name, fingerprint, public_key, created_at)
      SELECT id, 'x', left(encode(sha256((id || '-' || n)::bytea), 'base64'), 43), 'x', ${at} FROM accounts, generate_series(1, 5) n`,
    `INSERT INTO sign_in_challenges (account_id, token_hash, expires_at) SELECT id, sha256(id::text::bytea), ${at} FROM accounts`,
    `INSERT INTO sessions (account_id, token_hash, created_at, last_seen_at, expires_at)
      SELECT id, sha256((id || '-' || n)::bytea), ${at}, ${at}, ${at} + (n - 2) * interval '1 hour' FROM accounts, generate_series(1, 5) n`,
    `INSERT INTO activity (account_id, actor_id, event, occurred_at)
      SELECT CASE WHEN n % 2 = 0 THEN ${busyAccount.id} ELSE ${otherAccount} END, ${busyAccount.id}, ${events}, ${at} - interval '60 days'
      FROM generate_series(1, ${2 * rowsOfBusyAccount}) n`,
    `INSERT INTO activity (account_id, event, occurred_at) SELECT ${busyAccount.id}, 'rare', ${at} - interval '50 days' FROM generate_series(1, 3)`,
    `INSERT INTO activity (account_id, event, occurred_at)
      SELECT ${otherAccount}, ${events}, ${at} - interval '40 days' FROM generate_series(1, ${newerRows}) n`,
    `INSERT INTO activity (account_id, event, occurred_at) SELECT ${otherAccount}, ${events}, ${at} FROM generate_series(1, ${newestRows}) n`,
    'ANALYZE',
  ];
  for (const statement of statements) await client.query(statement);
  await client.end();
}
