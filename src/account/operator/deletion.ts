import { deleteActivityOf } from '../../db/statements/accounts.ts';
import { actOn } from '../accounts.ts';
import type { Tools } from '../actor.ts';
import { disableAccount } from './changes.ts';

const rowsMax = 10_000;

/**
 * Deletes an account with everything that it has. Its activity is deleted first, in portions: one statement would take too long
 * where the account has many rows.
 * @param onProgress is given the number of rows of activity that are deleted, after each portion.
 * @returns the id that the account had.
 * @throws NotFound
 */
export async function deleteAccount(tools: Tools, username: string, onProgress: (rows: number) => void): Promise<number> {
  // Disabled first: no event of it is written meanwhile.
  await disableAccount(tools, username);
  const { accountId } = await actOn(tools, username);
  for (let total = 0, isLast = false; !isLast; ) {
    const deleted = await deleteActivityOf(tools.db, accountId, rowsMax);
    total += deleted;
    isLast = deleted < rowsMax;
    if (!isLast) onProgress(total);
  }
  await tools.db.account.deleteMany({ where: { id: accountId } });
  return accountId;
}
