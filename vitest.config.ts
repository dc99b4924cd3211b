import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { isConnectionFailure } from './core/database/connection.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    exclude: ['test/cluster/**', 'test/corpus/**', 'test/long/**', 'node_modules/**'],
    globalSetup: ['test/support/postgres.ts'],
    // Two on two processors, too: most tests wait for a process or a database.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What a test waits for may come late on a machine that has much to do.
    expect: { poll: { timeout: 15_000 } },
    // Where a database is killed the driver leaves rejections that nobody can wait for: core outlives
    // them, too (core/database/rejections.ts).
    onUnhandledError: (error) => !isConnectionFailure(error),
  },
});
