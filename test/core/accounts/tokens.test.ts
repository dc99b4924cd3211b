import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHmac } from 'node:crypto';
import type { Login } from '../../../core/accounts/login.ts';
import { createTokens, readToken } from '../../../core/accounts/tokens.ts';
import { NO_PASSWORD, setPassword } from '../../../core/accounts/user-records.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { seeded } from '../../support/kills.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAccount } from '../catalog/samples.ts';

const ADA = { user: 'ada', account: 'team', type: 'user', isAdmin: false } as const;
const LOGIN: Login = { identity: ADA, hash: 'hash-of-ada' };
const OPTIONS = { token_seconds: 60 };

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  await addAccount(sql, 'team');
});
beforeEach(async () => {
  await sql`delete from users`;
  await sql`update accounts set state = 'enabled'`;
  await sql`
    insert into users (name, account, password_hash) values
      ('ada', 'team', ${LOGIN.hash}), ('bob', 'team', 'hash-of-bob'), ('bare', 'team', ${NO_PASSWORD})`;
});

function base64(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString(
    'base64url',
  );
}

/** The token with other claims, its signature as it was. */
function withClaims(token: string, change: Record<string, unknown>): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  return [header, base64({ ...claims, ...change }), signature].join('.');
}

describe('a token', () => {
  it('says who its user is, to every core and after a restart', async () => {
    const token = await createTokens(sql, OPTIONS).issue(LOGIN);
    for (let cores = 0; cores < 3; cores += 1) {
      expect(await createTokens(sql, OPTIONS).identify(token)).toEqual(ADA);
    }
  });

  it('is signed with one secret, however many cores make it at once', async () => {
    await sql`delete from secrets`;
    const cores = Array.from({ length: 6 }, () => createTokens(sql, OPTIONS));
    const all = await Promise.all(cores.map((core) => core.issue(LOGIN)));
    for (const token of all) {
      for (const core of cores) expect(await core.identify(token)).toEqual(ADA);
    }
    expect(await sql`select from secrets`).toHaveLength(1);
  });

  it('needs the encryption key where one is set: the database alone makes none', async () => {
    const keyed = createTokens(sql, { ...OPTIONS, encryption_key: 'a key of some length' });
    const token = await keyed.issue(LOGIN);
    expect(await keyed.identify(token)).toEqual(ADA);
    expect(await createTokens(sql, OPTIONS).identify(token)).toBeUndefined();
    const other = createTokens(sql, { ...OPTIONS, encryption_key: 'another key of that' });
    expect(await other.identify(token)).toBeUndefined();
  });

  it('counts as long as it says, by the clock of the database', async () => {
    const token = await createTokens(sql, OPTIONS).issue(LOGIN);
    const { claims } = readToken(token) ?? expect.fail();
    const [row] = await sql<{ now: number }[]>`select extract(epoch from now())::float as now`;
    expect(claims).toEqual({
      iss: 'tidewaiter',
      sub: 'ada',
      iat: claims.iat,
      exp: claims.iat + 60,
    });
    expect(Math.abs(claims.iat - (row?.now ?? 0))).toBeLessThan(5);
    const ended = await createTokens(sql, { token_seconds: 0 }).issue(LOGIN);
    expect(await createTokens(sql, OPTIONS).identify(ended)).toBeUndefined();
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the password changes', () => setPassword(sql, 'team', 'ada', 'another-hash')],
    ['the password is taken away', () => setPassword(sql, 'team', 'ada')],
    ['the user is removed', async () => await sql`delete from users where name = 'ada'`],
    ['the account is disabled', async () => await sql`update accounts set state = 'disabled'`],
    ['an account is being deleted', async () => await sql`update accounts set state = 'deleting'`],
    ['another one gets the name', async () => {
      await sql`delete from users where name = 'ada'`;
      await sql`insert into users (name, account, password_hash) values ('ada', 'team', 'newer')`;
    }],
  ])('ends at once when %s', async (_, change) => {
    const tokens = createTokens(sql, OPTIONS);
    const token = await tokens.issue(LOGIN);
    expect(await tokens.identify(token)).toEqual(ADA);
    await change();
    expect(await tokens.identify(token)).toBeUndefined();
  });

  it('is not made for a password that was changed since the login', async () => {
    const tokens = createTokens(sql, OPTIONS);
    await setPassword(sql, 'team', 'ada', 'another-hash');
    expect(await tokens.identify(await tokens.issue(LOGIN))).toBeUndefined();
  });

  it('shows in which account its user is now', async () => {
    const tokens = createTokens(sql, OPTIONS);
    const token = await tokens.issue(LOGIN);
    await sql`update users set account = 'admin' where name = 'ada'`;
    expect(await tokens.identify(token))
      .toEqual({ user: 'ada', account: 'admin', type: 'admin', isAdmin: true });
  });

  it('holds nothing of the password', async () => {
    const [, payload = ''] = (await createTokens(sql, OPTIONS).issue(LOGIN)).split('.');
    expect(Buffer.from(payload, 'base64url').toString()).not.toContain('hash');
  });
});

