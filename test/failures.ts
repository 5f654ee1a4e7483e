import { afterwards } from './afterwards.ts';
import type { WatchedDatabase } from './watched-database.ts';

/** Where in the work of an operation a statement is sent. Transactions and statements are counted from 1. */
type Place = { readonly sql: string; readonly statement: number; readonly transaction: number; readonly statementOfTransaction: number };

/**
 * Prepares a database to make statements fail there, with the error of any SQLSTATE. A COMMIT fails by itself, because a
 * constraint that is checked at the end is broken.
 */
export async function prepareFailures({ db, watching }: WatchedDatabase) {
  await db.$executeRawUnsafe('CREATE TABLE failures (code text)');
  await db.$executeRawUnsafe(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'failed' USING ERRCODE = NEW.code; END $$`);
  await db.$executeRawUnsafe(`CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON failures DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION fail()`);
  afterwards(() => {
    watching.watch = null;
  });

  /** Makes each statement fail that is at such a place. Counts them. */
  return (isPlace: (place: Place) => boolean, code: string): { count: number } => {
    const failed = { count: 0 };
    let place = { statement: 0, transaction: 0, statementOfTransaction: 0 };
    watching.watch = async ({ sql }, send) => {
      const isBegin = sql === 'BEGIN';
      place = {
        statement: place.statement + 1,
        transaction: place.transaction + (isBegin ? 1 : 0),
        statementOfTransaction: isBegin ? 1 : place.statementOfTransaction + (place.transaction > 0 ? 1 : 0),
      };
      if (!isPlace({ ...place, sql })) return;
      failed.count += 1;
      await send(
        sql === 'COMMIT'
          ? `INSERT INTO failures VALUES ('${code}')`
          : `DO $$ BEGIN RAISE EXCEPTION 'failed' USING ERRCODE = '${code}'; END $$`,
      );
    };
    return failed;
  };
}
