/**
 * Users of accounts and their passwords, as they are stored.
 *
 * @module
 */
import type { Queryable } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';

/** The user that is always there. */
export const ADMIN_USER = 'admin';

/** Stored where a user has no password: no hash, so that nothing fits it. */
export const NO_PASSWORD = '!';

export interface UserRecord {
  readonly name: string;
  readonly account: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When the password was set; null where there is none. */
  readonly passwordSetAt: Date | null;
}

/** Users of an account by name; one of them where that is given. */
export async function listUsers(
  sql: Queryable,
  account: string,
  name?: string,
): Promise<UserRecord[]> {
  return await sql<UserRecord[]>`
    select name, account, created_at as "createdAt", updated_at as "updatedAt",
      case when password_hash <> ${NO_PASSWORD} then password_set_at end as "passwordSetAt"
    from users where account = ${account} ${name === undefined ? sql`` : sql`and name = ${name}`}
    order by name`;
}

/** @throws TidewaiterError `user_not_found` (404) */
export async function userOf(sql: Queryable, account: string, name: string): Promise<UserRecord> {
  const [row] = await listUsers(sql, account, name);
  return row ?? unknown(account, name);
}

function unknown(account: string, name: string): never {
  throw new TidewaiterError(
    'user_not_found',
    404,
    `There is no user ${name} in the account ${account}.`,
  );
}

/** Adds a user. @throws TidewaiterError `user_exists` (409): names are the same for all accounts */
export async function addUser(
  sql: Queryable,
  account: string,
  name: string,
  hash: string,
): Promise<void> {
  const rows = await sql`
    insert into users (name, account, password_hash) values (${name}, ${account}, ${hash})
    on conflict (name) do nothing returning name`;
  if (rows.length > 0) return;
  throw new TidewaiterError(
    'user_exists',
    409,
    `There is a user ${name} already, in this account or another one: choose another name.`,
  );
}

/** Removes a user. @throws TidewaiterError `user_not_found` (404) */
export async function deleteUser(sql: Queryable, account: string, name: string): Promise<void> {
  const rows = await sql`
    delete from users where account = ${account} and name = ${name} returning name`;
  if (rows.length === 0) unknown(account, name);
}

/** Sets a password by its hash, or takes it away. @throws TidewaiterError `user_not_found` (404) */
export async function setPassword(
  sql: Queryable,
  account: string,
  name: string,
  hash: string = NO_PASSWORD,
): Promise<void> {
  const rows = await sql`
    update users set password_hash = ${hash}, updated_at = now()
    where account = ${account} and name = ${name} returning name`;
  if (rows.length === 0) unknown(account, name);
}
