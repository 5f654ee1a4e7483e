import { defineConfig } from 'prisma/config';

// The command line wants a native schema engine before it does anything and downloads one when it finds none. Generating
// needs no engine, and migrations run in-process (src/db/migrate.ts): any executable that exists keeps it off the network.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({ schema: 'prisma/schema.prisma' });
