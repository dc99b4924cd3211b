import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLogins, type Logins } from '../../../core/accounts/login.ts';
import { LOGIN_LIMITS } from '../../../core/accounts/login-limits.ts';
import { hashPassword } from '../../../core/accounts/passwords.ts';
import { NO_PASSWORD, setPassword } from '../../../core/accounts/user-records.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { quiet, testDatabase } from '../../support/postgres.ts';
import { addAccount } from '../catalog/samples.ts';

const HERE = '192.0.2.1';
const ELSEWHERE = '198.51.100.7';
const ADA = { user: 'ada', account: 'team', type: 'user', isAdmin: false };

let sql: Sql;
let hash: string;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  await addAccount(sql, 'team');
  hash = await hashPassword('right-one');
});
beforeEach(async () => {
  await sql`delete from login_failures`;
  await sql`delete from users`;
  await sql`update accounts set state = 'enabled'`;
  await sql`
    insert into users (name, account, password_hash) values
      ('ada', 'team', ${hash}), ('bare', 'team', ${NO_PASSWORD})`;
});

/** What a login says: who it is, `refused`, or `blocked` with the seconds to wait. */
async function said(logins: Logins, user: string, password: string, address = HERE) {
  try {
    return (await logins(user, password, address))?.identity ?? 'refused';
  } catch (error) {
    expect(error).toMatchObject({ code: 'login_blocked', status: 429 });
    const { detail } = error as { detail: { retry_after: number } };
    return { blocked: detail.retry_after };
  }
}

async function failures(): Promise<number> {
  const [row] = await sql<{ sum: number }[]>`
    select coalesce(sum(failures), 0)::int as sum from login_failures`;
  return row?.sum ?? 0;
}

describe('a login', () => {
  it('knows who shows the right password, and in which account', async () => {
    expect(await said(createLogins(sql, quiet), 'ada', 'right-one')).toEqual(ADA);
  });

  it.each([
    ['a wrong password', 'ada', 'wrong-one'],
    ['the password with more', 'ada', 'right-one '],
    ['no password', 'ada', ''],
    ['an endless password', 'ada', 'x'.repeat(2000)],
    ['another case', 'ADA', 'right-one'],
    ['an unknown user', 'eve', 'right-one'],
    ['an unknown user without password', 'eve', ''],
    ['an unknown user with an endless password', 'eve', 'x'.repeat(2000)],
    ['a user who has no password', 'bare', 'right-one'],
    ['what stands for no password', 'bare', NO_PASSWORD],
    ['the stored hash', 'ada', 'scrypt$'],
    ['a name with NUL', 'ada\u0000', 'right-one'],
    ['a name with half a letter', 'ada\ud800', 'right-one'],
    ['a statement', `' or true --`, 'right-one'],
    ['a name without end', 'x'.repeat(100_000), 'right-one'],
  ])('refuses %s the same way, and counts it', async (_, user, password) => {
    expect(await said(createLogins(sql, quiet), user, password)).toBe('refused');
    // Once for the user, once for the address.
    expect(await failures()).toBe(2);
  });

  it('refuses an account that is disabled from that moment on, until it is enabled', async () => {
    const logins = createLogins(sql, quiet);
    expect(await said(logins, 'ada', 'right-one')).toEqual(ADA);
    await sql`update accounts set state = 'disabled' where name = 'team'`;
    expect(await said(logins, 'ada', 'right-one')).toBe('refused');
    await sql`update accounts set state = 'enabled' where name = 'team'`;
    expect(await said(logins, 'ada', 'right-one')).toEqual(ADA);
  });

  it('counts a changed password and a removed user at once', async () => {
    const logins = createLogins(sql, quiet);
    expect(await said(logins, 'ada', 'right-one')).toEqual(ADA);
    await setPassword(sql, 'team', 'ada', await hashPassword('other'));
    expect(await said(logins, 'ada', 'right-one')).toBe('refused');
    expect(await said(logins, 'ada', 'other')).toEqual(ADA);
    await setPassword(sql, 'team', 'ada', await hashPassword('right-one'));
    expect(await said(logins, 'ada', 'right-one')).toEqual(ADA);
    await setPassword(sql, 'team', 'ada');
    expect(await said(logins, 'ada', 'right-one')).toBe('refused');
    await sql`delete from users where name = 'ada'`;
    expect(await said(logins, 'ada', 'right-one')).toBe('refused');
  });

  it('remembers a right password: who polls does not pay for each question', async () => {
    const logins = createLogins(sql, quiet);
    await said(logins, 'ada', 'right-one');
    const start = performance.now();
    for (let asks = 0; asks < 20; asks += 1) await said(logins, 'ada', 'right-one');
    const remembered = performance.now() - start;
    const fresh = performance.now();
    for (let asks = 0; asks < 3; asks += 1) {
      await said(createLogins(sql, quiet), 'ada', 'right-one');
    }
    expect(remembered).toBeLessThan((performance.now() - fresh) * 3);
  });

  it('takes as long for whoever is not there, or cannot log in, as for a wrong password', async () => {
    const logins = createLogins(sql, quiet);
    await sql`insert into accounts (name, type, state) values ('closed', 'user', 'disabled')
      on conflict do nothing`;
    await sql`update accounts set state = 'disabled' where name = 'closed'`;
    await sql`insert into users (name, account, password_hash) values ('out', 'closed', ${hash})`;
    const time = async (user: string) => {
      let best = Infinity;
      for (let tries = 0; tries < 4; tries += 1) {
        const start = performance.now();
        expect(await said(logins, user, `wrong-${tries}`)).toBe('refused');
        best = Math.min(best, performance.now() - start);
      }
      return best;
    };
    const wrong = await time('ada');
    for (const user of ['eve', 'bare', 'out']) {
      const ratio = await time(user) / wrong;
      expect(ratio, user).toBeGreaterThan(0.4);
      expect(ratio, user).toBeLessThan(2.5);
    }
  });
});

