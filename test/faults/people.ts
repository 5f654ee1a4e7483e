import { defaultPasswordCost, hashPassword } from '../../src/crypto/password-hash.ts';
import { hashToken } from '../../src/crypto/token.ts';
import { query } from './postgresql.ts';

export type Person = { readonly id: number; readonly username: string; readonly token: string };

export const password = 'correct horse battery staple';
const secret = 'a'.repeat(32);

/** Inserts accounts with the same password and a key each, named by a word. */
export async function insertPeople(url: string, word: string, count: number): Promise<Person[]> {
  const passwordHash = await hashPassword(password, defaultPasswordCost);
  const secretHash = `\\x${Buffer.from(hashToken(secret)).toString('hex')}`;
  const rows = await query(
    url,
    `INSERT INTO accounts (uuid, username, username_folded, email, email_folded, password_hash, created_at)
      SELECT gen_random_uuid(), name, name, name || '@example.com', name || '@example.com', '${passwordHash}', now()
      FROM generate_series(1, ${count}) n, concat('${word}', n) name`,
    `INSERT INTO api_keys (account_id, identifier, secret_hash, description, created_at, allowed_ips)
      SELECT id, 'ptlc_' || lpad(id::text, 11, '0'), '${secretHash}', 'inserted', now(), '{}' FROM accounts WHERE username LIKE '${word}%'`,
    `SELECT id, username, 'ptlc_' || lpad(id::text, 11, '0') AS identifier FROM accounts WHERE username LIKE '${word}%' ORDER BY id`,
  );
  return rows.map(({ id, username, identifier }) => ({ id: Number(id), username: String(username), token: `${identifier}${secret}` }));
}
