import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { adaptEmbedded } from '../src/db/embedded.ts';
import { diffMigrations } from '../src/db/migrate.ts';
import { migrationsPath } from '../src/db/migrations-folder.ts';

// Writes the SQL that leads from the migrations to prisma/schema.prisma: npm run migration -- <name>
const name = process.argv[2] ?? '';
if (!/^[a-z0-9_]+$/.test(name)) {
  process.stderr.write('a migration has a name of small letters, digits and underscores: npm run migration -- add_passkeys\n');
  process.exit(2);
}
const sql = await diffMigrations(await adaptEmbedded(await PGlite.create()));
if (sql === '') {
  process.stderr.write('the migrations lead to prisma/schema.prisma already\n');
  process.exit(1);
}
const folder = join(migrationsPath, `${new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)}_${name}`);
mkdirSync(folder);
writeFileSync(join(folder, 'migration.sql'), sql);
process.stdout.write(`${join(folder, 'migration.sql')}\n`);
process.exit(0);
