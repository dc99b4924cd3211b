/**
 * Which accounts do not want an analysis any more that others may wait for.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const cancelled: Migration = {
  name: 'cancelled',
  statements: `
-- Counts for what was queued before.
alter table images add column cancelled_at timestamptz;
`,
};
