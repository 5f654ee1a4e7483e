import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const prismaFolder = fileURLToPath(new URL('../../prisma', import.meta.url));

export const schemaPath = join(prismaFolder, 'schema.prisma');

/** Where the migrations lie, a folder each, applied in the order of their names. */
export const migrationsPath = join(prismaFolder, 'migrations');

/** The schema that the migrations must lead to. */
export function readSchema(): string {
  return readFileSync(schemaPath, 'utf8');
}

/** The migrations of a folder, as Prisma's schema engine takes them. */
export function readMigrations(folder = migrationsPath) {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: readFileSync(join(folder, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: names
      .map(({ name }) => name)
      .sort()
      .map((name) => ({ path: name, migrationFile: readMigration(folder, name) })),
  };
}

function readMigration(folder: string, name: string) {
  const path = join(folder, name, 'migration.sql');
  return { path: 'migration.sql', content: { tag: 'ok' as const, value: readFileSync(path, 'utf8') } };
}