describe('logins that fail too often', () => {
  /** Less what it takes to ask. */
  const A_MINUTE = { blocked: expect.closeTo(56, -1) };
  const few = { ...LOGIN_LIMITS, user: 3, address: 6 };

  it.each(['ada', 'eve'])('block the user %s, whether there is one or not', async (user) => {
    const logins = createLogins(sql, quiet, few);
    for (let tries = 0; tries < 3; tries += 1) {
      expect(await said(logins, user, `guess-${tries}`)).toBe('refused');
    }
    expect(await said(logins, user, 'right-one')).toEqual(A_MINUTE);
    // From wherever, and by another core.
    expect(await said(createLogins(sql, quiet, few), user, 'right-one', ELSEWHERE))
      .toEqual(A_MINUTE);
  });

  it('block an address, whoever it asks for, and no other one', async () => {
    const logins = createLogins(sql, quiet, few);
    for (let tries = 0; tries < 6; tries += 1) {
      expect(await said(logins, `user-${tries}`, 'guess')).toBe('refused');
    }
    expect(await said(logins, 'ada', 'right-one')).toEqual(A_MINUTE);
    expect(await said(createLogins(sql, quiet, few), 'ada', 'right-one')).toEqual(A_MINUTE);
    expect(await said(logins, 'ada', 'right-one', ELSEWHERE)).toEqual(ADA);
  });

  it('let nobody guess on at a user by whom somebody else is let in', async () => {
    const logins = createLogins(sql, quiet, few);
    expect(await said(logins, 'ada', 'right-one')).toEqual(ADA);
    for (let tries = 0; tries < 3; tries += 1) {
      await said(logins, 'ada', `guess-${tries}`, ELSEWHERE);
    }
    // It goes on where it was, and guesses elsewhere do not.
    expect(await said(logins, 'ada', 'right-one')).toEqual(ADA);
    expect(await said(logins, 'ada', 'right-one', ELSEWHERE)).toEqual(A_MINUTE);
    // Guesses at its side end with the limit of the address, where the right one does not help.
    for (let tries = 0; tries < 6; tries += 1) await said(logins, 'ada', `more-${tries}`);
    expect(await said(logins, 'ada', 'right-one')).toEqual(A_MINUTE);
  });

  it('are counted before they are checked, however many come at once', async () => {
    const logins = createLogins(sql, quiet, few);
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, guess) => said(logins, 'ada', `guess-${guess}`, ELSEWHERE)),
    );
    expect(all.filter((answer) => answer === 'refused')).toHaveLength(3);
  });

  it('are not those of a client that goes on with an old password', async () => {
    const logins = createLogins(sql, quiet, few);
    for (let tries = 0; tries < 20; tries += 1) {
      expect(await said(logins, 'ada', 'old-one')).toBe('refused');
    }
    expect(await failures()).toBe(2);
    expect(await said(logins, 'ada', 'right-one')).toEqual(ADA);
  });

  it('are not those of many who begin at the same time with the right one', async () => {
    const logins = createLogins(sql, quiet, few);
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, host) => said(logins, 'ada', 'right-one', `192.0.2.${host}`)),
    );
    expect(all).toEqual(all.map(() => ADA));
    expect(await failures()).toBe(0);
  });

  it('are forgotten with the right password', async () => {
    const logins = createLogins(sql, quiet, few);
    for (let round = 0; round < 2; round += 1) {
      for (const guess of ['one', 'two']) await said(logins, 'ada', `${guess}-${round}`, ELSEWHERE);
      expect(await said(createLogins(sql, quiet, few), 'ada', 'right-one', ELSEWHERE)).toEqual(ADA);
    }
    // Those of the address stay.
    expect(await failures()).toBe(4);
  });
});
