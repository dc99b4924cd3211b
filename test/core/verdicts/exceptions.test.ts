import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { activateBundle, putBundle } from '../../../core/catalog/bundles.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { warnOfExceptions } from '../../../core/verdicts/exceptions.ts';
import { testDatabase } from '../../support/postgres.ts';
import { ALWAYS, bundleOf } from '../policy/samples.ts';

const DAY_MS = 86_400_000;

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
});
beforeEach(async () => {
  await sql`delete from exception_warnings`;
  await sql`delete from events`;
  await sql`delete from bundles`;
});

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

async function put(items: readonly Record<string, unknown>[], isActive = true): Promise<void> {
  const whitelists = [{ id: 'w1', version: '1_0', items: items as never }];
  await putBundle(sql, 'admin', bundleOf([ALWAYS], { whitelists }));
  if (isActive) await activateBundle(sql, 'admin', 'b1');
}

const item = (id: string, expiresOn?: string, more: Record<string, unknown> = {}) => ({
  id,
  gate: 'always',
  trigger_id: '*',
  ...(expiresOn === undefined ? {} : { expires_on: expiresOn }),
  ...more,
});

async function told(): Promise<readonly string[]> {
  const rows = await sql<{ line: string }[]>`
    select type || ' ' || (details->>'item_id') as line from events order by created_at, details->>'item_id'`;
  return rows.map(({ line }) => line);
}

describe('a warning', () => {
  it('comes once before an exception ends, and once when it has', async () => {
    await put([
      item('soon', inMs(2 * DAY_MS), { owner: 'team-a', ticket: 'SEC-1', reason: 'not reachable' }),
      item('later', inMs(30 * DAY_MS)),
      item('never'),
      item('long ago', inMs(-DAY_MS)),
    ]);
    expect(await warnOfExceptions(sql, 7)).toBe(false);
    await warnOfExceptions(sql, 7);
    expect(await told()).toEqual(['user.policy.exception.expiring soon']);
    const [event] = await sql`select account, message, resource, details from events`;
    expect(event).toMatchObject({
      account: 'admin',
      resource: 'b1',
      details: {
        whitelist_id: 'w1',
        owner: 'team-a',
        ticket: 'SEC-1',
        reason: 'not reachable',
        trigger_id: '*',
      },
    });
    expect(event?.['message']).toMatch(
      /^The exception soon, of team-a, for \* ends at \d{4}-.*Z \(SEC-1\): mend what it accepts/,
    );
  });

  it('is told of its end when that has come', async () => {
    await put([item('short', inMs(400))]);
    await warnOfExceptions(sql, 7);
    expect(await told()).toEqual(['user.policy.exception.expiring short']);
    await expect.poll(async () => {
      await warnOfExceptions(sql, 7);
      return await told();
    }, { timeout: 5000 }).toEqual([
      'user.policy.exception.expiring short',
      'user.policy.exception.expired short',
    ]);
    await warnOfExceptions(sql, 7);
    expect(await told()).toHaveLength(2);
  });

  it('comes again for a later end', async () => {
    await put([item('moved', inMs(DAY_MS))]);
    await warnOfExceptions(sql, 7);
    await put([item('moved', inMs(2 * DAY_MS))]);
    await warnOfExceptions(sql, 7);
    expect(await told()).toEqual(Array(2).fill('user.policy.exception.expiring moved'));
  });

  it('is not given of bundles that are not in force', async () => {
    await put([item('soon', inMs(DAY_MS))], false);
    await warnOfExceptions(sql, 7);
    expect(await told()).toEqual([]);
  });

  it('is one for each exception of thousands, in steps', async () => {
    const end = inMs(DAY_MS);
    await put(Array.from({ length: 700 }, (_, at) => item(`i${at}`, end)));
    expect(await warnOfExceptions(sql, 7)).toBe(true);
    expect(await warnOfExceptions(sql, 7)).toBe(false);
    expect(new Set(await told()).size).toBe(700);
  });

  it('of two cores that look at the same time is one', async () => {
    await put([item('shared', inMs(DAY_MS))]);
    await Promise.all([warnOfExceptions(sql, 7), warnOfExceptions(sql, 7)]);
    expect(await told()).toHaveLength(1);
  });
});
