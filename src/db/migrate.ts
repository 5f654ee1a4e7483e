import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as engineBindings from '@prisma/schema-engine-wasm/schema_engine_bg';

const { SchemaEngine } = engineBindings;
type SchemaEngine = engineBindings.SchemaEngine;

const prismaFolder = fileURLToPath(new URL('../../prisma', import.meta.url));
const schemaPath = join(prismaFolder, 'schema.prisma');
const migrationsPath = join(prismaFolder, 'migrations');
const filters = { externalTables: [], externalEnums: [] };
const advisoryLock = 4_172_026;

/** Applies the migrations that a database has not seen and answers their names, in order. */
export function applyMigrations(adapter: SqlMigrationAwareDriverAdapterFactory): Promise<string[]> {
  return withEngine(adapter, async (engine) => {
    const { appliedMigrationNames } = await engine.applyMigrations({ filters, migrationsList: readMigrations() });
    return appliedMigrationNames;
  });
}

/**
 * The SQL that leads from the migrations to prisma/schema.prisma; empty when there is no drift.
 * Needs an adapter of the embedded database, on which it plays the migrations through.
 */
export function diffMigrations(adapter: SqlMigrationAwareDriverAdapterFactory): Promise<string> {
  return withEngine(adapter, async (engine) => {
    const migrations = readMigrations();
    const { stdout } = await engine.diff({
      from: migrations.migrationDirectories.length === 0 ? { tag: 'empty' } : { tag: 'migrations', ...migrations },
      to: { tag: 'schemaDatamodel', files: [{ path: schemaPath, content: readSchema() }] },
      script: true,
      exitCode: null,
      filters,
    });
    const script = stdout ?? '';
    return script.trim() === '-- This is an empty migration.' ? '' : script;
  });
}

/**
 * Runs work that only one of several instances may do at a time, under an advisory lock of a PostgreSQL database. The
 * lock belongs to a transaction: it goes when the process dies.
 */
export async function withDatabaseLock<T>(factory: SqlMigrationAwareDriverAdapterFactory, work: () => Promise<T>): Promise<T> {
  const adapter = await factory.connect();
  try {
    const transaction = await adapter.startTransaction();
    try {
      await transaction.queryRaw({ sql: `SELECT 1 FROM (SELECT pg_advisory_xact_lock(${advisoryLock})) AS taken`, args: [], argTypes: [] });
      return await work();
    } finally {
      await transaction.executeRaw({ sql: 'COMMIT', args: [], argTypes: [] });
      await transaction.commit();
    }
  } finally {
    await adapter.dispose();
  }
}

/** The engine's bindings keep one WebAssembly instance for the whole process; a second would pull the memory from under the first. */
let loading: Promise<void> | undefined;

async function withEngine<T>(factory: SqlMigrationAwareDriverAdapterFactory, use: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  loading ??= loadEngine();
  await loading;
  const connected: SqlDriverAdapter[] = [];
  const keep = async (connecting: Promise<SqlDriverAdapter>) => {
    const adapter = await connecting;
    connected.push(adapter);
    return adapter;
  };
  const tracked = { ...factory, connect: () => keep(factory.connect()), connectToShadowDb: () => keep(factory.connectToShadowDb()) };
  const datamodels: [string, string][] = [[schemaPath, readSchema()]];
  const engine = await SchemaEngine.new({ datamodels }, () => undefined, bindMigrationAwareSqlAdapterFactory(tracked));
  try {
    return await use(engine);
  } finally {
    engine.free();
    // The engine leaves its connections open, and with them its own advisory lock: the next instance would wait on it.
    await Promise.all(connected.map((adapter) => adapter.dispose()));
  }
}

async function loadEngine(): Promise<void> {
  const bindings = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = await readFile(bindings.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': { ...engineBindings } });
  const { __wbg_set_wasm, __wbindgen_start } = { ...engineBindings, ...instance.exports } as unknown as EngineLoader;
  __wbg_set_wasm(instance.exports);
  __wbindgen_start();
}

/** What the package exports for bundlers and leaves out of its types. */
type EngineLoader = { __wbg_set_wasm(exports: object): void; __wbindgen_start(): void };

/** The part of the WebAssembly API used here; TypeScript has it only in its types for browsers. */
declare const WebAssembly: { instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: object } }> };

function readSchema(): string {
  return readFileSync(schemaPath, 'utf8');
}

function readMigrations() {
  const names = readdirSync(migrationsPath, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return {
    baseDir: migrationsPath,
    lockfile: { path: 'migration_lock.toml', content: readFileSync(join(migrationsPath, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: names
      .map(({ name }) => name)
      .sort()
      .map((name) => ({ path: name, migrationFile: readMigration(name) })),
  };
}

function readMigration(name: string) {
  const path = join(migrationsPath, name, 'migration.sql');
  return { path: 'migration.sql', content: { tag: 'ok' as const, value: readFileSync(path, 'utf8') } };
}
