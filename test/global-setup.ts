import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { TestProject } from 'vitest/node';
import { adaptEmbedded } from '../src/db/embedded.ts';
import { applyMigrations } from '../src/db/migrate.ts';
import { adaptPostgresqlForMigrations } from '../src/db/postgresql.ts';
import { createDatabase, dropDatabase, inDatabase } from './postgresql.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where each test file finds a migrated database to copy. */
    template: { kind: 'embedded'; dump: string } | { kind: 'postgresql'; server: string; database: string };
  }
}

/** Migrates one database before all tests; each test file copies it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = process.env['TEST_DATABASE_URL'];
  return server ? templateOnServer(project, server) : templateOfEmbedded(project);
}

async function templateOfEmbedded(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-tests-'));
  const client = await PGlite.create();
  await applyMigrations(await adaptEmbedded(client));
  const dump = join(folder, 'template.tar');
  writeFileSync(dump, Buffer.from(await (await client.dumpDataDir('none')).arrayBuffer()));
  await client.close();
  project.provide('template', { kind: 'embedded', dump });
  return async () => rmSync(folder, { recursive: true });
}

async function templateOnServer(project: TestProject, server: string) {
  const database = `gateway_template_${process.pid}`;
  await createDatabase(server, database);
  await applyMigrations(adaptPostgresqlForMigrations(inDatabase(server, database)));
  project.provide('template', { kind: 'postgresql', server, database });
  return () => dropDatabase(server, database);
}
