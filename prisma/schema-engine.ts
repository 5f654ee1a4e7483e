import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as engineBindings from '@prisma/schema-engine-wasm/schema_engine_bg';

const { SchemaEngine } = engineBindings;
export type SchemaEngine = engineBindings.SchemaEngine;

export const schemaPath = fileURLToPath(new URL('schema.prisma', import.meta.url));

/** The schema that the migrations must lead to. */
export function readSchema(): string {
  return readFileSync(schemaPath, 'utf8');
}

/** The engine's bindings keep one WebAssembly instance for the whole process; a second would pull the memory from under the first. */
let loading: Promise<void> | undefined;

/** Starts Prisma's schema engine on a database for as long as its use takes. */
export async function withEngine<T>(factory: SqlMigrationAwareDriverAdapterFactory, use: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  loading ??= loadEngine();
  await loading;
  const connected: SqlDriverAdapter[] = [];
  const keep = async (connecting: Promise<SqlDriverAdapter>) => {
    const adapter = await connecting;
    connected.push(adapter);
    return adapter;
  };
  const tracked = { ...factory, connect: () => keep(factory.connect()), connectToShadowDb: () => factory.connectToShadowDb() };
  const datamodels: [string, string][] = [[schemaPath, readSchema()]];
  const engine = await SchemaEngine.new({ datamodels }, () => undefined, bindMigrationAwareSqlAdapterFactory(tracked));
  try {
    return await use(engine);
  } finally {
    engine.free();
    // The engine leaves its connections open, those to a shadow database apart, and with them its advisory lock.
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
