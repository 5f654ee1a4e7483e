import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/setup.ts'],
    // A start takes many seconds where every processor is busy with other tests.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A figure that a test prints is one line.
    disableConsoleIntercept: true,

    maxWorkers: availableParallelism(),

    // The processes that tests start compile nothing that another has compiled.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node', import.meta.url)) },

    // The files that a worker runs share what they import: importing the gateway takes a second.
    isolate: false,

    // Run by Node itself, as in production. The runner of vite loads graphql twice, and graphql refuses types of another copy.
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
});
