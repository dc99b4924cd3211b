/**
 * Which package of the distribution brought a package of a language.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const owners: Migration = {
  name: 'owners',
  statements: `
-- Null where none did, and for all that was analysed before this was known.
alter table image_packages add column owner text;
`,
};
