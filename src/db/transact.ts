import type pg from 'pg';
import { createSql, type Sql } from './sql.ts';
import { type Held, holdText, type LockedAccount, lockText } from './statements/locks.ts';

/** What was found under the lock: null where the account does not exist, false where the credential ended. */
export type Locked = { readonly account: LockedAccount | null; readonly isHeld: boolean };

/**
 * Runs statements of the program in a transaction that begins by locking an account and holding a credential: with BEGIN they
 * are one message. What the work throws rolls the transaction back.
 */
export type Transact = <Result>(
  accountId: number,
  credential: Held | null,
  work: (sql: Sql, locked: Locked) => Promise<Result>,
) => Promise<Result>;

/** Creates the way to run such transactions, for the few changes that programs make most. */
export function createTransact(pool: pg.Pool): Transact {
  return async (accountId, credential, work) => {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      const locked = await begin(client, accountId, credential);
      const result = await work(createSql(client), locked);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((fault: Error) => {
        broken = fault;
      });
      throw error;
    } finally {
      // A connection that could not roll back is closed.
      client.release(broken);
    }
  };
}

/** Each statement sees what was committed before the one before it got its lock. */
async function begin(client: pg.ClientBase, accountId: number, credential: Held | null): Promise<Locked> {
  const statements = ['BEGIN', withId(lockText, accountId), ...(credential ? [withId(holdText[credential.kind], credential.id)] : [])];
  // The driver gives a result for each statement of a message.
  const [, account, held] = [await client.query<LockedAccount>(statements.join('; '))].flat();
  return { account: account?.rows[0] ?? null, isHeld: credential === null || held?.rowCount === 1 };
}

/** A message of several statements has no parameters. */
function withId(text: string, id: number): string {
  if (!Number.isSafeInteger(id)) throw new Error('An id is a whole number.');
  return text.replace('$1', String(id));
}
