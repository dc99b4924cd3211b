/**
 * Notifications that wait for their delivery.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const notifications: Migration = {
  name: 'notifications',
  statements: `
create table if not exists notifications (
  id bigint generated always as identity primary key,
  account text not null,
  type text not null,
  subscription_key text not null,
  payload jsonb not null,
  created_at timestamptz not null default now()
);
`,
};
