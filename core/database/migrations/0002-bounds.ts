/**
 * Bounds that hold whatever an image brings and however often it is analysed.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const bounds: Migration = {
  name: 'bounds',
  statements: `
-- A row of an index ends at a third of a page, names and paths that an image chooses do not.
drop index packages_name;
create index packages_name on packages (left(name, 200), type);
alter table image_packages drop constraint image_packages_pkey;
create unique index image_packages_place on image_packages (digest, package, md5(location));

-- How often it was lost with its launcher since it was put into the queue.
alter table analyses add column losses int not null default 0;
`,
};
