/**
 * What feeds say of vulnerabilities.
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
`,
};
