/**
 * Indexes on names and paths that an image chooses: by their start or their hash, because a row of
 * an index ends at a third of a page and an image's longest name does not.
 *
 * @module
 */
import type { Migration } from './index.ts';

export const longNames: Migration = {
  name: 'long names',
  statements: `
drop index packages_name;
create index packages_name on packages (left(name, 200), type);

alter table image_packages drop constraint image_packages_pkey;
create unique index image_packages_place on image_packages (digest, package, md5(location));
`,
};
