import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { createMigrationsTable, listMigrations, lockDatabase, migrationsPath, withClient } from '../migrate.ts';
import { runMigration } from '../run-migration.ts';
import { sealedColumns } from '../statements/sealed.ts';
import { DatabaseUnusable } from '../unusable.ts';
import { type BackupSummary, textForm } from './backup.ts';
import { copyIn } from './copy.ts';
import { type Frame, readFrames } from './file.ts';
import { type BackupHeader, quote, readHeader, readTable, wrongKey } from './header.ts';
import { type BackupProgress, createProgress } from './progress.ts';

/** The tables of an empty database can have these rows. */
const ownTables: ReadonlySet<string> = new Set(['_prisma_migrations', 'settings']);

/**
 * Restores a backup into an empty database, whole or not at all. Its tables are made as they were, filled, and brought up to date.
 * @param keyIds the ids of the current key and of the previous ones.
 * @param folder the migrations of this program.
 * @throws DatabaseUnusable when the file is damaged, is of a newer program or under another key, or the database is not empty.
 */
export async function restoreBackup(
  url: string,
  path: string,
  keyIds: readonly string[],
  onProgress: BackupProgress,
  folder = migrationsPath,
): Promise<BackupSummary> {
  const header = await verify(path, listMigrations(folder));
  if (!keyIds.includes(header.keyId)) throw wrongKey('the backup', [header.keyId]);
  return withClient(url, async (client) => {
    await client.query('BEGIN');
    await client.query(textForm);
    await lockDatabase(client);
    await dropEmptyTables(client);
    await client.query(createMigrationsTable);
    await migrate(client, folder, header.migrations);
    const rows = await fill(client, path, onProgress);
    for (const { name, last } of header.sequences) await client.query('SELECT setval($1::text::regclass, $2::bigint)', [quote(name), last]);
    await migrate(
      client,
      folder,
      listMigrations(folder).filter((name) => !header.migrations.includes(name)),
    );
    await settle(client, keyIds);
    await client.query('COMMIT');
    await client.query('ANALYZE');
    return { madeAt: header.madeAt, rows, bytes: statSync(path).size };
  });
}

/** Reads the whole file before anything is changed. */
async function verify(path: string, known: readonly string[]): Promise<BackupHeader> {
  let first: Frame | undefined;
  for await (const frame of readFrames(path)) first ??= frame;
  if (first?.kind !== 'h') throw new DatabaseUnusable(`${path} is not a backup of the gateway`);
  return readHeader(first.body, known);
}

/** @throws DatabaseUnusable when the database has rows, or tables of another program. */
async function dropEmptyTables(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema()',
  );
  if (rows.length === 0) return;
  if (!rows.some(({ name }) => name === '_prisma_migrations')) {
    throw new DatabaseUnusable("the database holds tables that are not the gateway's: restore into an empty database");
  }
  for (const { name } of rows.filter((table) => !ownTables.has(table.name))) {
    const found = await client.query(`SELECT 1 FROM ${quote(name)} LIMIT 1`);
    if (found.rows.length > 0) throw new DatabaseUnusable(`the database is not empty, ${name} has rows: restore into an empty database`);
  }
  await client.query(`DROP TABLE ${rows.map(({ name }) => quote(name)).join(', ')} CASCADE`);
}

async function migrate(client: pg.Client, folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8');
    await runMigration(client, name, sql);
  }
}

/** Fills the tables. @returns the number of rows. */
async function fill(client: pg.Client, path: string, onProgress: BackupProgress): Promise<number> {
  const frames = readFrames(path);
  let rows = 0;
  let next = await frames.next();
  while (!next.done) {
    if (next.value.kind !== 't') {
      next = await frames.next();
      continue;
    }
    const { name, columns } = readTable(next.value.body);
    const count = createProgress(name, onProgress);
    const parts = async function* () {
      for (next = await frames.next(); !next.done && next.value.kind === 'd'; next = await frames.next()) {
        count(next.value.body.length);
        yield next.value.body;
      }
    };
    // What the migrations put there.
    await client.query(`DELETE FROM ${quote(name)}`);
    rows += await copyIn(client, `COPY ${quote(name)} (${columns.map(quote).join(', ')}) FROM STDIN`, parts()).catch(async (error) => {
      // Closes the file.
      await frames.return(undefined);
      throw error;
    });
  }
  return rows;
}

/** Ends device tokens, gives the database an id of its own, and compares the keys. */
async function settle(client: pg.Client, keyIds: readonly string[]): Promise<void> {
  // A later number than any that was in use after the backup.
  await client.query('UPDATE accounts SET device_generation = device_generation + 1000 + floor(random() * 1000000)::int');
  await client.query("UPDATE settings SET value = gen_random_uuid() WHERE name = 'id'");
  for (const { table, column } of sealedColumns) {
    const { rows } = await client.query<{ id: string }>(
      `SELECT DISTINCT split_part(${column}, '.', 2) AS id FROM ${table} WHERE ${column} IS NOT NULL`,
    );
    const missing = rows.find(({ id }) => !keyIds.includes(id));
    if (missing) throw wrongKey('the backup', [missing.id]);
  }
}
