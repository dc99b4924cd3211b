/**
 * The first schema: accounts, images, analyses and what they found, policies, verdicts, the door.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const first: Migration = {
  name: 'first',
  statements: `
create table accounts (
  name text primary key,
  type text not null check (type in ('user', 'admin', 'service')),
  state text not null default 'enabled' check (state in ('enabled', 'disabled', 'deleting')),
  email text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
insert into accounts (name, type, email) values ('admin', 'admin', 'admin@localhost');

create table users (
  name text primary key,
  account text not null references accounts on delete cascade,
  password_hash text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- What a registry served, exactly: shared by all accounts.
create table manifests (
  digest text primary key,
  media_type text not null,
  document bytea not null,
  config bytea not null,
  platform jsonb not null,
  compressed_size bigint not null,
  layer_count int not null,
  created_at timestamptz not null default now()
);

-- An account's record of an image.
create table images (
  account text not null references accounts on delete cascade,
  digest text not null references manifests,
  parent_digest text,
  image_id text not null,
  status text not null default 'active' check (status in ('active', 'deleting')),
  annotations jsonb not null default '{}',
  dockerfile text,
  -- Grows whenever something changes that a verdict depends on.
  revision int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account, digest)
);
create index images_parent on images (account, parent_digest) where parent_digest is not null;
create index images_id on images (account, image_id);
create index images_created on images (account, created_at);

-- Which image a tag named since when; the newest is the current one. An empty tag stands for an
-- image known by its digest alone.
create table tags (
  account text not null,
  registry text not null,
  repository text not null,
  tag text not null,
  digest text not null,
  -- As it was written when it was added, for instance docker.io/nginx:latest.
  fulltag text not null,
  detected_at timestamptz not null default clock_timestamp(),
  created_at timestamptz not null default now(),
  primary key (account, registry, repository, tag, digest),
  foreign key (account, digest) references images on delete cascade
);
create index tags_current on tags (account, registry, repository, tag, detected_at desc);
create index tags_digest on tags (account, digest);

-- One row per digest, whoever asks and however often.
create table analyses (
  digest text primary key references manifests on delete cascade,
  state text not null default 'not_analyzed'
    check (state in ('not_analyzed', 'analyzing', 'analyzed', 'analysis_failed')),
  -- 0 admission, 1 submitted, 2 watched, 3 re-analysis.
  lane smallint not null,
  account text not null,
  reference text not null,
  source jsonb not null,
  queued_at timestamptz not null default clock_timestamp(),
  run_after timestamptz not null default now(),
  -- Fences reports: grows with each launch.
  attempt int not null default 0,
  failures int not null default 0,
  lease_until timestamptz,
  launcher text,
  task text,
  token_hash bytea,
  access jsonb,
  progress jsonb,
  error_code text,
  error text,
  head jsonb,
  started_at timestamptz,
  analyzed_at timestamptz,
  updated_at timestamptz not null default now()
);
create index analyses_queue on analyses (lane, account, queued_at) where state = 'not_analyzed';
create index analyses_turns on analyses (account, started_at);
create index analyses_running on analyses (lease_until) where state = 'analyzing';
create unique index analyses_task on analyses (task) where task is not null;

create table packages (
  id uuid primary key,
  type text not null,
  name text not null,
  version text not null,
  details jsonb not null
);
create index packages_name on packages (name, type);

create table image_packages (
  digest text not null references analyses on delete cascade,
  package uuid not null references packages,
  location text not null,
  layer text not null,
  primary key (digest, package, location)
);
create index image_packages_package on image_packages (package);

-- Long lists of an image in compressed pieces (gzip of newline-delimited JSON).
create table documents (
  digest text not null references analyses on delete cascade,
  kind text not null,
  part int not null,
  body bytea not null,
  primary key (digest, kind, part)
);
alter table documents alter column body set storage external;

-- A reference that somebody wants and nobody has resolved yet.
create table requests (
  id bigint generated always as identity primary key,
  account text not null references accounts on delete cascade,
  reference text not null,
  lane smallint not null,
  state text not null default 'pending' check (state in ('pending', 'resolved', 'failed')),
  digest text,
  attempts int not null default 0,
  run_after timestamptz not null default now(),
  error_code text,
  error text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default now()
);
create unique index requests_pending on requests (account, reference) where state = 'pending';
create index requests_newest on requests (account, reference, id desc);

-- Hosts a registry redirects blobs to, as seen while resolving.
create table blob_hosts (
  registry text not null,
  host text not null,
  seen_at timestamptz not null default now(),
  primary key (registry, host)
);

create table bundles (
  account text not null references accounts on delete cascade,
  id text not null,
  name text not null default '',
  description text not null default '',
  document text not null,
  sha256 text not null,
  active boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account, id)
);
create unique index bundles_active on bundles (account) where active;

create table verdicts (
  account text not null,
  digest text not null,
  fulltag text not null,
  bundle text not null,
  -- What it was made from: it is stale when one of them has changed.
  bundle_sha256 text not null,
  image_revision int not null,
  action text not null check (action in ('go', 'warn', 'stop')),
  result text not null,
  evaluated_at timestamptz not null default now(),
  -- When an exception in it ends.
  expires_at timestamptz,
  primary key (account, digest, fulltag, bundle),
  foreign key (account, digest) references images on delete cascade
);

create table events (
  id uuid primary key default gen_random_uuid(),
  account text not null,
  type text not null,
  level text not null check (level in ('info', 'error')),
  resource_type text not null,
  resource text not null,
  message text not null,
  details jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp()
);
create index events_newest on events (account, created_at desc);

-- When a cluster first asked about an image it had to wait for: its hold is counted from there.
create table door_asks (
  cluster text not null,
  account text not null,
  reference text not null,
  first_asked_at timestamptz not null default clock_timestamp(),
  primary key (cluster, account, reference)
);
-- Questions that are being held now.
create table door_holds (
  cluster text not null,
  question text not null,
  last_asked_at timestamptz not null default clock_timestamp(),
  primary key (cluster, question)
);

create table certificates (
  name text primary key,
  certificate text not null,
  key text not null,
  created_at timestamptz not null default now()
);
`,
};
