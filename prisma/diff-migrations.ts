import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, type SqlDriverAdapter, type SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { listMigrations, migrationsPath } from '../src/db/migrate.ts';
import { readSchema, type SchemaEngine, schemaPath, withEngine } from './schema-engine.ts';

const filters = { externalTables: [], externalEnums: [] };

/** Runs Prisma's schema engine on a database, with the migrations of this project. */
export function withMigrationEngine<T>(url: string, use: (engine: SchemaEngine, parts: MigrationParts) => Promise<T>): Promise<T> {
  return withEngine(adaptForEngine(url), (engine) => use(engine, { migrationsList: readMigrations(), filters }));
}

type MigrationParts = { readonly migrationsList: ReturnType<typeof readMigrations>; readonly filters: typeof filters };

/**
 * The difference between the migrations and prisma/schema.prisma as SQL; empty when there is none. The migrations are
 * applied to a temporary database on this server.
 */
export function diffMigrations(server: string): Promise<string> {
  return withMigrationEngine(server, async (engine, { migrationsList }) => {
    const { stdout } = await engine.diff({
      from: { tag: 'migrations', ...migrationsList },
      to: { tag: 'schemaDatamodel', files: [{ path: schemaPath, content: readSchema() }] },
      script: true,
      exitCode: null,
      filters,
    });
    const script = stdout ?? '';
    return script.trim() === '-- This is an empty migration.' ? '' : script;
  });
}

/** The adapter of Prisma's client, corrected for the engine. */
function adaptForEngine(url: string): SqlMigrationAwareDriverAdapterFactory {
  const { provider, adapterName } = new PrismaPg(url);
  return { provider, adapterName, connect: () => connectForEngine(url), connectToShadowDb: () => connectToShadow(url) };
}

async function connectForEngine(url: string): Promise<SqlDriverAdapter> {
  const adapter = await new PrismaPg({ connectionString: url, max: 4 }).connect();
  const pool = adapter.underlyingDriver();
  const query = pool.query.bind(pool);
  // The adapter splits a script at every semicolon, also in strings. The script is sent whole.
  adapter.executeScript = async (script) => {
    await query(script);
  };
  // The adapter does not know the type "char" of the system tables, which the engine reads as a character.
  const characters = new Map<string, number[]>();
  const queryAsText = async (config: pg.QueryArrayConfig) => {
    const result = await query(config);
    const found = result.fields.flatMap(({ dataTypeID }, index) => (dataTypeID === pg.types.builtins.CHAR ? [index] : []));
    for (const index of found) Object.assign(result.fields[index] ?? {}, { dataTypeID: pg.types.builtins.TEXT });
    characters.set(config.text, found);
    return result;
  };
  Object.assign(pool, { query: queryAsText });
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (statement) => {
    const result = await queryRaw(statement);
    for (const index of characters.get(statement.sql) ?? []) result.columnTypes[index] = ColumnTypeEnum.Character;
    return result;
  };
  return adapter;
}

/** A temporary database on the same server. */
async function connectToShadow(url: string): Promise<SqlDriverAdapter> {
  const name = `prisma_migrate_shadow_db_${randomUUID()}`;
  const server = await connectForEngine(url);
  await server.executeScript(`CREATE DATABASE "${name}"`);
  const shadow = new URL(url);
  shadow.pathname = `/${name}`;
  const adapter = await connectForEngine(shadow.href);
  const disconnect = adapter.dispose.bind(adapter);
  adapter.dispose = async () => {
    await disconnect();
    await server.executeScript(`DROP DATABASE "${name}"`);
    await server.dispose();
  };
  return adapter;
}

function readMigrations() {
  return {
    baseDir: migrationsPath,
    lockfile: { path: 'migration_lock.toml', content: readFileSync(join(migrationsPath, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: listMigrations().map((name) => ({ path: name, migrationFile: readMigration(name) })),
  };
}

function readMigration(name: string) {
  const value = readFileSync(join(migrationsPath, name, 'migration.sql'), 'utf8');
  return { path: 'migration.sql', content: { tag: 'ok' as const, value } };
}
