/**
 * How sources of feeds are kept up to date, and what is switched off of them.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const feedSync: Migration = {
  name: 'feed-sync',
  statements: `
-- Feeds as clients of the original know them: all groups are those of one.
create table feeds (
  name text primary key,
  switched boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
insert into feeds (name) values ('vulnerabilities');

create table feed_sources (
  name text primary key,
  format text not null,
  -- For people: without login.
  url text not null,
  -- Hash of what decides what its validators are good for.
  identity text not null,
  -- Whether the settings have it.
  configured boolean not null default true,
  -- Whether an administrator has left it on.
  switched boolean not null default true,
  state text not null default 'idle' check (state in ('idle', 'loading', 'failed')),
  progress jsonb,
  -- One after the other; a sync counts as failed until it has ended well.
  failures int not null default 0,
  error_code text,
  error text,
  began_at timestamptz,
  ended_at timestamptz,
  -- When all of it was as it is at the source.
  checked_at timestamptz,
  -- How many syncs were asked for, and up to which of them they are done.
  asked int not null default 0,
  answered int not null default 0,
  asked_anew boolean not null default false,
  asked_shrink boolean not null default false,
  -- How the last sync went, by group.
  outcome jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- A group is enabled, and counts for matching, if nothing of this says no: the administrator for the
-- group, its source or the whole feed, and the settings.
alter table feed_groups
  add column switched boolean not null default true,
  add column configured boolean not null default true;
`,
};