describe('a forged token', () => {
  const claims = { iss: 'tidewaiter', sub: 'admin', iat: 0, exp: 9_999_999_999 };
  const none = base64({ alg: 'none', typ: 'JWT' });
  const signed = (header: string, key: string) => {
    const text = `${header}.${base64(claims)}`;
    return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
  };

  it.each<[string, (token: string) => string]>([
    ['another user', (token) => withClaims(token, { sub: 'bob' })],
    ['a user who is not there', (token) => withClaims(token, { sub: 'eve' })],
    ['a user without a password', (token) => withClaims(token, { sub: 'bare' })],
    ['a later end', (token) => withClaims(token, { exp: 9_999_999_999 })],
    ['another issuer', (token) => withClaims(token, { iss: 'else' })],
    ['a claim more', (token) => withClaims(token, { admin: true })],
    ['a name with NUL', (token) => withClaims(token, { sub: 'ada\0' })],
    ['no signature', (token) => token.replace(/[^.]*$/, '')],
    ['the algorithm none', () => `${none}.${base64(claims)}.`],
    ['the algorithm none and a signature', (token) => token.replace(/^[^.]*/, none)],
    ['a key of nothing', (token) => signed(token.split('.')[0] ?? '', '')],
    ['the stored hash as its key', (token) => signed(token.split('.')[0] ?? '', LOGIN.hash)],
    ['a part more', (token) => `${token}.x`],
    ['padding', (token) => `${token}=`],
    ['nothing', () => ''],
  ])('with %s does not count', async (_, forge) => {
    const tokens = createTokens(sql, OPTIONS);
    const token = await tokens.issue(LOGIN);
    expect(forge(token)).not.toBe(token);
    expect(await tokens.identify(forge(token))).toBeUndefined();
  });

  it('with any character changed does not count', async () => {
    const tokens = createTokens(sql, OPTIONS);
    const token = await tokens.issue(LOGIN);
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      const changed = `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
      expect(await tokens.identify(changed), String(at)).toBeUndefined();
    }
  });

  it('of any bytes is read without a failure, and never believed', async () => {
    const token = await createTokens(sql, OPTIONS).issue(LOGIN);
    const random = seeded(20_261_202);
    const alphabet = 'ABCabc012-_.={}":,\u0000\ud800é';
    let read = 0;
    for (let turn = 0; turn < 5000; turn += 1) {
      let text = token;
      for (let changes = 1 + Math.floor(random() * 4); changes > 0; changes -= 1) {
        const at = Math.floor(random() * text.length);
        const some = alphabet[Math.floor(random() * alphabet.length)] ?? '';
        const cut = Math.floor(random() * 3);
        text = text.slice(0, at) + some.repeat(1 + Math.floor(random() * 3)) + text.slice(at + cut);
      }
      const found = readToken(text);
      if (found === undefined) continue;
      read += 1;
      expect(found.claims.iss).toBe('tidewaiter');
      expect(found.signature).toHaveLength(32);
      if (text !== token) expect(await createTokens(sql, OPTIONS).identify(text)).toBeUndefined();
    }
    // Some differ in their signature alone.
    expect(read).toBeGreaterThan(10);
    for (const long of ['x'.repeat(1e6), `${token}${'.'.repeat(1e6)}`, `${'a.'.repeat(5e5)}`]) {
      expect(readToken(long)).toBeUndefined();
    }
  });
});
