import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { DatabaseUnusable } from './unusable.ts';

/** Before the name of a migration beside which the previous release can run, in the names of settings. */
const prefix = 'beside ';
const firstLine = /^-- The previous release can run beside it\b/;

/**
 * Stores which of the applied migrations say in their first line that the previous release can run beside them. An earlier
 * program, which has no files of these migrations, reads it at its start.
 */
export async function markMigrations(client: pg.Client, folder: string, applied: readonly string[]): Promise<void> {
  const marked = applied.filter((name) => firstLine.test(readFileSync(join(folder, name, 'migration.sql'), 'utf8')));
  // The table came with a migration.
  if (!(await hasSettings(client))) return;
  await client.query("INSERT INTO settings (name, value) SELECT unnest($1::text[]), 'yes' ON CONFLICT DO NOTHING", [
    marked.map((name) => prefix + name),
  ]);
}

/**
 * Asserts that this program can run on a database that has migrations of a newer one.
 * @param newer the migrations that this program does not have.
 * @throws DatabaseUnusable where one of them is not marked.
 */
export async function assertUsable(client: pg.Client, newer: readonly string[]): Promise<void> {
  if (newer.length === 0) return;
  const { rows } = (await hasSettings(client))
    ? await client.query<{ name: string }>('SELECT name FROM settings WHERE name = ANY($1)', [newer.map((name) => prefix + name)])
    : { rows: [] };
  const marked = new Set(rows.map(({ name }) => name));
  const breaking = newer.filter((name) => !marked.has(prefix + name));
  if (breaking.length > 0)
    throw new DatabaseUnusable(
      `the database is newer than this release, which cannot run beside the migration ${breaking.join(', ')}. Start the newer release, or restore a backup that was made before the upgrade.`,
    );
}

async function hasSettings(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query("SELECT 1 WHERE to_regclass('settings') IS NOT NULL");
  return rows.length > 0;
}
