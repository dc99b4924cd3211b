import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashPassword } from '../../../core/accounts/passwords.ts';
import { ensureAdmin, passwordFile, readPasswordFile } from '../../../core/accounts/users.ts';
import { createLogins } from '../../../core/accounts/login.ts';
import { setPassword } from '../../../core/accounts/user-records.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { quiet, testDatabase } from '../../support/postgres.ts';

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

/** Logs in as core does; who it is. */
async function login(user: string, password: string) {
  return (await createLogins(sql, quiet)(user, password, '192.0.2.1'))?.identity;
}

describe('ensureAdmin', () => {
  it('takes the configured password and writes no file', async () => {
    expect(await ensureAdmin(sql, 'configured', folder)).toBeUndefined();
    expect(existsSync(passwordFile(folder))).toBe(false);
    expect(await login('admin', 'configured')).toEqual(ADMIN);
  });

  it('makes up a password, says it once and keeps it for its user alone', async () => {
    const password = await ensureAdmin(sql, undefined, folder);
    expect(password).toMatch(/^\w{24}$/);
    expect(readPasswordFile(folder)).toBe(password);
    expect(statSync(passwordFile(folder)).mode & 0o777).toBe(0o600);
    expect(await login('admin', password ?? '')).toEqual(ADMIN);
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
    await ensureAdmin(sql, 'first-one', folder);
    expect(await login('admin', 'first-one')).toEqual(ADMIN);
    await ensureAdmin(sql, 'second-one', folder);
    expect(await login('admin', 'first-one')).toBeUndefined();
    expect(await login('admin', 'second-one')).toEqual(ADMIN);
    await ensureAdmin(sql, undefined, folder);
    expect(await login('admin', 'second-one')).toEqual(ADMIN);
  });

  it('keeps what a person has set since then, until another one is configured', async () => {
    await ensureAdmin(sql, 'configured', folder);
    await setPassword(sql, 'admin', 'admin', await hashPassword('of a person'));
    await ensureAdmin(sql, 'configured', folder);
    expect(await login('admin', 'of a person')).toEqual(ADMIN);
    expect(await login('admin', 'configured')).toBeUndefined();
    await ensureAdmin(sql, 'configured anew', folder);
    expect(await login('admin', 'configured anew')).toEqual(ADMIN);
  });

  it('takes a configured password where an older core has stored the user', async () => {
    await sql`insert into users (name, account, password_hash)
      values ('admin', 'admin', ${await hashPassword('older')})`;
    await ensureAdmin(sql, 'newer', folder);
    expect(await login('admin', 'newer')).toEqual(ADMIN);
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
    expect(await login('admin', said[0] ?? '')).toEqual(ADMIN);
  });
});
