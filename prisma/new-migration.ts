import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../src/db/embedded/embedded.ts';
import { migrationsPath } from '../src/db/migrate.ts';
import { diffMigrations } from './diff-migrations.ts';

// Writes the difference between the migrations and prisma/schema.prisma as a migration: npm run migration -- <name>
const name = process.argv[2] ?? '';
if (!/^[a-z0-9_]+$/.test(name)) {
  process.stderr.write('Use small letters, digits and underscores as the name: npm run migration -- add_passkeys\n');
  process.exit(2);
}
const dataDir = mkdtempSync(join(tmpdir(), 'gateway-migration-'));
const { url } = await openEmbedded(dataDir, () => undefined);
const sql = await diffMigrations(url);
rmSync(dataDir, { recursive: true });
if (sql === '') {
  process.stderr.write('The migrations have no difference to prisma/schema.prisma.\n');
  process.exit(1);
}
const folder = join(migrationsPath, `${new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)}_${name}`);
mkdirSync(folder);
writeFileSync(join(folder, 'migration.sql'), sql);
process.stdout.write(`${join(folder, 'migration.sql')}\n`);
if (/^CREATE (?:UNIQUE )?INDEX/m.test(sql)) {
  process.stdout.write(
    `An index on a table that is large is built while others write it: put it into a migration of its own, write
CREATE INDEX CONCURRENTLY, and begin the file with a line such as
-- The previous release can run beside it: it adds an index, outside a transaction.\n`,
  );
}
process.exit(0);
