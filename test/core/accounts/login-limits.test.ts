import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  forgetFailures,
  forgiveAttempt,
  LOGIN_LIMITS,
  networkOf,
  takeAttempt,
} from '../../../core/accounts/login-limits.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { seeded } from '../../support/kills.ts';
import { testDatabase } from '../../support/postgres.ts';

const LIMITS = { ...LOGIN_LIMITS, user: 2, address: 100 };
const ATTEMPT = { user: 'ada', address: '192.0.2.1' };

let sql: Sql;
beforeAll(async () => void ({ sql } = await testDatabase()));
beforeEach(() => sql`delete from login_failures`);

/** Seconds to wait; 0 where the attempt may be made. */
async function wait(attempt = ATTEMPT): Promise<number> {
  try {
    await takeAttempt(sql, attempt, LIMITS);
    return 0;
  } catch (error) {
    return (error as { detail: { retry_after: number } }).detail.retry_after;
  }
}

/** As if so many seconds had gone by. */
async function later(seconds: number): Promise<void> {
  await sql`
    update login_failures set last_at = last_at - make_interval(secs => ${seconds}),
      blocked_until = blocked_until - make_interval(secs => ${seconds})`;
}

describe('attempts', () => {
  it('block for ever longer, one between two blocks, up to a quarter of an hour', async () => {
    expect(await wait()).toBe(0);
    for (const seconds of [60, 120, 240, 480, 900, 900]) {
      expect(await wait()).toBe(0);
      expect(await wait()).toBe(seconds);
      // To ask again costs nothing more.
      expect(await wait()).toBe(seconds);
      await later(seconds - 1);
      expect(await wait()).toBe(1);
      await later(1);
    }
  });

  it('are forgotten after an hour', async () => {
    await wait();
    await wait();
    expect(await wait()).toBeGreaterThan(0);
    await later(3601);
    expect(await wait()).toBe(0);
    expect(await wait()).toBe(0);
    expect(await wait()).toBe(60);
  });

  it('that did not fail give the user all, and the address back what they took', async () => {
    await wait();
    await wait();
    await forgiveAttempt(sql, ATTEMPT);
    expect(await sql`select failures, blocked_until from login_failures`)
      .toEqual([{ failures: 1, blocked_until: null }]);
    expect(await wait()).toBe(0);
  });

  it('of others do not count', async () => {
    await wait();
    await wait();
    expect(await wait({ ...ATTEMPT, user: 'bob' })).toBe(0);
  });

  it('leave neither names nor addresses', async () => {
    await wait({ user: 'a-name', address: '192.0.2.99' });
    const [row] = await sql<{ all: string }[]>`
      select string_agg(f::text || encode(key, 'escape'), ' ') as all from login_failures f`;
    expect(row?.all).not.toMatch(/a-name|192/);
  });

  it('leave no row when nobody counts them any more', async () => {
    await wait();
    await forgetFailures(sql);
    expect(await sql`select from login_failures`).toHaveLength(2);
    await later(3601);
    await forgetFailures(sql);
    expect(await sql`select from login_failures`).toHaveLength(0);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2'],
    ['2001:DB8:1:2::', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8::4:5:6', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4'],
    ['', ''],
    ['no address', 'no address'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('is the same however an address is written', () => {
    const random = seeded(20_261_201);
    for (let turn = 0; turn < 500; turn += 1) {
      const groups = Array.from(
        { length: 8 },
        () => random() < 0.5 ? 0 : Math.floor(random() * 0x10000),
      );
      const full = groups.map((group) => group.toString(16).padStart(4, '0')).join(':');
      const short = new URL(`http://[${full}]/`).hostname.slice(1, -1);
      expect(networkOf(short), short).toBe(networkOf(full));
      expect(networkOf(full)).toBe(
        groups.slice(0, 4).map((group) => group.toString(16)).join(':'),
      );
    }
  });
});
