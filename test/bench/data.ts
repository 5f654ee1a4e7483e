import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { defaultPasswordCost, hashPassword } from '../../src/crypto/password-hash.ts';
import { openEmbedded } from '../../src/db/embedded/embedded.ts';
import { applyMigrations } from '../../src/db/migrate.ts';

const accounts = 1_000;
export const password = 'correct horse battery staple';

/** A database with a thousand accounts: five API keys and five SSH keys each. */
export type Data = {
  readonly url: string;
  /** The environment in which the gateway finds the database. */
  readonly env: Record<string, string>;
  /** A key of each account. */
  readonly tokens: readonly string[];
  readonly usernames: readonly string[];
  /** The hash of the password, which all accounts share. */
  readonly passwordHash: string;
  /** Deletes the rows that a scenario added, and lets the next one begin with the same rows. */
  tidy(): Promise<void>;
  drop(): Promise<void>;
};

type Place = Pick<Data, 'url' | 'env' | 'drop'>;

/** A new database on a PostgreSQL server. */
export async function createPlace(server: string): Promise<Place> {
  const name = `gateway_bench_${randomUUID().replaceAll('-', '')}`;
  const url = inDatabase(server, name);
  await run(server, `CREATE DATABASE ${name}`);
  const env = { DATABASE_URL: url, APP_KEY: `base64:${randomBytes(32).toString('base64')}` };
  return { url, env, drop: () => run(server, `DROP DATABASE ${name} WITH (FORCE)`) };
}

/** A new embedded database, with the settings that the gateway gives it. */
export async function createEmbeddedPlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  chmodSync(folder, 0o711);
  const dataDir = join(folder, 'data');
  const { url, release } = await openEmbedded(dataDir, (error) => console.error(error));
  const drop = async () => {
    release();
    await untilStopped(dataDir);
    rmSync(folder, { recursive: true, force: true });
  };
  // The key is in the environment, because the database is here before the gateway.
  return { url, env: { DATA_DIR: dataDir, APP_KEY: `base64:${randomBytes(32).toString('base64')}` }, drop };
}

/** Waits until the embedded database of a data folder has stopped. */
export async function untilStopped(dataDir: string): Promise<void> {
  while (existsSync(join(dataDir, 'postgresql/cluster/postmaster.pid'))) await sleep(100);
}

export async function createData({ url, env, drop: dropPlace }: Place): Promise<Data> {
  await applyMigrations(url);
  const numbers = Array.from({ length: accounts }, (_, n) => n + 1);
  const identifier = (n: number) => `ptlc_${String(n).padStart(11, '0')}`;
  const secret = (n: number) => createHash('sha256').update(`bench ${n}`).digest('hex').slice(0, 32);
  const hashes = numbers.map((n) => createHash('sha256').update(secret(n)).digest());
  const passwordHash = await hashPassword(password, defaultPasswordCost);
  const client = new pg.Client(url);
  await client.connect();
  await client.query(
    `INSERT INTO accounts (uuid, username, username_folded, email, email_folded, first_name, last_name, password_hash, created_at)
      SELECT gen_random_uuid(), name, name, name || '@example.com', name || '@example.com', 'Ada', 'Lovelace', $1, now()
      FROM generate_series(1, ${accounts}) n, concat('user', n) name ORDER BY n`,
    [passwordHash],
  );
  await client.query(
    `INSERT INTO api_keys (account_id, identifier, secret_hash, description, allowed_ips, last_used_at, created_at)
      SELECT n, 'ptlc_' || lpad(n::text, 11, '0'), ($1::bytea[])[n], 'the key in use', '{}'::text[], now(), now() FROM generate_series(1, ${accounts}) n
      UNION ALL
      SELECT n, 'ptlc_' || m || lpad(n::text, 10, '0'), '\\x00', 'key number ' || m, '{127.0.0.0/8,10.0.0.0/8}', now(), now()
      FROM generate_series(1, ${accounts}) n, generate_series(1, 4) m`,
    [hashes],
  );
  await client.query(
    `INSERT INTO ssh_keys (account_id, name, fingerprint, public_key, created_at)
      SELECT n, 'laptop ' || m, left(encode(sha256((n || '-' || m)::bytea), 'base64'), 43),
        'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI' || left(encode(sha256((m || '-' || n)::bytea), 'base64'), 43), now()
      FROM generate_series(1, ${accounts}) n, generate_series(1, 5) m`,
  );
  await client.query('ANALYZE');
  const tidy = async () => {
    for (const rows of ['activity', 'sessions', "api_keys WHERE description = 'bench'"]) await client.query(`DELETE FROM ${rows}`);
    for (const table of ['activity', 'sessions', 'api_keys']) await client.query(`VACUUM ANALYZE ${table}`);
  };
  const drop = async () => {
    await client.end();
    await dropPlace();
  };
  const tokens = numbers.map((n) => identifier(n) + secret(n));
  return { url, env, tokens, usernames: numbers.map((n) => `user${n}`), passwordHash, tidy, drop };
}

function inDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(sql);
  await client.end();
}
