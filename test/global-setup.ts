import type { TestProject } from 'vitest/node';
import { applyMigrations } from '../src/db/migrate.ts';
import { startCluster } from './cluster.ts';
import { createDatabase, dropDatabase, inDatabase, nameSharedDatabase } from './postgresql.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL server of this run, and the migrated database on it to copy. */
    postgresql: { server: string; template: string };
  }
}

/** Before all tests: one server, either TEST_DATABASE_URL or a new one, and one migrated database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEST_DATABASE_URL'];
  const { url: server, stop } = given ? { url: given, stop: async () => undefined } : await startCluster();
  const template = `gateway_template_${process.pid}`;
  await createDatabase(server, template);
  await applyMigrations(inDatabase(server, template));
  project.provide('postgresql', { server, template });
  return async () => {
    for (let worker = 1; worker <= project.vitest.config.maxWorkers; worker += 1) {
      await dropDatabase(server, nameSharedDatabase(template, worker));
    }
    await dropDatabase(server, template);
    await stop();
  };
}
