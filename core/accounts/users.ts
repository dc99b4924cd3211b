/**
 * Who somebody is, and the user that is always there.
 *
 * @module
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sql } from '../database/connection.ts';
import type { AccountType } from './accounts.ts';
import { hashPassword, randomPassword, verifyPassword } from './passwords.ts';

export interface Identity {
  readonly user: string;
  readonly account: string;
  /** Of that account: what the user may do. */
  readonly type: AccountType;
  readonly isAdmin: boolean;
}

/** File in a local core's data folder that holds the password it made up for itself. */
export function passwordFile(dataDir: string): string {
  return join(dataDir, 'admin-password');
}

/** The password a local core made up, if it did and this user may read it. */
export function readPasswordFile(dataDir: string): string | undefined {
  try {
    return readFileSync(passwordFile(dataDir), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/**
 * Makes sure that the user `admin` exists with the configured password, or with a random one, made
 * once. Returns the random one when it was made now.
 */
export async function ensureAdmin(
  sql: Sql,
  configured: string | undefined,
  dataDir: string | undefined,
): Promise<string | undefined> {
  const [admin] = await sql<{ hash: string; configured: string | null }[]>`
    select password_hash as hash, configured_hash as configured from users where name = 'admin'`;
  if (admin !== undefined) {
    if (configured !== undefined) await configure(sql, configured, admin);
    return undefined;
  }
  const password = configured ?? randomPassword();
  const hash = await hashPassword(password);
  return await sql.begin(async (tx) => {
    const made = await tx`
      insert into users (name, account, password_hash, configured_hash)
      values ('admin', 'admin', ${hash}, ${configured === undefined ? null : hash})
      on conflict (name) do nothing returning name`;
    if (configured !== undefined || made.length === 0) return undefined;
    // Before the user is there for good: a start that is killed in between begins anew.
    if (dataDir !== undefined) writePasswordFile(dataDir, password);
    return password;
  });
}

/** Takes a configured password unless it was taken before: what a person has set since then stays. */
async function configure(
  sql: Sql,
  password: string,
  admin: { readonly hash: string; readonly configured: string | null },
): Promise<void> {
  if (admin.configured !== null && await verifyPassword(password, admin.configured)) return;
  const isSet = await verifyPassword(password, admin.hash);
  const hash = isSet ? admin.hash : await hashPassword(password);
  await sql`
    update users set password_hash = ${hash}, configured_hash = ${hash}, updated_at = now()
    where name = 'admin'`;
}

function writePasswordFile(dataDir: string, password: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // The mode counts for new files only.
  rmSync(passwordFile(dataDir), { force: true });
  writeFileSync(passwordFile(dataDir), `${password}\n`, { mode: 0o600 });
}
