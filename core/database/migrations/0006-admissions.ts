/**
 * What the door decided, what it goes on admitting, and what it knows of the clusters that ask.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const admissions: Migration = {
  name: 'admissions',
  statements: `
-- Decisions; those that are the same are one row with a count.
create table admissions (
  id text primary key,
  door text not null check (door in ('imagepolicy', 'admission')),
  cluster text not null,
  namespace text not null,
  account text not null,
  mode text not null,
  decision text not null,
  allowed boolean not null,
  reason text not null,
  -- Each image with what was known of it.
  images jsonb not null,
  -- Operation, object, user and whether it was a dry run, where the door is told.
  request jsonb not null default '{}',
  count int not null,
  first_at timestamptz not null,
  last_at timestamptz not null
);
create index admissions_newest on admissions (last_at desc, id);
create index admissions_account on admissions (account, last_at desc);

-- Sets of images that stay admitted in a namespace while pods with them live there.
create table admitted_sets (
  cluster text not null,
  namespace text not null,
  -- Hash of the sorted references.
  key text not null,
  source text not null check (source in ('admitted', 'baseline', 'unidentified', 'unreviewed')),
  -- Digests that may run, by reference; none known for an empty list.
  digests jsonb not null,
  admitted_at timestamptz not null default clock_timestamp(),
  -- As the watch on pods last counted them; null where it never saw one.
  pods int,
  -- Those of them that are finished or being deleted.
  ending int not null default 0,
  gone_at timestamptz,
  -- Digests that were seen running and are not those that were judged.
  differing jsonb not null default '[]',
  primary key (cluster, namespace, key)
);

create table clusters (
  name text primary key,
  -- When the sets that ran before were taken in.
  baseline_at timestamptz,
  -- Until when the watch on pods is known to have worked.
  watched_at timestamptz,
  -- Platforms of its nodes.
  platforms text[] not null default '{}',
  -- Hosts that are ready for analyses.
  hosts int
);

-- What an index of images offers, for clusters whose nodes have several platforms.
create table indexes (
  digest text primary key,
  manifests jsonb not null,
  created_at timestamptz not null default now()
);

-- When a registry was last asked whether a tag still names the same, and when a pod last wanted it.
alter table tags add column checked_at timestamptz;
alter table tags add column wanted_at timestamptz;
create index tags_wanted on tags (checked_at nulls first) where wanted_at is not null;

-- Who asked for what first, so that one namespace cannot fill the queue.
alter table door_asks add column namespace text not null default '';
create index door_asks_namespace on door_asks (cluster, namespace, first_asked_at);

-- Bearer tokens that name a cluster, in place of a client certificate.
create table door_tokens (
  hash bytea primary key,
  cluster text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);

-- Doors keep verdicts in memory: whatever those depend on tells them of each change, whoever makes it.
create function tell_doors() returns trigger language plpgsql as $$
declare
  changed record;
begin
  if tg_op = 'DELETE' then changed := old; else changed := new; end if;
  if tg_table_name = 'bundles' then
    perform pg_notify('door', 'account:' || changed.account);
  elsif tg_table_name = 'tags' then
    perform pg_notify('door', 'repository:' || changed.registry || '/' || changed.repository);
  else
    perform pg_notify('door', 'image:' || changed.digest);
  end if;
  return null;
end $$;
create trigger bundles_tell_doors after insert or delete or update of document, sha256, active
  on bundles for each row execute function tell_doors();
create trigger tags_tell_doors after insert or delete or update of fulltag, detected_at
  on tags for each row execute function tell_doors();
create trigger images_tell_doors after delete or update of revision, status
  on images for each row execute function tell_doors();
create trigger analyses_tell_doors after delete or update of state
  on analyses for each row execute function tell_doors();
`,
};
