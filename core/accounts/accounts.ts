/**
 * Accounts: who owns images, policies and users. Deleting one takes its users at once; all else it
 * has goes in the background.
 *
 * @module
 */
import type { Queryable, Transaction } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';

/** What an account's users are: administrators, services, or people who see their account alone. */
export const ACCOUNT_TYPES = ['admin', 'service', 'user'] as const;
export type AccountType = (typeof ACCOUNT_TYPES)[number];

export const ACCOUNT_STATES = ['enabled', 'disabled', 'deleting'] as const;
export type AccountState = (typeof ACCOUNT_STATES)[number];

/** The account that is always there. */
export const ADMIN = 'admin';

/** Names of the original's own accounts, which clients never see and nobody can have. */
const RESERVED: readonly string[] = ['anchore-system'];

export interface AccountRecord {
  readonly name: string;
  readonly type: AccountType;
  readonly state: AccountState;
  readonly email: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Accounts by name; those in one state where that is given. */
export async function listAccounts(
  sql: Queryable,
  state?: AccountState,
): Promise<AccountRecord[]> {
  return await sql<AccountRecord[]>`
    select name, type, state, email, created_at as "createdAt", updated_at as "updatedAt"
    from accounts ${state === undefined ? sql`` : sql`where state = ${state}`} order by name`;
}

/** @throws TidewaiterError `account_not_found` (404) */
export async function accountOf(sql: Queryable, name: string): Promise<AccountRecord> {
  const [row] = await select(sql, name);
  return row ?? unknown(name);
}

function unknown(name: string): never {
  throw new TidewaiterError('account_not_found', 404, `There is no account ${name}.`);
}

async function select(sql: Queryable, name: string, lock = false): Promise<AccountRecord[]> {
  return await sql<AccountRecord[]>`
    select name, type, state, email, created_at as "createdAt", updated_at as "updatedAt"
    from accounts where name = ${name} ${lock ? sql`for update` : sql``}`;
}

/** Adds an account of the type `user`. @throws TidewaiterError `account_exists` (400) */
export async function addAccount(
  sql: Queryable,
  name: string,
  email: string | null,
): Promise<void> {
  const rows = RESERVED.includes(name) ? [] : await sql`
    insert into accounts (name, type, email) values (${name}, 'user', ${email})
    on conflict do nothing returning name`;
  if (rows.length > 0) return;
  throw new TidewaiterError(
    'account_exists',
    400,
    `There is an account ${name} already, or it is still being deleted: choose another name.`,
  );
}

/** The account for a change of it: nobody else changes it before the transaction ends. */
async function changeable(tx: Transaction, name: string): Promise<AccountRecord> {
  const [account] = await select(tx, name, true);
  if (account === undefined) return unknown(name);
  if (account.type !== 'admin') return account;
  throw new TidewaiterError(
    'account_protected',
    409,
    `The account ${name} can be neither disabled nor deleted: without it nobody could administrate.`,
  );
}

/** The account for a change of its users. @throws TidewaiterError `account_not_found`, `account_deleting` */
export async function peopledAccount(tx: Transaction, name: string): Promise<AccountRecord> {
  const [account] = await select(tx, name, true);
  if (account === undefined) return unknown(name);
  if (account.state === 'deleting') throw deleting(name);
  return account;
}

function deleting(name: string): TidewaiterError {
  return new TidewaiterError(
    'account_deleting',
    409,
    `Invalid account state change requested: the account ${name} is being deleted.`,
  );
}

/** Enables or disables an account; false if it was so already. */
export async function setAccountState(
  tx: Transaction,
  name: string,
  state: 'enabled' | 'disabled',
): Promise<boolean> {
  const account = await changeable(tx, name);
  if (account.state === 'deleting') throw deleting(name);
  if (account.state === state) return false;
  await tx`update accounts set state = ${state}, updated_at = now() where name = ${name}`;
  return true;
}

/**
 * Begins to delete an account that is disabled; the names of its users, who are gone. Undefined if
 * it is being deleted already.
 *
 * @throws TidewaiterError `account_not_found`, `account_protected`, `account_enabled` (409)
 */
export async function beginRemoval(
  tx: Transaction,
  name: string,
): Promise<readonly string[] | undefined> {
  const account = await changeable(tx, name);
  if (account.state === 'deleting') return undefined;
  if (account.state === 'enabled') {
    throw new TidewaiterError(
      'account_enabled',
      409,
      `Invalid account state change requested: disable the account ${name} before you delete it.`,
    );
  }
  const users = await tx<{ name: string }[]>`
    delete from users where account = ${name} returning name`;
  await tx`update accounts set state = 'deleting', updated_at = now() where name = ${name}`;
  await tx`select pg_notify('tidewaiter', 'accounts')`;
  return users.map((user) => user.name).sort();
}
