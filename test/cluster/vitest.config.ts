import { defineConfig } from 'vitest/config';

/** On a real Kubernetes: needs `TIDEWAITER_SHARED`, root, and what its `cluster/build` needs. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/cluster/**/*.test.ts'],
    globalSetup: ['test/cluster/setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
});
