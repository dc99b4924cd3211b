/**
 * Credentials of accounts for registries.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const registryCredentials: Migration = {
  name: 'registry-credentials',
  statements: `
create table registry_credentials (
  account text not null references accounts on delete cascade,
  -- A host, or a prefix of repositories, as its user wrote it.
  registry text not null,
  registry_user text not null,
  -- The password, encrypted with the key that key_id names.
  secret bytea not null,
  key_id text not null,
  registry_type text not null,
  registry_name text not null,
  registry_verify boolean not null,
  created_at timestamptz not null default now(),
  last_updated timestamptz not null default now(),
  primary key (account, registry)
);
`,
};
