/**
 * How often a login may fail: counted in Postgres, so that all cores count together, by user and by
 * the address it comes from. An attempt is counted before it is checked: who tries many at once gets
 * no more of them.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Sql } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';

/** Failures that may be, and what follows them. */
export interface LoginLimits {
  /** Of one user, whether there is one of that name or not. */
  readonly user: number;
  /** From one address, which people behind a proxy share. */
  readonly address: number;
  /** The first block; each further failure doubles it. */
  readonly blockSeconds: number;
  readonly longestSeconds: number;
  /** Failures are forgotten after so long without another one; longer than any block. */
  readonly windowSeconds: number;
}

export const LOGIN_LIMITS: LoginLimits = {
  user: 10,
  address: 50,
  blockSeconds: 60,
  longestSeconds: 900,
  windowSeconds: 3600,
};

/** What is counted: names and addresses of any length, and passwords typed as names, leave a hash. */
function keyOf(kind: 'user' | 'address', name: string): Buffer {
  return createHash('sha256').update(`${kind}\0${name}`).digest();
}

/**
 * The network that an address stands for: of IPv6 the first half, since who has one address has all
 * of them.
 */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const after = (tail ?? '').split(':').filter((group) => group !== '');
  // A dotted end stands for two groups.
  const length = groups.length + after.length + (plain.includes('.') ? 1 : 0);
  const gap = tail === undefined ? 0 : 8 - length;
  const all = [...groups, ...Array.from({ length: gap }, () => '0'), ...after];
  return all.slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(':');
}

/** The refusal of whoever has failed too often. */
export function loginBlocked(seconds: number): TidewaiterError {
  const wait = Math.max(1, Math.ceil(seconds));
  return new TidewaiterError(
    'login_blocked',
    429,
    `Too many logins have failed for this user or from this address: try again in ${wait} seconds.`,
    { detail: { retry_after: wait } },
  );
}

/** Who tries to log in. */
export interface Attempt {
  readonly user: string;
  readonly address: string;
}

/** For a statement: seconds that an address is still blocked, null if it is not. */
export function blockedSeconds(sql: Sql, address: string) {
  return sql`(
    select extract(epoch from blocked_until - clock_timestamp())::float from login_failures
    where key = ${keyOf('address', networkOf(address))} and blocked_until > clock_timestamp())`;
}

/**
 * Counts an attempt as failed until it is forgiven. True where it is the last one before a block.
 *
 * @throws TidewaiterError `login_blocked` (429)
 */
export async function takeAttempt(
  sql: Sql,
  { user, address }: Attempt,
  limits: LoginLimits = LOGIN_LIMITS,
): Promise<boolean> {
  // The address first: who guesses at a user that is blocked runs into its own limit.
  const ofAddress = await take(sql, keyOf('address', networkOf(address)), limits.address, limits);
  const ofUser = await take(sql, keyOf('user', user), limits.user, limits);
  return ofAddress || ofUser;
}

async function take(sql: Sql, key: Buffer, most: number, limits: LoginLimits): Promise<boolean> {
  const { blockSeconds, longestSeconds, windowSeconds } = limits;
  const forgotten = sql`f.last_at < clock_timestamp() - make_interval(secs => ${windowSeconds})`;
  const [taken] = await sql<{ isLast: boolean }[]>`
    insert into login_failures as f (key, failures) values (${key}, 1)
    on conflict (key) do update set
      failures = case when ${forgotten} then 1 else f.failures + 1 end,
      last_at = clock_timestamp(),
      blocked_until = case when not ${forgotten} and f.failures + 1 >= ${most}
        then clock_timestamp() + make_interval(secs => least(${longestSeconds}::float,
          ${blockSeconds}::float * power(2, least(20, f.failures + 1 - ${most})))) end
    where f.blocked_until is null or f.blocked_until <= clock_timestamp()
    returning blocked_until is not null as "isLast"`;
  if (taken !== undefined) return taken.isLast;
  const [row] = await sql<{ seconds: number }[]>`
    select extract(epoch from blocked_until - clock_timestamp())::float as seconds
    from login_failures where key = ${key}`;
  throw loginBlocked(row?.seconds ?? 1);
}

/** Takes an attempt back that has not failed: the user begins anew, the address is where it was. */
export async function forgiveAttempt(sql: Sql, { user, address }: Attempt): Promise<void> {
  await sql`delete from login_failures where key = ${keyOf('user', user)}`;
  await sql`
    update login_failures set failures = greatest(0, failures - 1), blocked_until = null
    where key = ${keyOf('address', networkOf(address))}`;
}

/** Forgets failures nobody counts any more. */
export async function forgetFailures(sql: Sql): Promise<void> {
  await sql`
    delete from login_failures
    where last_at < now() - make_interval(secs => ${LOGIN_LIMITS.windowSeconds})`;
}
