/**
 * Logging in with name and password. All that is refused is refused the same way and costs the same,
 * so that nobody finds out which users there are.
 *
 * @module
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Sql } from '../database/connection.ts';
import type { Log } from '../log.ts';
import type { AccountType } from './accounts.ts';
import {
  type Attempt,
  blockedSeconds,
  forgiveAttempt,
  LOGIN_LIMITS,
  loginBlocked,
  type LoginLimits,
  takeAttempt,
} from './login-limits.ts';
import { hashPassword, randomPassword, verifyPassword } from './passwords.ts';
import { NO_PASSWORD } from './user-records.ts';
import type { Identity } from './users.ts';

/** Who has shown the right password, and the stored hash it was right for. */
export interface Login {
  readonly identity: Identity;
  readonly hash: string;
}

/** Checks name and password of somebody at an address. @throws TidewaiterError `login_blocked` (429) */
export type Logins = (
  user: string,
  password: string,
  address: string,
) => Promise<Login | undefined>;

/** Characters of a name that nobody has checked. */
const SHOWN = 128;
/** Of right passwords, and of wrong ones. */
const REMEMBERED = 1000;

/** A set that forgets all at once where it would grow beyond bounds. */
class Bounded {
  readonly #items = new Set<string>();

  has(item: string): boolean {
    return this.#items.has(item);
  }

  add(item: string): void {
    if (this.#items.size >= REMEMBERED) this.#items.clear();
    this.#items.add(item);
  }
}

interface Row {
  readonly hash: string | null;
  readonly account: string;
  readonly type: AccountType;
  readonly blocked: number | null;
}

/**
 * Makes the check. What an address has shown is remembered as a keyed hash beside the stored hash
 * it was right or wrong for: clients which poll do not cost a scrypt each time, one that goes on with
 * an old password is no guesser, and a changed password counts at once. Who was let in goes on
 * while others guess at its name from elsewhere.
 */
export function createLogins(
  sql: Sql,
  log: Log,
  limits: LoginLimits = LOGIN_LIMITS,
): Logins {
  const key = randomBytes(32);
  const right = new Bounded();
  const wrong = new Bounded();
  const underway = new Map<string, Promise<boolean>>();
  const nobody = hashPassword(randomPassword());

  async function check(attempt: Attempt, password: string, hash: string): Promise<boolean> {
    const isLast = await takeAttempt(sql, attempt, limits);
    if (!(await verifyPassword(password, hash))) {
      const { user, address } = attempt;
      if (isLast) log.warn('logins are blocked', { user: user.slice(0, SHOWN), address });
      return false;
    }
    await forgiveAttempt(sql, attempt);
    return true;
  }

  const hidden = (...shown: readonly string[]): string =>
    createHmac('sha256', key).update(JSON.stringify(shown)).digest('base64');

  async function isRight(attempt: Attempt, password: string, hash: string): Promise<boolean> {
    const { user, address } = attempt;
    const proof = hidden(address, user, password, hash);
    if (right.has(proof)) return true;
    if (wrong.has(proof)) return false;
    // Many who begin at the same time with the same password make one attempt, not many.
    const same = hidden(user, password, hash);
    const asked = underway.get(same) ??
      check(attempt, password, hash).finally(() => underway.delete(same));
    underway.set(same, asked);
    const answer = await asked;
    (answer ? right : wrong).add(proof);
    return answer;
  }

  return async (user, password, address) => {
    const name = user.replaceAll('\0', '\uFFFD');
    const [row] = await sql<Row[]>`
      select u.hash, u.account, u.type, ${blockedSeconds(sql, address)} as blocked
      from (values (1)) as one left join (
        select password_hash as hash, account, type
        from users join accounts on accounts.name = users.account
        where users.name = ${name} and accounts.state = 'enabled'
          and password_hash <> ${NO_PASSWORD}) u on true`;
    if (row === undefined) return undefined;
    if (row.blocked !== null) throw loginBlocked(row.blocked);
    // For whom there is not, a hash that nothing fits is checked: as slow as a wrong password.
    const isThere = row.hash !== null;
    const hash = row.hash ?? await nobody;
    if (!(await isRight({ user: name, address }, password, hash)) || !isThere) return undefined;
    const { account, type } = row;
    return { identity: { user, account, type, isAdmin: type === 'admin' }, hash };
  };
}
