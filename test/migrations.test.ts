import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../src/db/database.ts';
import { adaptEmbedded } from '../src/db/embedded.ts';
import { applyMigrations, diffMigrations } from '../src/db/migrate.ts';
import { migrationsPath } from '../src/db/migrations-folder.ts';
import { adaptPostgresqlForMigrations } from '../src/db/postgresql.ts';
import { afterwards } from './afterwards.ts';
import { runOn } from './postgresql.ts';
import { createEmptyDatabase, kinds, server } from './processes.ts';

const added = '29990101000000_added';

/** The migrations with one more. */
function withMigration(sql: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-migrations-'));
  afterwards(() => rmSync(folder, { recursive: true }));
  cpSync(migrationsPath, folder, { recursive: true });
  mkdirSync(join(folder, added));
  writeFileSync(join(folder, added, 'migration.sql'), sql);
  return folder;
}

async function openEmpty(kind: 'embedded' | 'postgresql') {
  if (kind === 'postgresql') return adaptPostgresqlForMigrations(await createEmptyDatabase());
  const client = await PGlite.create();
  afterwards(() => client.close());
  return adaptEmbedded(client);
}

async function count(factory: SqlMigrationAwareDriverAdapterFactory, from: string): Promise<number> {
  const adapter = await factory.connect();
  const { rows } = await adapter.queryRaw({ sql: `SELECT count(*)::int FROM ${from}`, args: [], argTypes: [] });
  await adapter.dispose();
  return Number(rows[0]?.[0]);
}

test('lead to prisma/schema.prisma, with nothing left to say', async () => {
  expect(await diffMigrations(await openEmpty('embedded'))).toBe('');
});

describe.each(kinds)('migrations of the %s database', (kind) => {
  test('are applied once', async () => {
    const database = await openEmpty(kind);
    expect(await applyMigrations(database)).toContain('20261123000000_accounts');
    expect(await applyMigrations(database)).toEqual([]);
  });

  test('leave nothing half done when one fails, say why, and go on once it is mended', async () => {
    const database = await openEmpty(kind);
    const broken = withMigration('CREATE TABLE half (id int);\nINSERT INTO half VALUES (1);\nSELECT * FROM nowhere;');
    const words = `the migration ${added} failed and was undone: relation "nowhere" does not exist`;
    await expect(applyMigrations(database, broken)).rejects.toThrow(words);
    await expect(applyMigrations(database, broken)).rejects.toThrow(words);
    expect(await count(database, "pg_tables WHERE tablename = 'half'")).toBe(0);
    expect(await count(database, 'accounts')).toBe(0);
    expect(await applyMigrations(database, withMigration('CREATE TABLE half (id int);'))).toEqual([added]);
  });

  test.each(['before', 'after'])('survive a process that is killed just %s the script of one', async (when) => {
    const database = await openEmpty(kind);
    await applyMigrations(database);
    const folder = withMigration('CREATE TABLE whole (id int);');
    const killed = { ...database, connectToShadowDb: () => database.connectToShadowDb(), connect: () => connectUntilKilled() };
    const connectUntilKilled = async () => {
      const adapter = await database.connect();
      const run = adapter.executeScript.bind(adapter);
      adapter.executeScript = async (script) => {
        if (when === 'after') await run(script);
        // What is dead writes nothing any more.
        adapter.queryRaw = () => Promise.reject(new Error('killed'));
        adapter.executeRaw = () => Promise.reject(new Error('killed'));
        throw new Error('killed');
      };
      return adapter;
    };
    await expect(applyMigrations(killed, folder)).rejects.toThrow('killed');
    expect(await applyMigrations(database, folder)).toEqual(when === 'after' ? [] : [added]);
    expect(await count(database, 'whole')).toBe(0);
  });
});

test('several processes that open an empty PostgreSQL database at once migrate it once', async () => {
  const url = await createEmptyDatabase();
  const opened = await Promise.all(Array.from({ length: 3 }, () => openDatabase({ kind: 'postgresql', url }, () => undefined)));
  expect(opened.filter(({ appliedMigrations }) => appliedMigrations.length > 0)).toHaveLength(1);
  await Promise.all(opened.map(({ close }) => close()));
});

test('a lock that is lost does not hide what went wrong under it', async () => {
  const url = await createEmptyDatabase();
  const name = new URL(url).pathname.slice(1);
  const opening = openDatabase(
    { kind: 'postgresql', url },
    () => undefined,
    async () => {
      await runOn(server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
      throw new Error('what went wrong');
    },
  );
  await expect(opening).rejects.toThrow('what went wrong');
});
