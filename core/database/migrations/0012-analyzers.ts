/**
 * By which versions of the analyzers each image was analysed, and which Jobs have now.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const analyzers: Migration = {
  name: 'analyzers',
  statements: `
-- Names and versions of all analyzers of a report.
create table analyzer_sets (
  id int generated always as identity primary key,
  versions jsonb not null,
  -- SHA-256 of them.
  hash bytea not null unique
);
alter table analyses add column analyzers int references analyzer_sets;
create index analyses_analyzers on analyses (analyzers, number) where state = 'analyzed';

-- An older core beside this one takes reports in, too.
create function take_analyzers() returns trigger language plpgsql as $$
declare
  told jsonb := coalesce(new.head->'analyzers', '{}');
  key bytea := sha256(convert_to(told::text, 'UTF8'));
begin
  select id into new.analyzers from analyzer_sets where hash = key;
  if not found then
    insert into analyzer_sets (versions, hash) values (told, key) on conflict do nothing;
    select id into new.analyzers from analyzer_sets where hash = key;
  end if;
  return new;
end $$;
create trigger analyses_take_analyzers before insert or update of head on analyses
  for each row when (new.head is not null) execute function take_analyzers();
update analyses set head = head where head is not null;

-- Those of the last report: what Jobs have now.
create table current_analyzers (
  analyzers int not null references analyzer_sets,
  -- For some, the last version that wants other files than the one before.
  widened jsonb not null
);
create unique index current_analyzers_only on current_analyzers ((true));
`,
};
