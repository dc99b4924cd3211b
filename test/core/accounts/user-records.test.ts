import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addUser, deleteUser, setPassword, userOf } from '../../../core/accounts/user-records.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAccount } from '../catalog/samples.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  await addAccount(sql, 'team');
  await addAccount(sql, 'other');
});
beforeEach(async () => {
  await sql`delete from users`;
  await addUser(sql, 'team', 'ada', 'hash');
  await sql`update users set password_set_at = '2020-01-01', updated_at = '2020-01-01'`;
});

const setAt = async () => (await userOf(sql, 'team', 'ada')).passwordSetAt?.getFullYear();

describe('a password', () => {
  it('says when it was set, whoever sets it', async () => {
    expect(await setAt()).toBe(2020);
    // As an older core does.
    await sql`update users set password_hash = 'newer' where name = 'ada'`;
    expect(await setAt()).toBeGreaterThan(2020);
  });

  it('is as old as it was while other things change', async () => {
    await sql`update users set updated_at = now(), password_hash = password_hash`;
    expect(await setAt()).toBe(2020);
  });

  it('is none after it was taken away', async () => {
    await setPassword(sql, 'team', 'ada');
    expect(await userOf(sql, 'team', 'ada')).toMatchObject({ passwordSetAt: null });
  });
});

describe('a user', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['is added once', () => addUser(sql, 'other', 'ada', 'hash'), 'user_exists'],
    ['is read in its account', () => userOf(sql, 'other', 'ada'), 'user_not_found'],
    ['is removed in its account', () => deleteUser(sql, 'other', 'ada'), 'user_not_found'],
    [
      'gets a password in its account',
      () => setPassword(sql, 'other', 'ada', 'stolen'),
      'user_not_found',
    ],
  ])('%s alone', async (_, call, code) => {
    await expect(call()).rejects.toMatchObject({ code });
    expect(await sql`select account, password_hash from users`)
      .toEqual([{ account: 'team', password_hash: 'hash' }]);
  });
});
