/**
 * Credentials of users: when each was set, which one the configuration has set last, what tokens are
 * signed with, and who has failed to log in.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const accounts: Migration = {
  name: 'accounts',
  statements: `
alter table users add column password_set_at timestamptz not null default now();
update users set password_set_at = updated_at;
-- Hash of the password that was last taken from the configuration: one that a person sets later stays.
alter table users add column configured_hash text;

-- An older core beside this one changes passwords, too.
create function note_password() returns trigger language plpgsql as $$
begin
  new.password_set_at := clock_timestamp();
  return new;
end $$;
create trigger users_note_password before update of password_hash on users
  for each row when (old.password_hash is distinct from new.password_hash)
  execute function note_password();
create index users_account on users (account);

-- What core has made up for itself, by its use.
create table secrets (
  name text primary key,
  value bytea not null,
  created_at timestamptz not null default now()
);

-- Logins that failed, by the hash of a user's name or of an address.
create table login_failures (
  key bytea primary key,
  failures int not null,
  last_at timestamptz not null default clock_timestamp(),
  blocked_until timestamptz
);
create index login_failures_age on login_failures (last_at);

-- Accounts that are being removed are looked for again and again.
create index accounts_deleting on accounts (name) where state = 'deleting';
`,
};
