import type { Account } from '../../generated/prisma/client.ts';
import type { Database } from '../database.ts';

/** An account in the list of the operator. */
export type ListedAccount = Pick<
  Account,
  'id' | 'uuid' | 'username' | 'email' | 'firstName' | 'lastName' | 'language' | 'admin' | 'createdAt'
> & { readonly twoFactor: boolean; readonly apiKeys: number; readonly sshKeys: number };

/** Lists the accounts above an id, oldest first. */
export function listAccountsAfter(db: Database, after: number, most: number): Promise<ListedAccount[]> {
  return db.$queryRaw`
    SELECT id, uuid, username, email, first_name AS "firstName", last_name AS "lastName", language, admin, created_at AS "createdAt",
      EXISTS (SELECT FROM two_factor WHERE account_id = accounts.id AND secret IS NOT NULL) AS "twoFactor",
      (SELECT count(*)::int FROM api_keys WHERE account_id = accounts.id) AS "apiKeys",
      (SELECT count(*)::int FROM ssh_keys WHERE account_id = accounts.id) AS "sshKeys"
    FROM accounts WHERE id > ${after} ORDER BY id LIMIT ${most}`;
}
