import type { Account } from '../../generated/prisma/client.ts';
import type { Statement } from '../message.ts';
import type { Sql } from '../sql.ts';

/** What a sign-in takes of the account of its login. */
export type LoginRow = Pick<Account, 'id' | 'passwordHash' | 'guessGeneration' | 'deviceGeneration' | 'disabled'>;

const findBy = (column: 'email_folded' | 'username_folded'): Statement => ({
  name: `find_by_${column}`,
  text: `SELECT json_build_object('id', id, 'passwordHash', password_hash, 'guessGeneration', guess_generation,
    'deviceGeneration', device_generation, 'disabled', disabled) FROM accounts WHERE ${column} = $1`,
});

const byEmail = findBy('email_folded');
const byUsername = findBy('username_folded');

const secondFactor: Statement = {
  name: 'has_second_factor',
  text: 'SELECT to_json(EXISTS (SELECT FROM two_factor WHERE account_id = $1 AND secret IS NOT NULL))',
};

/** Finds the account of a folded e-mail address. */
export function findByEmail(sql: Sql, emailFolded: string): Promise<LoginRow | null> {
  return sql(byEmail, [emailFolded]);
}

/** Finds the account of a folded username. */
export function findByUsername(sql: Sql, usernameFolded: string): Promise<LoginRow | null> {
  return sql(byUsername, [usernameFolded]);
}

/** Whether two-factor authentication is enabled on an account. */
export async function hasSecondFactor(sql: Sql, accountId: number): Promise<boolean> {
  return (await sql<boolean>(secondFactor, [accountId])) === true;
}
