import { defaultPasswordCost, hashPassword } from '../../src/crypto/password-hash.ts';
import { hashToken } from '../../src/crypto/token.ts';
import { password } from '../faults/people.ts';
import { type Postgresql, query } from '../faults/postgresql.ts';

/** What each account has. */
const each = { keys: 5, sshKeys: 5, activities: 20, sessions: 2 };

/** The account with many rows of activity, and their number. The ids of accounts begin at 1. */
const busyRows = 100_000;
const secret = 'b'.repeat(32);

/** An account that is measured. */
export type Account = { readonly id: number; readonly username: string; readonly token: string };

export type Filled = { readonly busy: Account; readonly quiet: Account; readonly bytesPerAccount: number };

const tables = ['accounts', 'api_keys', 'ssh_keys', 'sessions', 'activity'];
const portion = 50_000;

/** Fills a migrated database with accounts by COPY. The activity of an account lies between that of all others. */
export async function fillDatabase({ url, folder }: Postgresql, database: string, accounts: number): Promise<Filled> {
  const at = url(database);
  const hash = await hashPassword(password, defaultPasswordCost);
  const secretHash = `'\\x${Buffer.from(hashToken(secret)).toString('hex')}'::bytea`;
  // Foreign keys are right by construction.
  const copy = async (table: string, columns: string, select: string) => {
    const file = `'${folder}/rows'`;
    const write = `COPY (${select}) TO ${file} (FORMAT binary)`;
    await query(at, 'SET session_replication_role = replica', write, `COPY ${table} (${columns}) FROM ${file} (FORMAT binary)`);
  };
  const inPortions = async (rows: number, load: (range: string) => Promise<void>) => {
    for (let from = 0; from < rows; from += portion) await load(`generate_series(${from}, ${Math.min(rows, from + portion) - 1})`);
  };
  const sizeBefore = await measureSize(at);
  const [ago, ip] = ["now() - interval '30 days' + n * interval '2 days' /", "'192.0.2.' || n % 250"];

  await inPortions(accounts, (range) =>
    copy(
      'accounts',
      'id, uuid, username, username_folded, email, email_folded, password_hash, created_at',
      `SELECT (n + 1)::int4, gen_random_uuid(), name, name, name || '@example.com', name || '@example.com', '${hash}', now()
        FROM ${range} n, concat('user', n + 1) name`,
    ),
  );
  await inPortions(accounts * each.keys, (range) =>
    copy(
      'api_keys',
      'account_id, identifier, secret_hash, description, allowed_ips, last_used_at, created_at',
      `SELECT (1 + n / ${each.keys})::int4, 'ptlc_' || lpad(n::text, 11, '0'), ${secretHash}, 'key ' || n, ARRAY[]::text[], now(), now() FROM ${range} n`,
    ),
  );
  await inPortions(accounts * each.sshKeys, (range) =>
    copy(
      'ssh_keys',
      'account_id, name, fingerprint, public_key, created_at',
      `SELECT (1 + n / ${each.sshKeys})::int4, 'key ' || n, left(encode(sha256(n::text::bytea), 'base64'), 43),
        'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI' || left(encode(sha256(n::text::bytea), 'base64'), 43), now() FROM ${range} n`,
    ),
  );
  await inPortions(accounts * each.sessions, (range) =>
    copy(
      'sessions',
      'account_id, token_hash, ip, user_agent, created_at, last_seen_at, expires_at',
      `SELECT (1 + n % ${accounts})::int4, sha256(n::text::bytea), ${ip}, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        now(), now(), now() + interval '30 days' FROM ${range} n`,
    ),
  );
  const activity = (rows: number, account: string) =>
    inPortions(rows, (range) =>
      copy(
        'activity',
        'account_id, actor_id, event, ip, user_agent, properties, occurred_at',
        `SELECT (${account})::int4, (${account})::int4, (ARRAY['auth:success', 'auth:fail', 'user:api-key.create', 'user:ssh-key.create'])[1 + n % 4],
          ${ip}, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', '{"identifier": "ptlc_00000000000"}'::jsonb,
          (${ago} ${rows})::timestamptz(3) FROM ${range} n`,
      ),
    );
  await activity(accounts * each.activities, `1 + n % ${accounts}`);
  const bytesPerAccount = Math.round(((await measureSize(at)) - sizeBefore) / accounts);

  const [quiet, busy] = [Math.ceil(accounts / 2), Math.ceil(accounts / 3)].map((id) => ({
    id,
    username: `user${id}`,
    token: `ptlc_${String((id - 1) * each.keys).padStart(11, '0')}${secret}`,
  }));
  if (!quiet || !busy) throw new Error('there are no accounts');
  await activity(busyRows, String(busy.id));
  await query(at, `SELECT setval('accounts_id_seq', ${accounts})`, 'CHECKPOINT');
  await query(at, `VACUUM ANALYZE ${tables.join()}`);
  return { busy, quiet, bytesPerAccount };
}

/** The bytes of the tables and their indexes. */
async function measureSize(url: string): Promise<number> {
  const sum = tables.map((table) => `pg_total_relation_size('${table}')`).join(' + ');
  return Number((await query(url, `SELECT ${sum} AS bytes`))[0]?.['bytes']);
}
