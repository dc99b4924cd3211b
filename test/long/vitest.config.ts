import { defineConfig } from 'vitest/config';

/** What takes longer than a person waits: `npm run long:kills`. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/core/coordinators/kill.test.ts', 'test/core/feeds/kill.test.ts'],
    globalSetup: ['test/support/postgres.ts'],
    env: { TIDEWAITER_LONG_KILLS: '20' },
    fileParallelism: false,
  },
});
