/**
 * Analyses that are set aside, rules that set them aside, and analyses that were made elsewhere.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const archive: Migration = {
  name: 'archive',
  statements: `
-- What one analysis found, whole and compressed: shared by all accounts that keep it, and gone with
-- the last of them. It stands on nothing that is swept.
create table archived_analyses (
  id bigint generated always as identity primary key,
  digest text not null references manifests,
  -- Of which analysis: a digest may be analysed again.
  analyzed_at timestamptz not null,
  first_analyzed_at timestamptz not null,
  head jsonb not null,
  -- Bytes of its documents.
  size bigint not null default 0,
  unique (digest, analyzed_at)
);
create table archived_documents (
  analysis bigint not null references archived_analyses on delete cascade,
  kind text not null,
  part int not null,
  body bytea not null,
  primary key (analysis, kind, part)
);
alter table archived_documents alter column body set storage external;

-- What an account knew of an image that it has set aside.
create table archived_images (
  account text not null references accounts on delete cascade,
  digest text not null references manifests,
  analysis bigint not null references archived_analyses,
  parent_digest text,
  image_id text not null,
  annotations jsonb not null,
  dockerfile text,
  -- Where a Job would read it from.
  reference text not null,
  source jsonb not null,
  added_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account, digest)
);
create index archived_images_analysis on archived_images (analysis);
create index archived_images_parent on archived_images (account, parent_digest)
  where parent_digest is not null;
-- With the last account that keeps an analysis it goes, whoever removes the account or its image. It is
-- locked before it is asked who has it: who archives it meanwhile waits, or is seen.
create function release_analysis() returns trigger language plpgsql as $$
begin
  perform from archived_analyses where id = old.analysis for update;
  delete from archived_analyses a where a.id = old.analysis
    and not exists (select from archived_images i where i.analysis = a.id);
  return null;
end $$;
create trigger archived_images_release after delete or update of analysis on archived_images
  for each row execute function release_analysis();
create table archived_tags (
  account text not null,
  registry text not null,
  repository text not null,
  tag text not null,
  digest text not null,
  fulltag text not null,
  detected_at timestamptz not null,
  created_at timestamptz not null,
  primary key (account, registry, repository, tag, digest),
  foreign key (account, digest) references archived_images on delete cascade
);
create index archived_tags_digest on archived_tags (account, digest);

-- The account that has brought an analysis from elsewhere: it counts there alone, as nobody else can
-- tell whether it is true. Null for what a Job has found.
alter table analyses add column imported_by text;
alter table archived_analyses add column imported_by text;
-- Whoever else adds the image has it analysed, whichever core it asks and however it comes in: the
-- import goes, and its account waits with them. Who imports holds the manifest, which this row refers
-- to: of the two, one sees the other.
create function distrust_import() returns trigger language plpgsql as $$
begin
  delete from analyses
  where digest = new.digest and imported_by is not null and imported_by <> new.account;
  return null;
end $$;
create trigger images_distrust_import after insert on images
  for each row execute function distrust_import();
-- A Job's report in its place is one.
create function forget_import() returns trigger language plpgsql as $$
begin
  new.imported_by := null;
  return new;
end $$;
create trigger analyses_forget_import before update of head on analyses
  for each row when (old.imported_by is not null and old.head is distinct from new.head)
  execute function forget_import();

create table import_operations (
  id uuid primary key,
  account text not null references accounts on delete cascade,
  state text not null default 'pending'
    check (state in ('pending', 'queued', 'processing', 'complete', 'failed', 'expired')),
  digest text,
  error text,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index import_operations_account on import_operations (account, created_at);
create index import_operations_end on import_operations (expires_at);
-- What was uploaded for it, compressed; gone with its end.
create table import_contents (
  operation uuid not null references import_operations on delete cascade,
  kind text not null,
  -- Hex of the SHA-256 of what was uploaded.
  digest text not null,
  body bytea not null,
  created_at timestamptz not null default now(),
  primary key (operation, kind, digest)
);
alter table import_contents alter column body set storage external;

create table archive_rules (
  id text primary key,
  account text not null references accounts on delete cascade,
  transition text not null check (transition in ('archive', 'delete')),
  -- Whether it holds for all accounts.
  system_global boolean not null,
  -- Registry, repository and tag, with asterisks for any text.
  selector jsonb not null,
  exclude jsonb not null,
  exclude_days int not null,
  age_days int not null,
  newer_versions int not null,
  most_images int,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index archive_rules_account on archive_rules (account, created_at);
-- Several would work against each other.
create unique index archive_rules_most_images on archive_rules ((true))
  where most_images is not null;
`,
};
