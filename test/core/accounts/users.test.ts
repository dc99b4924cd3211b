import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashPassword } from '../../../core/accounts/passwords.ts';
import {
  createAuthenticator,
  ensureAdmin,
  passwordFile,
  readPasswordFile,
} from '../../../core/accounts/users.ts';
import { setPassword } from '../../../core/accounts/user-records.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { testDatabase } from '../../support/postgres.ts';

let sql: Sql;
let folder: string;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  folder = mkdtempSync(join(tmpdir(), 'tw-users-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  await sql`delete from users`;
  rmSync(passwordFile(folder), { force: true });
});

const ADMIN = { user: 'admin', account: 'admin', type: 'admin', isAdmin: true };

async function addUser(user: string, account: string, password: string): Promise<void> {
  await sql`insert into accounts (name, type) values (${account}, 'user') on conflict do nothing`;
  await sql`
    insert into users (name, account, password_hash)
    values (${user}, ${account}, ${await hashPassword(password)})`;
}

describe('ensureAdmin', () => {
  it('takes the configured password and writes no file', async () => {
    expect(await ensureAdmin(sql, 'configured', folder)).toBeUndefined();
    expect(existsSync(passwordFile(folder))).toBe(false);
    expect(await createAuthenticator(sql)('admin', 'configured')).toEqual(ADMIN);
  });

  it('makes up a password, says it once and keeps it for its user alone', async () => {
    const password = await ensureAdmin(sql, undefined, folder);
    expect(password).toMatch(/^\w{24}$/);
    expect(readPasswordFile(folder)).toBe(password);
    expect(statSync(passwordFile(folder)).mode & 0o777).toBe(0o600);
    expect(await createAuthenticator(sql)('admin', password ?? '')).toEqual(ADMIN);
    expect(await ensureAdmin(sql, undefined, folder)).toBeUndefined();
    expect(readPasswordFile(folder)).toBe(password);
  });

  it('keeps it for its user alone also where a file for all was', async () => {
    writeFileSync(passwordFile(folder), 'old\n');
    chmodSync(passwordFile(folder), 0o644);
    const password = await ensureAdmin(sql, undefined, folder);
    expect(readPasswordFile(folder)).toBe(password);
    expect(statSync(passwordFile(folder)).mode & 0o777).toBe(0o600);
  });

  it('does not make a password that nobody gets to know', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(ensureAdmin(sql, undefined, join(folder, 'file'))).rejects.toThrow();
    expect(await sql`select name from users`).toHaveLength(0);
  });

  it('writes no file where there is no folder of its own', async () => {
    expect(await ensureAdmin(sql, undefined, undefined)).toMatch(/^\w{24}$/);
    expect(readPasswordFile(folder)).toBeUndefined();
  });

  it('changes to a newly configured password, and not back without one', async () => {
    const authenticate = createAuthenticator(sql);
    await ensureAdmin(sql, 'first-one', folder);
    expect(await authenticate('admin', 'first-one')).toEqual(ADMIN);
    await ensureAdmin(sql, 'second-one', folder);
    expect(await authenticate('admin', 'first-one')).toBeUndefined();
    expect(await authenticate('admin', 'second-one')).toEqual(ADMIN);
    await ensureAdmin(sql, undefined, folder);
    expect(await authenticate('admin', 'second-one')).toEqual(ADMIN);
  });

  it('keeps what a person has set since then, until another one is configured', async () => {
    const authenticate = createAuthenticator(sql);
    await ensureAdmin(sql, 'configured', folder);
    await setPassword(sql, 'admin', 'admin', await hashPassword('of a person'));
    await ensureAdmin(sql, 'configured', folder);
    expect(await authenticate('admin', 'of a person')).toEqual(ADMIN);
    expect(await authenticate('admin', 'configured')).toBeUndefined();
    await ensureAdmin(sql, 'configured anew', folder);
    expect(await authenticate('admin', 'configured anew')).toEqual(ADMIN);
  });

  it('takes a configured password where an older core has stored the user', async () => {
    await sql`insert into users (name, account, password_hash)
      values ('admin', 'admin', ${await hashPassword('older')})`;
    await ensureAdmin(sql, 'newer', folder);
    expect(await createAuthenticator(sql)('admin', 'newer')).toEqual(ADMIN);
  });

  it('leaves the stored hash as it is when the configured password fits', async () => {
    const hash = () => sql`select password_hash from users`.values();
    await ensureAdmin(sql, 'the-same', folder);
    const before = await hash();
    await ensureAdmin(sql, 'the-same', folder);
    expect([...await hash()]).toEqual([...before]);
  });

  it('agrees on one password when several cores start at once', async () => {
    const made = await Promise.all(
      Array.from({ length: 4 }, () => ensureAdmin(sql, undefined, undefined)),
    );
    const said = made.filter((password) => password !== undefined);
    expect(said).toHaveLength(1);
    expect(await createAuthenticator(sql)('admin', said[0] ?? '')).toEqual(ADMIN);
  });
});

