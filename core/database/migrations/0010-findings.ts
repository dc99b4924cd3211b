/**
 * Packages of images in sets that many images share, and what is found in each package.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const findings: Migration = {
  name: 'findings',
  statements: `
-- Short for the digest in the tables that have most rows: of the manifest, which comes first.
alter table manifests add column number int generated always as identity;
create function take_number() returns trigger language plpgsql as $$
begin
  new.number := (select number from manifests where digest = new.digest);
  return new;
end $$;
alter table analyses add column number int;
update analyses a set number = m.number from manifests m where m.digest = a.digest;
alter table analyses alter column number set not null;
create unique index analyses_number on analyses (number);
create trigger analyses_take_number before insert on analyses
  for each row execute function take_number();
alter table images add column number int;
update images i set number = m.number from manifests m where m.digest = i.digest;
alter table images alter column number set not null;
create index images_number on images (account, number);
create trigger images_take_number before insert on images
  for each row execute function take_number();
-- Findings count as seen in an image from then on, however often it is analysed again.
alter table analyses add column first_analyzed_at timestamptz;
update analyses set first_analyzed_at = analyzed_at;

create table layers (
  id int generated always as identity primary key,
  digest text not null unique
);

-- What decides beside a package itself which vulnerabilities it has.
create table contexts (
  id int generated always as identity primary key,
  distribution jsonb not null unique,
  -- Whether its release was past its end of life when packages were last matched.
  ended boolean not null default false
);
-- Namespaces of the statements that a group has.
alter table feed_groups add column namespaces text[] not null default '{}';
update feed_groups g set namespaces = coalesce((
  select array_agg(distinct s.namespace)
  from advisories a join statements s on s.advisory = a.id where a.feed = g.id), '{}');

-- A package under a distribution, as a part of one of its packages or of none: what is found in it
-- is the same in every image.
create table subjects (
  id int generated always as identity primary key,
  -- Hash of what follows.
  key bytea not null unique,
  package uuid not null references packages,
  context int not null references contexts,
  -- Name of the distribution's package that brought it, and those packages of that name.
  owner text,
  owners uuid[] not null,
  -- Whether something has changed since it was matched.
  stale boolean not null default true,
  matched_at timestamptz
);
create index subjects_package on subjects (package);
create index subjects_stale on subjects (id) where stale;

-- A piece of the packages of a layer, known by its content: images that share most of their packages
-- share most of their sets.
create table package_sets (
  id int generated always as identity primary key,
  key bytea not null unique,
  used_at timestamptz not null default now()
);
create table package_set_members (
  set int not null references package_sets on delete cascade,
  subject int not null references subjects,
  location text not null
);
create index package_set_members_set on package_set_members (set);
create index package_set_members_subject on package_set_members (subject, set);

create table image_sets (
  image int not null references analyses (number) on delete cascade,
  set int not null references package_sets,
  layer int not null references layers,
  primary key (image, set, layer)
);
create index image_sets_set on image_sets (set, image);

-- Names that were looked up to match a subject; with an empty package, that its feed exists.
create table subject_keys (
  subject int not null references subjects on delete cascade,
  namespace text not null,
  package text not null
);
create index subject_keys_package on subject_keys (namespace, package);
create index subject_keys_subject on subject_keys (subject);

create table findings (
  subject int not null references subjects on delete cascade,
  vulnerability text not null,
  -- All its names with the one above.
  names text[] not null,
  -- Place in the list of severities, 0 for unknown.
  severity smallint not null,
  -- Why it does not count; null where it does.
  suppression text,
  body jsonb not null,
  first_seen_at timestamptz not null,
  -- Since when a fix is known.
  fix_seen_at timestamptz,
  primary key (subject, vulnerability)
);
create index findings_names on findings using gin (names);

-- Grows with every change of what feeds say: what was read before it is of no use.
create table feed_epoch (epoch bigint not null);
insert into feed_epoch values (0);

-- Images in which something is found that was not before, or no longer: their verdicts are old.
create table images_to_judge (
  image int primary key references analyses (number) on delete cascade,
  -- How often that was noted: what is noted while a verdict is made is not lost with the row.
  notes int not null default 1
);

-- An older core goes on writing packages image by image; they are put into sets when they are read.
alter table image_packages rename to unsorted_packages;
create view image_packages as
  select a.digest, s.package, m.location, l.digest as layer, s.owner
  from analyses a
  join image_sets i on i.image = a.number
  join layers l on l.id = i.layer
  join package_set_members m on m.set = i.set
  join subjects s on s.id = m.subject
  union all
  select digest, package, location, layer, owner from unsorted_packages;
create function change_image_packages() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into unsorted_packages (digest, package, location, layer, owner)
    values (new.digest, new.package, new.location, new.layer, new.owner);
    return new;
  end if;
  delete from unsorted_packages where digest = old.digest;
  delete from image_sets i using analyses a where a.number = i.image and a.digest = old.digest;
  return old;
end $$;
create trigger image_packages_change instead of insert or delete on image_packages
  for each row execute function change_image_packages();
`,
};
