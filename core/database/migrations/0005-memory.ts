/**
 * How much memory an analysis was found to need.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const memory: Migration = {
  name: 'memory',
  statements: `
-- Attempts that ended for want of memory: others may fail in between, for other causes.
alter table analyses add column memory_shortages int not null default 0;
`,
};
