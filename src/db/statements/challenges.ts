import type { SignInChallenge } from '../../generated/prisma/client.ts';
import type { Statement } from '../message.ts';
import type { Sql } from '../sql.ts';

const insertion: Statement = {
  name: 'insert_challenge',
  text: `INSERT INTO sign_in_challenges (account_id, token_hash, login_folded, expires_at) VALUES ($1, $2, $3, $4::text::timestamptz)`,
};

/** Inserts a challenge, without any answer yet. */
export async function insertChallenge(
  sql: Sql,
  { accountId, tokenHash, loginFolded, expiresAt }: Pick<SignInChallenge, 'accountId' | 'tokenHash' | 'loginFolded' | 'expiresAt'>,
): Promise<void> {
  await sql(insertion, [accountId, tokenHash, loginFolded, expiresAt.toISOString()]);
}
