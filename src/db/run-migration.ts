import { createHash, randomUUID } from 'node:crypto';
import type pg from 'pg';

/** In the first line of a migration that builds an index while the table is written. */
const outsideMark = /^--.*\boutside a transaction\b/;
const concurrentIndex = /^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+"?(\w+)"?\s+ON\s[^;]*;?\s*$/i;

/** A build waits for the end of every transaction that can see the table, and blocks nobody meanwhile: a backup can take long. */
const concurrentWaitMs = 600_000;

/** A name without a quote in it, so it needs no escape. */
const quote = (name: string) => `"${name}"`;

/** Whether a migration says in its first line that it runs outside a transaction. */
export function runsOutside(sql: string): boolean {
  return outsideMark.test(sql);
}

/** Runs a migration and writes its row, in a transaction of the caller. An index is then built as any other. */
export async function runMigration(client: pg.Client, name: string, sql: string): Promise<void> {
  await client.query(runsOutside(sql) ? sql.replace(/\bCONCURRENTLY\b/i, '') : sql);
  await recordMigration(client, name, sql);
}

/**
 * Builds the index of a migration that runs outside a transaction, while others write the table. An invalid index, which a build
 * that was cut off leaves, is dropped and built anew; one that was built and not recorded is recorded.
 * @throws an error when the migration is anything else than one CREATE INDEX CONCURRENTLY.
 */
export async function runOutside(client: pg.Client, name: string, sql: string): Promise<void> {
  const [, index] = concurrentIndex.exec(sql.replaceAll(/^\s*--.*$/gm, '')) ?? [];
  if (index === undefined) throw new Error('outside a transaction, a migration is one CREATE INDEX CONCURRENTLY with a name');
  const present = await findIndex(client, index);
  await client.query(`SET lock_timeout = ${concurrentWaitMs}`);
  if (present && !present.isValid) await client.query(`DROP INDEX CONCURRENTLY ${quote(index)}`);
  if (!present?.isValid) await client.query(sql);
  await client.query('RESET lock_timeout');
  await recordMigration(client, name, sql);
}

async function findIndex(client: pg.Client, index: string): Promise<{ readonly isValid: boolean } | null> {
  const { rows } = await client.query<{ isValid: boolean }>(
    'SELECT indisvalid AS "isValid" FROM pg_index WHERE indexrelid = to_regclass($1)',
    [quote(index)],
  );
  return rows[0] ?? null;
}

/** Writes the row of a migration, in one statement. One that an earlier release began and did not finish counts as rolled back. */
async function recordMigration(client: pg.Client, name: string, sql: string): Promise<void> {
  await client.query(
    `WITH unfinished AS (UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = $2 AND rolled_back_at IS NULL)
     INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $3, $2, now(), clock_timestamp(), 1)`,
    [randomUUID(), name, createHash('sha256').update(sql).digest('hex')],
  );
}
