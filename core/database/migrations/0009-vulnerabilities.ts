/**
 * What feeds say of vulnerabilities, and what that means for packages.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const vulnerabilities: Migration = {
  name: 'vulnerabilities',
  statements: `
-- Parts of a source that are loaded on their own. What a loading has made counts as a whole or not
-- at all; the number of such loadings is the generation.
create table feed_groups (
  id int generated always as identity primary key,
  source text not null,
  name text not null,
  format text not null,
  enabled boolean not null default true,
  generation int not null default 0,
  records int not null default 0,
  unreadable int not null default 0,
  -- Some of those, with the reason of each.
  unreadable_examples jsonb not null default '[]',
  -- By which the source tells that a file has not changed.
  validators jsonb not null default '{}',
  -- Of its newest record, never later than when it was loaded.
  newest timestamptz,
  loaded_at timestamptz,
  checked_at timestamptz,
  state text not null default 'idle' check (state in ('idle', 'loading', 'failed')),
  progress jsonb,
  error_code text,
  error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (source, name)
);

-- Grows with each change of what feeds say: whoever has matched before it must look again.
create table feed_epoch (
  single boolean primary key default true check (single),
  number bigint not null default 0
);
insert into feed_epoch default values;

create table advisories (
  id bigint generated always as identity primary key,
  feed int not null references feed_groups on delete cascade,
  key text not null,
  vulnerability text not null,
  -- All its names with the one above.
  names text[] not null,
  hash bytea not null,
  -- The record without its statements.
  body jsonb not null,
  unique (feed, key)
);
create index advisories_names on advisories using gin (names);

create table statements (
  advisory bigint not null references advisories on delete cascade,
  namespace text not null,
  package text not null,
  body jsonb not null
);
create index statements_package on statements (namespace, package);
create index statements_advisory on statements (advisory);

-- Records of feeds that are about no package: exploited vulnerabilities, ends of life and so on.
create table feed_facts (
  feed int not null references feed_groups on delete cascade,
  key text not null,
  kind text not null,
  -- What it is looked up by: a vulnerability, a product, a repository.
  name text not null,
  hash bytea not null,
  body jsonb not null,
  primary key (feed, key)
);
create index feed_facts_name on feed_facts (kind, name);

-- What a loading has read and not made valid yet; what a dead one has left is of no use.
create unlogged table feed_staging (
  feed int not null references feed_groups on delete cascade,
  load uuid not null,
  key text not null,
  hash bytea not null,
  record jsonb not null,
  primary key (feed, load, key)
);

-- What matching depends on beside the package: the distribution of the image.
create table match_contexts (
  id int generated always as identity primary key,
  distribution jsonb not null unique
);
-- Null until the packages of the analysis are matched.
alter table analyses add column context int references match_contexts;

-- A package in a context was matched, once for all images that have it there.
create table package_matches (
  id bigint generated always as identity primary key,
  package uuid not null references packages on delete cascade,
  context int not null references match_contexts,
  -- Whether a package of the distribution brought it.
  owned boolean not null,
  matched_at timestamptz not null default now(),
  unique (package, context, owned)
);
create index package_matches_context on package_matches (context);
-- Under which names statements about it are looked for.
create table package_match_keys (
  namespace text not null,
  package text not null,
  match bigint not null references package_matches on delete cascade,
  primary key (namespace, package, match)
);
create index package_match_keys_match on package_match_keys (match);
-- To be matched again, because statements have changed.
create table stale_matches (
  match bigint primary key references package_matches on delete cascade
);

create table findings (
  match bigint not null references package_matches on delete cascade,
  vulnerability text not null,
  names text[] not null,
  -- 0 unknown, 1 negligible, 2 low, 3 medium, 4 high, 5 critical.
  severity smallint not null,
  state text not null,
  -- Why it does not count; null if it does.
  suppressed text,
  body jsonb not null,
  first_seen_at timestamptz not null default now(),
  -- When there was a fix for the first time.
  fix_seen_at timestamptz,
  primary key (match, vulnerability)
);
create index findings_names on findings using gin (names);
`,
};
