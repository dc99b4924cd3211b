/**
 * That images of an account came or went: what was read of all of them before is not true any more.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const imageChanges: Migration = {
  name: 'image-changes',
  statements: `
-- Rows are only added, so that nobody waits for another one who adds an image.
create table image_changes (
  id bigint generated always as identity primary key,
  account text not null,
  changed_at timestamptz not null default now()
);
create index image_changes_account on image_changes (account, id);

create function note_image_changes() returns trigger language plpgsql as $$
begin
  insert into image_changes (account) select distinct account from changed;
  return null;
end $$;
create trigger images_note_added after insert on images
  referencing new table as changed for each statement execute function note_image_changes();
create trigger images_note_gone after delete on images
  referencing old table as changed for each statement execute function note_image_changes();
`,
};
