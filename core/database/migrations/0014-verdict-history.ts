/**
 * What became of verdicts over time, and which exceptions somebody was warned of.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const verdictHistory: Migration = {
  name: 'verdict-history',
  statements: `
create table verdict_history (
  id bigint generated always as identity primary key,
  account text not null,
  digest text not null,
  fulltag text not null,
  bundle text not null,
  bundle_sha256 text not null,
  action text not null,
  -- Why the verdict was made.
  cause text not null,
  evaluated_at timestamptz not null,
  -- Findings that came and went, the first of them.
  appeared jsonb not null,
  disappeared jsonb not null,
  appeared_count int not null,
  disappeared_count int not null,
  foreign key (account, digest) references images on delete cascade
);
create index verdict_history_image on verdict_history (account, digest, id);
create index verdict_history_age on verdict_history (evaluated_at);

-- Exceptions of bundles, by what makes them the same one, of whose end was warned.
create table exception_warnings (
  account text not null references accounts on delete cascade,
  bundle text not null,
  whitelist text not null,
  item text not null,
  expires_on timestamptz not null,
  warned_at timestamptz not null default now(),
  -- Once the end has come and was told of.
  ended_at timestamptz,
  primary key (account, bundle, whitelist, item, expires_on)
);
`,
};
