import { defineConfig } from 'vitest/config';

/** What needs the shared test material and the registry of real images: TIDEWAITER_SHARED. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/corpus/**/*.test.ts'],
    globalSetup: ['test/support/postgres.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
