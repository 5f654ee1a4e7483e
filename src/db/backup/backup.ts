import type pg from 'pg';
import { withClient } from '../migrate.ts';
import { keyNamePrefix } from '../statements/sealed.ts';
import { DatabaseUnusable } from '../unusable.ts';
import { copyOut } from './copy.ts';
import { type FrameWriter, writeFrames } from './file.ts';
import { type BackupHeader, type BackupTable, backupFormat, quote, wrongKey } from './header.ts';
import { type BackupProgress, createProgress } from './progress.ts';

/** A backup that was written, or restored. */
export type BackupSummary = { readonly madeAt: string; readonly rows: number; readonly bytes: number };

/** Sessions end with a restore, and with them what belongs to them. */
const leftOut: ReadonlySet<string> = new Set(['sessions', 'sign_in_challenges', 'two_factor_setups', '_prisma_migrations']);

/** The form in which values are written as text, whatever the server is set to. */
export const textForm = "SET LOCAL client_encoding = 'UTF8'; SET LOCAL datestyle = 'ISO'; SET LOCAL bytea_output = 'hex'";

/**
 * Writes the database as it is at one time into a file of mode 0600. Servers can work on it meanwhile.
 * @param keyIds the ids of the current key and of the previous ones.
 * @throws DatabaseUnusable when the database has no tables of the gateway, or seals with none of the keys.
 */
export function writeBackup(url: string, path: string, keyIds: readonly string[], onProgress: BackupProgress): Promise<BackupSummary> {
  return withClient(url, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(textForm);
    const header = await describe(client, keyIds);
    let rows = 0;
    const bytes = await writeFrames(path, async (writer) => {
      await writer.write('h', Buffer.from(JSON.stringify(header)));
      for (const table of await listTables(client)) rows += await writeTable(client, writer, table, onProgress);
    });
    await client.query('COMMIT');
    return { madeAt: header.madeAt, rows, bytes };
  });
}

async function describe(client: pg.Client, keyIds: readonly string[]): Promise<BackupHeader> {
  const found = await client.query("SELECT 1 WHERE to_regclass('_prisma_migrations') IS NOT NULL");
  if (found.rows.length === 0) throw new DatabaseUnusable('the database has no tables of the gateway: there is nothing to back up');
  const { rows: times } = await client.query<{ at: Date }>('SELECT now() AS at');
  const { rows: migrations } = await client.query<{ name: string }>(
    'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name',
  );
  const { rows: sequences } = await client.query<{ name: string; last: string }>(
    'SELECT sequencename::text AS name, last_value::text AS last FROM pg_sequences WHERE schemaname = current_schema() AND last_value > 0',
  );
  return {
    format: backupFormat,
    madeAt: String(times[0]?.at.toISOString()),
    keyId: await findKey(client, keyIds),
    migrations: migrations.map(({ name }) => name),
    sequences,
  };
}

/**
 * The first of the keys that the database seals with: a backup that named another could not be restored.
 * A database of an earlier release does not say which it seals with.
 */
async function findKey(client: pg.Client, keyIds: readonly string[]): Promise<string> {
  const { rows: tables } = await client.query("SELECT 1 WHERE to_regclass('settings') IS NOT NULL");
  const noted = 'SELECT substr(name, length($1) + 1) AS id FROM settings WHERE starts_with(name, $1)';
  const ids = tables.length === 0 ? [] : (await client.query<{ id: string }>(noted, [keyNamePrefix])).rows.map(({ id }) => id);
  const found = keyIds.find((id) => ids.length === 0 || ids.includes(id));
  if (found === undefined) throw wrongKey('the database', ids);
  return found;
}

async function writeTable(client: pg.Client, writer: FrameWriter, table: BackupTable, onProgress: BackupProgress): Promise<number> {
  await writer.write('t', Buffer.from(JSON.stringify(table)));
  const count = createProgress(table.name, onProgress);
  return copyOut(client, `COPY ${quote(table.name)} (${table.columns.map(quote).join(', ')}) TO STDOUT`, async (part) => {
    await writer.write('d', part);
    count(part.length);
  });
}

/** The tables that a backup has, each after those that its rows refer to. */
async function listTables(client: pg.Client): Promise<BackupTable[]> {
  const { rows } = await client.query<BackupTable & { parents: string[] }>(`
    SELECT relname::text AS name,
      ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum) AS columns,
      ARRAY(SELECT p.relname::text FROM pg_constraint JOIN pg_class p ON p.oid = confrelid WHERE conrelid = t.oid AND contype = 'f') AS parents
    FROM pg_class t WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname`);
  let waiting = rows.filter(({ name }) => !leftOut.has(name));
  const ordered: BackupTable[] = [];
  while (waiting.length > 0) {
    const isReady = ({ name, parents }: { name: string; parents: string[] }) =>
      parents.every((parent) => parent === name || !waiting.some((other) => other.name === parent));
    const ready = waiting.filter(isReady);
    if (ready.length === 0) throw new Error('tables refer to each other');
    ordered.push(...ready.map(({ name, columns }) => ({ name, columns })));
    waiting = waiting.filter((table) => !ready.includes(table));
  }
  return ordered;
}