describe('createAuthenticator', () => {
  beforeEach(async () => {
    await sql`update accounts set state = 'enabled'`;
    await addUser('ada', 'team', 'right-one');
  });

  it('knows who shows the right password, and in which account', async () => {
    expect(await createAuthenticator(sql)('ada', 'right-one'))
      .toEqual({ user: 'ada', account: 'team', type: 'user', isAdmin: false });
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
    ['a name with NUL', 'ada\u0000', 'right-one'],
    ['a name with half a letter', 'ada\ud800', 'right-one'],
    ['a statement', `' or true --`, 'right-one'],
  ])('refuses %s the same way', async (_, user, password) => {
    expect(await createAuthenticator(sql)(user, password)).toBeUndefined();
  });

  it('refuses an account that is disabled from that moment on, until it is enabled', async () => {
    const authenticate = createAuthenticator(sql);
    expect(await authenticate('ada', 'right-one')).toBeDefined();
    await sql`update accounts set state = 'disabled' where name = 'team'`;
    expect(await authenticate('ada', 'right-one')).toBeUndefined();
    await sql`update accounts set state = 'enabled' where name = 'team'`;
    expect(await authenticate('ada', 'right-one')).toBeDefined();
  });

  it('counts a changed password and a removed user at once', async () => {
    const authenticate = createAuthenticator(sql);
    expect(await authenticate('ada', 'right-one')).toBeDefined();
    await sql`update users set password_hash = ${await hashPassword('other')} where name = 'ada'`;
    expect(await authenticate('ada', 'right-one')).toBeUndefined();
    expect(await authenticate('ada', 'other')).toBeDefined();
    await sql`delete from users where name = 'ada'`;
    expect(await authenticate('ada', 'other')).toBeUndefined();
  });

  it('remembers a right password: who polls does not pay for each question', async () => {
    const authenticate = createAuthenticator(sql);
    await authenticate('ada', 'right-one');
    const start = performance.now();
    for (let asks = 0; asks < 20; asks += 1) await authenticate('ada', 'right-one');
    const remembered = performance.now() - start;
    const fresh = performance.now();
    for (let asks = 0; asks < 3; asks += 1) await createAuthenticator(sql)('ada', 'right-one');
    expect(remembered).toBeLessThan((performance.now() - fresh) * 3);
  });

  it('takes as long for an unknown user as for a wrong password', async () => {
    const authenticate = createAuthenticator(sql);
    const time = async (user: string) => {
      let best = Infinity;
      for (let tries = 0; tries < 4; tries += 1) {
        const start = performance.now();
        await authenticate(user, 'wrong-one');
        best = Math.min(best, performance.now() - start);
      }
      return best;
    };
    const ratio = await time('eve') / await time('ada');
    expect(ratio).toBeGreaterThan(0.4);
    expect(ratio).toBeLessThan(2.5);
  });
});
