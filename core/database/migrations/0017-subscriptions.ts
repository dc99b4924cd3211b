/**
 * What accounts want to be told of tags and repositories, and what was last seen of each.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const subscriptions: Migration = {
  name: 'subscriptions',
  statements: `
create table subscriptions (
  account text not null references accounts on delete cascade,
  -- MD5 of account, key and type: clients of the original know subscriptions by it. It tells those
  -- of one account apart, not those of all.
  id text not null,
  type text not null check (type in
    ('policy_eval', 'tag_update', 'vuln_update', 'analysis_update', 'repo_update')),
  -- As it was given: docker.io/nginx:latest.
  key text not null,
  -- The same as the catalog finds it; no tag for a repository.
  registry text not null,
  repository text not null,
  tag text not null,
  value text,
  active boolean not null,
  -- When it was last looked at, and what was seen then; nothing before the first time.
  checked_at timestamptz,
  seen jsonb,
  -- Why it could not be looked at; null when it could.
  failure text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account, id)
);
-- Two spellings of a tag are one.
create unique index subscriptions_target
  on subscriptions (account, registry, repository, tag, type);
create index subscriptions_due on subscriptions (type, checked_at nulls first) where active;
`,
};
