import type { Account } from '../../generated/prisma/client.ts';
import type { Database } from '../database.ts';

/** An account in the list of the operator. */
export type ListedAccount = Pick<
  Account,
  'id' | 'uuid' | 'username' | 'email' | 'firstName' | 'lastName' | 'language' | 'admin' | 'disabled' | 'createdAt'
> & { readonly twoFactor: boolean; readonly apiKeys: number; readonly sshKeys: number };

/** Lists the accounts above an id, oldest first. */
export function listAccountsAfter(db: Database, after: number, most: number): Promise<ListedAccount[]> {
  return db.$queryRaw`
    SELECT id, uuid, username, email, first_name AS "firstName", last_name AS "lastName", language, admin, disabled, created_at AS "createdAt",
      EXISTS (SELECT FROM two_factor WHERE account_id = accounts.id AND secret IS NOT NULL) AS "twoFactor",
      (SELECT count(*)::int FROM api_keys WHERE account_id = accounts.id) AS "apiKeys",
      (SELECT count(*)::int FROM ssh_keys WHERE account_id = accounts.id) AS "sshKeys"
    FROM accounts WHERE id > ${after} ORDER BY id LIMIT ${most}`;
}

/** An e-mail address, with the form in which it is searched. */
export type FoldedEmail = Pick<Account, 'id' | 'username' | 'email' | 'emailFolded' | 'createdAt'>;

/** Lists the accounts above an id whose e-mail address has letters outside of ASCII, or whose fold marks a duplicate; oldest first. */
export function listUnsettledEmails(db: Database, after: number, most: number): Promise<FoldedEmail[]> {
  return db.$queryRaw`
    SELECT id, username, email, email_folded AS "emailFolded", created_at AS "createdAt" FROM accounts
    WHERE id > ${after} AND (octet_length(email_folded) > length(email_folded) OR starts_with(email_folded, 'duplicate:'))
    ORDER BY id LIMIT ${most}`;
}

/** Deletes rows of the activity of an account. @returns their number, at most `most`. */
export function deleteActivityOf(db: Database, accountId: number, most: number): Promise<number> {
  return db.$executeRaw`DELETE FROM activity WHERE id = ANY (ARRAY(SELECT id FROM activity WHERE account_id = ${accountId} LIMIT ${most}))`;
}
