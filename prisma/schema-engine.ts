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

/** The schema that the migrations must result in. */
export function readSchema(): string {
  return readFileSync(schemaPath, 'utf8');
}

/** The bindings of the engine hold one WebAssembly instance per process; a second would replace the memory of the first. */
let loading: Promise<void> | undefined;

/** Runs Prisma's schema engine on a database, and ends it after its use. */
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
    // The engine does not close its connections, except those to a shadow database, and they hold its advisory lock.
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

/** The exports for bundlers, which the types of the package do not have. */
type EngineLoader = { __wbg_set_wasm(exports: object): void; __wbindgen_start(): void };

/** The part of the WebAssembly API used here; TypeScript has it only in its types for browsers. */
declare const WebAssembly: { instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: object } }> };
