/**
 * Credentials of accounts for registries, as they are stored: the password sealed.
 *
 * @module
 */
import type { Queryable } from '../database/connection.ts';

/** What is stored beside the password. */
export interface CredentialRecord {
  readonly account: string;
  /** The pattern, as its user wrote it. */
  readonly registry: string;
  readonly user: string;
  readonly type: string;
  readonly name: string;
  readonly verify: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** With the password, for those who log in with it. */
export interface SealedRecord extends CredentialRecord {
  readonly secret: Uint8Array;
  readonly keyId: string;
}

/** What is written. */
export type NewCredential = Omit<SealedRecord, 'createdAt' | 'updatedAt'>;

/** Credentials of an account, by registry; of one registry where that is given. */
export async function listCredentials(
  sql: Queryable,
  account: string,
  registry?: string,
): Promise<SealedRecord[]> {
  return await sql<SealedRecord[]>`
    select account, registry, registry_user as "user", secret, key_id as "keyId",
      registry_type as type, registry_name as name, registry_verify as verify,
      created_at as "createdAt", last_updated as "updatedAt"
    from registry_credentials
    where account = ${account} ${registry === undefined ? sql`` : sql`and registry = ${registry}`}
    order by registry`;
}

/** Adds credentials; false where the account has some for this registry. */
export async function insertCredential(sql: Queryable, added: NewCredential): Promise<boolean> {
  const rows = await sql`
    insert into registry_credentials (account, registry, registry_user, secret, key_id,
      registry_type, registry_name, registry_verify)
    values (${added.account}, ${added.registry}, ${added.user}, ${added.secret}, ${added.keyId},
      ${added.type}, ${added.name}, ${added.verify})
    on conflict do nothing returning registry`;
  return rows.length > 0;
}

/** Replaces credentials; false where there are none. */
export async function updateCredential(sql: Queryable, changed: NewCredential): Promise<boolean> {
  const rows = await sql`
    update registry_credentials set registry_user = ${changed.user}, secret = ${changed.secret},
      key_id = ${changed.keyId}, registry_type = ${changed.type}, registry_name = ${changed.name},
      registry_verify = ${changed.verify}, last_updated = now()
    where account = ${changed.account} and registry = ${changed.registry} returning registry`;
  return rows.length > 0;
}

/** Removes credentials; false where there are none. */
export async function deleteCredential(
  sql: Queryable,
  account: string,
  registry: string,
): Promise<boolean> {
  const rows = await sql`
    delete from registry_credentials
    where account = ${account} and registry = ${registry} returning registry`;
  return rows.length > 0;
}
