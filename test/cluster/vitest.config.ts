import process from 'node:process';
import { defineConfig } from 'vitest/config';

/** On a real Kubernetes: needs `TIDEWAITER_SHARED`, root, and what its `cluster/build` needs. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/cluster/**/*.test.ts'],
    // Those of the door have a cluster of their own (`npm run test:door`): they start its API server
    // anew again and again.
    exclude: process.env['TIDEWAITER_TEST_DOOR'] === undefined ? ['test/cluster/door-*'] : [],
    globalSetup: ['test/cluster/setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
});
