/**
 * The outbox of notifications, and the log of events for lists of millions.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const notifications: Migration = {
  name: 'notifications',
  statements: `
-- What is to be sent to webhooks, in the order of its numbers for each account, type and key.
create table notifications (
  number bigint generated always as identity primary key,
  id uuid not null default gen_random_uuid(),
  account text not null,
  type text not null,
  key text not null,
  payload jsonb not null,
  state text not null default 'pending' check (state in ('pending', 'sent', 'dropped')),
  tries int not null default 0,
  run_after timestamptz not null default now(),
  error text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create index notifications_pending on notifications (type, account, key, number)
  where state = 'pending';
create index notifications_over on notifications (updated_at) where state <> 'pending';
create index notifications_account on notifications (account);

-- Whether an event was looked at for webhooks; those of before are not sent.
alter table events add column told boolean not null default true;
alter table events alter column told set default false;
create index events_untold on events (created_at) where not told;

-- Pages are counted in the index alone.
create index events_pages on events (account, created_at desc, id desc);
create index events_types on events (account, type, created_at desc);
create index events_resources on events (account, resource, created_at desc);
create index events_errors on events (account, created_at desc, id desc) where level = 'error';
`,
};
