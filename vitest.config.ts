import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,

    // Run by Node itself, as in production; through vite's runner graphql would be there twice and refuse its own types.
    experimental: { viteModuleRunner: false },
  },
});
