import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that wait for processes and time limits. They start first, the longest at the top, so that all workers end together. */
const longest = [
  'process',
  'lost-commits',
  'outage',
  'operations',
  'browser',
  'clients',
  'sign-in-time',
  'cli',
  'migrations',
  'kept-shapes',
  'embedded-users',
  'embedded',
  'guess-budgets',
  'backup',
  'rest-fuzz',
  'wire',
  'crash',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return index === -1 ? longest.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

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

    // One more than processors: where a file waits, another computes.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },

    // The processes that tests start compile nothing that another has compiled.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node', import.meta.url)) },

    // The files that a worker runs share what they import: importing the gateway takes a second.
    isolate: false,

    // Run by Node itself, as in production. The runner of vite loads graphql twice, and graphql refuses types of another copy.
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
});
