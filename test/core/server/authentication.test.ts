import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPassword } from '../../../core/accounts/passwords.ts';
import { openDatabase } from '../../../core/database/connection.ts';
import { isLoopback } from '../../../core/server/authentication.ts';
import { PASSWORD, startTestCore, type TestCore } from '../../support/core.ts';
import { ask, basic, errorOf } from '../api/samples.ts';

let core: TestCore;
beforeAll(async () => {
  core = await startTestCore({ environment: { TIDEWAITER_SERVICES: 'api' } });
  const sql = openDatabase(core.databaseUrl ?? '', { max: 1 });
  const hash = await hashPassword('pass:word ü');
  await sql`insert into accounts (name, type, state) values
    ('team', 'user', 'enabled'), ('closed', 'user', 'disabled')`;
  await sql`insert into users (name, account, password_hash) values
    ('jane', 'team', ${hash}), ('joe', 'closed', ${hash})`;
  await sql.end();
});
afterAll(() => core.stop());

const account = async (headers: Record<string, string>) => {
  const answer = await ask(core, '/v1/policies', { headers });
  return { status: answer.status, answer };
};

describe('authentication', () => {
  it.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['a wrong password', basic('admin', 'wrong')],
    ['an empty password', basic('admin', '')],
    ['a user nobody knows', basic('nobody', PASSWORD)],
    ['a user of a disabled account', basic('joe', 'pass:word ü')],
    ['another scheme', { authorization: `Bearer ${PASSWORD}` }],
    ['a name alone', { authorization: `Basic ${btoa('admin')}` }],
    ['what is not base64', { authorization: 'Basic admin:!' }],
    ['a header that is too long', basic('admin', 'x'.repeat(4000))],
    ['nothing after the scheme', { authorization: 'Basic' }],
  ])('refuses %s with the challenge', async (_, headers) => {
    const { answer } = await account(headers);
    expect(answer).toMatchObject({ status: 401, body: 'Unauthorized' });
    expect(answer.headers.get('www-authenticate')).toBe('basic realm="Authentication required"');
  });

  it('refuses a name that cannot be one, without an error of the server', async () => {
    expect((await account(basic('a\u0000b', PASSWORD))).status).toBeLessThan(500);
  });

  it('lets the right password in, again and again, with colons and beyond ASCII', async () => {
    for (let time = 0; time < 3; time += 1) {
      expect((await account(basic('admin', PASSWORD))).status).toBe(200);
      expect((await account(basic('jane', 'pass:word ü'))).status).toBe(200);
    }
    const { authorization } = basic('admin', PASSWORD);
    expect((await account({ authorization: authorization.replace('Basic', 'basic') })).status)
      .toBe(200);
  });

  it('takes an empty x-anchore-account for none', async () => {
    const headers = { ...basic('jane', 'pass:word ü'), 'x-anchore-account': '' };
    expect((await account(headers)).status).toBe(200);
  });

  it('is asked for before anything is said about a route', async () => {
    for (const path of ['/v1/nothing', '/nothing', '/images/x', '/system', '/tasks/x']) {
      expect((await ask(core, path)).status, path).toBe(401);
    }
  });

  it('takes users as they are now, not as they were', async () => {
    const sql = openDatabase(core.databaseUrl ?? '', { max: 1 });
    try {
      expect((await account(basic('jane', 'pass:word ü'))).status).toBe(200);
      await sql`update accounts set state = 'disabled' where name = 'team'`;
      expect((await account(basic('jane', 'pass:word ü'))).status).toBe(401);
      await sql`update accounts set state = 'enabled' where name = 'team'`;
      await sql`update users set password_hash = ${await hashPassword('another')}
        where name = 'jane'`;
      expect((await account(basic('jane', 'pass:word ü'))).status).toBe(401);
      expect((await account(basic('jane', 'another'))).status).toBe(200);
      await sql`update users set password_hash = ${await hashPassword('pass:word ü')}
        where name = 'jane'`;
    } finally {
      await sql.end();
    }
  });
});

describe('x-anchore-account', () => {
  it('lets an administrator act in another account', async () => {
    const admin = basic('admin', PASSWORD);
    const own = await account(admin);
    expect(own.answer.body).toHaveLength(1);
    const other = await account({ ...admin, 'x-anchore-account': 'team' });
    expect(other).toMatchObject({ status: 200, answer: { body: [] } });
    const same = await account({ ...admin, 'x-anchore-account': 'admin' });
    expect(same.answer.body).toEqual(own.answer.body);
  });

  it.each([
    ['an account that is not there', () => basic('admin', PASSWORD), 'nobody'],
    ['another account for a user', () => basic('jane', 'pass:word ü'), 'admin'],
    ['an account that is not there for a user', () => basic('jane', 'pass:word ü'), 'nobody'],
  ])('refuses %s', async (_, login, name) => {
    const { answer } = await account({ ...login(), 'x-anchore-account': name });
    expect(errorOf(answer)).toMatchObject({ httpcode: 403, code: 'account_forbidden' });
  });

  it('lets a user name its own account', async () => {
    const login = basic('jane', 'pass:word ü');
    expect((await account({ ...login, 'x-anchore-account': 'team' })).status).toBe(200);
  });

  it('keeps folders of the machine from users who do not administrate', async () => {
    const answer = await ask(core, '/v1/images', {
      method: 'POST',
      headers: { ...basic('jane', 'pass:word ü'), 'content-type': 'application/json' },
      body: JSON.stringify({ tag: 'oci:/etc' }),
    });
    expect(errorOf(answer)).toMatchObject({ httpcode: 403, code: 'layout_forbidden' });
  });
});

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.3.2.1', true],
    ['::ffff:127.0.0.1', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
    ['128.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['127.example.org', false],
    ['', false],
    [undefined, false],
  ])('of %s is %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });
});
