import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { type Answer, PASSWORD, startTestCore, type TestCore } from '../../support/core.ts';
import { ask, basic, errorOf } from './samples.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const time = () => expect.stringMatching(TIME) as string;

let core: TestCore;
let sql: Sql;
beforeAll(async () => {
  core = await startTestCore({
    environment: {
      TIDEWAITER_SERVICES: 'api,coordinators',
      TIDEWAITER_DOOR_RULES: '[{namespaces: ["shop"], account: shop}]',
    },
  });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await core.stop();
});

async function add(account: string, ...users: string[]): Promise<void> {
  expect((await core.api('POST', '/accounts', { name: account })).status).toBe(200);
  for (const username of users) {
    const body = { username, password: `${username}-password` };
    expect((await core.api('POST', `/accounts/${account}/users`, body)).status).toBe(200);
  }
}

/** Asks as a user whose password is made of its name. */
function as(
  user: string,
  method: string,
  path: string,
  body?: unknown,
  password = `${user}-password`,
): Promise<Answer> {
  return ask(core, `/v1${path}`, {
    method,
    headers: { ...basic(user, password), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function refused(answer: Promise<Answer>): Promise<[number, string]> {
  const error = errorOf(await answer);
  return [error.httpcode, error.code];
}

describe('an account', () => {
  const name = 'team@example.org/a+b';
  const path = `/accounts/${encodeURIComponent(name)}`;
  const shown = (state: string) => ({
    name,
    type: 'user',
    state,
    email: 'team@example.org',
    created_at: time(),
    last_updated: time(),
  });

  it('is added with a bundle of its own, listed and read', async () => {
    const added = await core.api('POST', '/accounts', { name, email: 'team@example.org' });
    expect(added).toMatchObject({ status: 200, body: shown('enabled') });
    expect(await core.api('GET', path)).toMatchObject({ status: 200, body: shown('enabled') });
    const { body } = await core.api('GET', '/accounts');
    expect((body as { name: string }[]).map((account) => account.name)).toEqual(['admin', name]);
    const policies = await core.api('GET', '/policies', undefined, { 'x-anchore-account': name });
    expect(policies.body).toMatchObject([{ active: true, userId: name }]);
  });

  it('is disabled and enabled, and listed by its state', async () => {
    const set = (state: string) => core.api('PUT', `${path}/state`, { state });
    const names = async (state: string) =>
      ((await core.api('GET', `/accounts?state=${state}`)).body as { name: string }[])
        .map((account) => account.name);
    expect(await set('disabled')).toMatchObject({ status: 200, body: { state: 'disabled' } });
    expect(await core.api('GET', path)).toMatchObject({ body: shown('disabled') });
    expect(await names('disabled')).toEqual([name]);
    expect(await names('enabled')).toEqual(['admin']);
    expect(await set('disabled')).toMatchObject({ status: 200 });
    expect(await set('enabled')).toMatchObject({ status: 200, body: { state: 'enabled' } });
  });

  it.each<[string, () => Promise<Answer>, number, string]>([
    ['a name that is taken', () => core.api('POST', '/accounts', { name }), 400, 'account_exists'],
    [
      'the name of the hidden account',
      () => core.api('POST', '/accounts', { name: 'anchore-system' }),
      400,
      'account_exists',
    ],
    [
      'the deletion of one that is enabled',
      () => core.api('DELETE', path),
      409,
      'account_enabled',
    ],
    [
      'another state of the administrators',
      () => core.api('PUT', '/accounts/admin/state', { state: 'disabled' }),
      409,
      'account_protected',
    ],
    [
      'the deletion of the administrators',
      () => core.api('DELETE', '/accounts/admin'),
      409,
      'account_protected',
    ],
    ['to read none', () => core.api('GET', '/accounts/nobody'), 404, 'account_not_found'],
    [
      'the state of none',
      () => core.api('PUT', '/accounts/nobody/state', { state: 'enabled' }),
      404,
      'account_not_found',
    ],
    [
      'the deletion of none',
      () => core.api('DELETE', '/accounts/nobody'),
      404,
      'account_not_found',
    ],
    ['users of none', () => core.api('GET', '/accounts/nobody/users'), 404, 'account_not_found'],
    [
      'a user of none',
      () => core.api('POST', '/accounts/nobody/users', { username: 'abc', password: 'abcdef' }),
      404,
      'account_not_found',
    ],
  ])('refuses %s', async (_, call, status, code) => {
    expect(await refused(call())).toEqual([status, code]);
  });

  it('is told by the words that clients look for how it is deleted', async () => {
    const { message } = errorOf(await core.api('DELETE', path));
    expect(message).toMatch(/^Invalid account state change requested: disable/);
  });

  it.each([
    ['POST', '/accounts', {}],
    ['POST', '/accounts', { name: 'ab' }],
    ['POST', '/accounts', { name: 'x'.repeat(129) }],
    ['POST', '/accounts', { name: 'with space' }],
    ['POST', '/accounts', { name: '-first' }],
    ['POST', '/accounts', { name: 'last-' }],
    ['POST', '/accounts', { name: 'line\n' }],
    ['POST', '/accounts', { name: 'ünïcode' }],
    ['POST', '/accounts', { name: 'good', email: 1 }],
    ['PUT', '/accounts/admin/state', { state: 'deleting' }],
    ['PUT', '/accounts/admin/state', {}],
    ['POST', '/accounts/admin/users', { username: 'user:name', password: 'abcdef' }],
    ['POST', '/accounts/admin/users', { username: 'user', password: 'short' }],
    ['POST', '/accounts/admin/users', { username: 'user', password: 'x'.repeat(129) }],
    ['POST', '/accounts/admin/users', { username: 'user' }],
    ['POST', '/user/credentials', { type: 'password' }],
    ['POST', '/user/credentials', { type: 'key', value: 'abcdef' }],
    ['GET', '/accounts?state=none', undefined],
  ])('takes no %s %s with %j', async (method, route, body) => {
    const answer = await core.api(method, route, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', status: 400 } });
  });
});

describe('a user', () => {
  const shown = (username: string) => ({
    username,
    type: 'native',
    source: null,
    created_at: time(),
    last_updated: time(),
  });

  beforeAll(() => add('people', 'ada', 'bob'));

  it('is added, listed and read, and sees who it is', async () => {
    expect((await core.api('GET', '/accounts/people/users')).body)
      .toEqual([shown('ada'), shown('bob')]);
    expect((await core.api('GET', '/accounts/people/users/ada')).body).toEqual(shown('ada'));
    expect((await as('ada', 'GET', '/user')).body).toEqual(shown('ada'));
    expect((await as('ada', 'GET', '/account')).body)
      .toMatchObject({ name: 'people', type: 'user', state: 'enabled', email: null });
  });

  it('sees its account, and of others not even whether they are there', async () => {
    expect((await as('ada', 'GET', '/accounts/people')).status).toBe(200);
    expect((await as('ada', 'GET', '/accounts/people/users')).status).toBe(200);
    for (const other of ['admin', 'nobody']) {
      const path = `/accounts/${other}`;
      expect(await refused(as('ada', 'GET', path))).toEqual([403, 'account_forbidden']);
      expect(await refused(as('ada', 'GET', `${path}/users`))).toEqual([403, 'account_forbidden']);
    }
  });

  it('sees the account an administrator acts in, who stays who it is', async () => {
    const header = { 'x-anchore-account': 'people' };
    expect((await core.api('GET', '/account', undefined, header)).body)
      .toMatchObject({ name: 'people' });
    expect((await core.api('GET', '/user', undefined, header)).body).toEqual(shown('admin'));
  });

  it('shows that it has a password, and never which', async () => {
    const shownOnly = [{ type: 'password', value: '********', created_at: time() }];
    expect((await as('ada', 'GET', '/user/credentials')).body).toEqual(shownOnly);
    expect((await core.api('GET', '/accounts/people/users/ada/credentials')).body)
      .toEqual(shownOnly);
  });

  it('changes its password, and the former one counts no more', async () => {
    const credential = { type: 'password', value: 'another-password' };
    expect(await as('ada', 'POST', '/user/credentials', credential))
      .toMatchObject({ status: 200, body: shown('ada') });
    expect((await as('ada', 'GET', '/user')).status).toBe(401);
    expect((await as('ada', 'GET', '/user', undefined, 'another-password')).status).toBe(200);
    const back = { value: 'ada-password' };
    expect((await core.api('POST', '/accounts/people/users/ada/credentials', back)).status)
      .toBe(200);
    expect((await as('ada', 'GET', '/user')).status).toBe(200);
  });

  it('cannot log in without a password, until it gets one', async () => {
    const path = '/accounts/people/users/bob/credentials';
    expect((await core.api('DELETE', `${path}?credential_type=password`)).status).toBe(204);
    expect((await core.api('GET', path)).body).toEqual([]);
    for (const password of ['bob-password', '!', '']) {
      expect((await as('bob', 'GET', '/user', undefined, password)).status).toBe(401);
    }
    expect((await core.api('POST', path, { value: 'bob-password' })).status).toBe(200);
    expect((await as('bob', 'GET', '/user')).status).toBe(200);
  });

  it('cannot log in while its account is disabled', async () => {
    const set = (state: string) => core.api('PUT', '/accounts/people/state', { state });
    await set('disabled');
    expect((await as('ada', 'GET', '/user')).status).toBe(401);
    await set('enabled');
    expect((await as('ada', 'GET', '/user')).status).toBe(200);
  });

  it.each<[string, () => Promise<Answer>, number, string]>([
    [
      'a name that another account has',
      () => core.api('POST', '/accounts/admin/users', { username: 'ada', password: 'abcdef' }),
      409,
      'user_exists',
    ],
    [
      'to delete itself',
      () => as('ada', 'DELETE', '/accounts/people/users/ada'),
      409,
      'user_is_self',
    ],
    [
      'to take its own password',
      () => as('ada', 'DELETE', '/accounts/people/users/ada/credentials'),
      409,
      'user_is_self',
    ],
    [
      'a user of another account by the way of its own',
      () => as('ada', 'DELETE', '/accounts/people/users/admin'),
      409,
      'user_protected',
    ],
    [
      'the password of a user of another account by the way of its own',
      () => as('ada', 'POST', '/accounts/people/users/admin/credentials', { value: 'abcdef' }),
      404,
      'user_not_found',
    ],
    [
      'to read none',
      () => core.api('GET', '/accounts/people/users/eve'),
      404,
      'user_not_found',
    ],
    [
      'credentials of none',
      () => core.api('GET', '/accounts/people/users/eve/credentials'),
      404,
      'user_not_found',
    ],
    [
      'the deletion of none',
      () => core.api('DELETE', '/accounts/people/users/eve'),
      404,
      'user_not_found',
    ],
  ])('is refused %s', async (_, call, status, code) => {
    expect(await refused(call())).toEqual([status, code]);
  });

  it('cannot take the last way in', async () => {
    await add('second', 'root2');
    await sql`update users set account = 'admin' where name = 'root2'`;
    for (const path of ['/accounts/admin/users/admin', '/accounts/admin/users/admin/credentials']) {
      expect(await refused(as('root2', 'DELETE', path))).toEqual([409, 'user_protected']);
    }
    expect((await as('root2', 'GET', '/accounts')).status).toBe(200);
  });

  it('is deleted and cannot log in from then on', async () => {
    expect((await core.api('DELETE', '/accounts/people/users/bob')).status).toBe(204);
    expect((await as('bob', 'GET', '/user')).status).toBe(401);
  });
});

describe('the deletion of an account', () => {
  it('takes users at once, all else soon, and its name can be had again', async () => {
    await add('leaving', 'leo');
    await core.api('PUT', '/accounts/leaving/state', { state: 'disabled' });
    expect(await core.api('DELETE', '/accounts/leaving'))
      .toMatchObject({ status: 200, body: { state: 'deleting' } });
    expect(await sql`select from users where account = 'leaving'`).toHaveLength(0);
    await expect.poll(async () => (await core.api('GET', '/accounts/leaving')).status).toBe(404);
    const { status } = await core.api('GET', '/policies', undefined, {
      'x-anchore-account': 'leaving',
    });
    expect(status).toBe(403);
    await add('leaving', 'leo');
  });

  it('lets nobody act in it, change it or join it meanwhile', async () => {
    await sql`insert into accounts (name, type, state) values ('held', 'user', 'deleting')`;
    await sql`
      insert into manifests (digest, media_type, document, config, platform, compressed_size, layer_count)
      values ('sha256:held', '', '', '', '{}', 0, 0)`;
    // It waits for a Job.
    await sql`
      insert into analyses (digest, lane, account, reference, source, state, lease_until)
      values ('sha256:held', 1, 'held', '', '{}', 'analyzing', now() + interval '1 hour')`;
    const header = { 'x-anchore-account': 'held' };
    expect(await refused(core.api('GET', '/images', undefined, header)))
      .toEqual([403, 'account_forbidden']);
    const put = core.api('PUT', '/accounts/held/state', { state: 'enabled' });
    expect(await refused(put)).toEqual([409, 'account_deleting']);
    const user = { username: 'late', password: 'abcdef' };
    expect(await refused(core.api('POST', '/accounts/held/users', user)))
      .toEqual([409, 'account_deleting']);
    expect(await refused(core.api('POST', '/accounts', { name: 'held' })))
      .toEqual([400, 'account_exists']);
    expect(await core.api('DELETE', '/accounts/held'))
      .toMatchObject({ status: 200, body: { state: 'deleting' } });
    await sql`delete from analyses where digest = 'sha256:held'`;
  });

  it('is refused while the door judges by it', async () => {
    await add('shop', 'sue');
    await core.api('PUT', '/accounts/shop/state', { state: 'disabled' });
    expect(await refused(core.api('DELETE', '/accounts/shop'))).toEqual([409, 'account_at_door']);
    expect(await sql`select from users where account = 'shop'`).toHaveLength(1);
  });
});

describe('every change', () => {
  it('is in the log of its account and of the administrators, without a secret', async () => {
    await add('watched', 'walt');
    await core.api('POST', '/accounts/watched/users/walt/credentials', { value: 'secret-of-walt' });
    await core.api('DELETE', '/accounts/watched/users/walt/credentials');
    await core.api('DELETE', '/accounts/watched/users/walt');
    await core.api('PUT', '/accounts/watched/state', { state: 'disabled' });
    const log = async (account: string) =>
      (await sql<{ line: string }[]>`
        select type || ' ' || resource || ' by ' || (details->>'by') as line from events
        where account = ${account} and details->>'account' = 'watched' order by created_at`)
        .map(({ line }) => line);
    const expected = [
      'user.account.added watched by admin',
      'user.user.added walt by admin',
      'user.credential.changed walt by admin',
      'user.credential.deleted walt by admin',
      'user.user.deleted walt by admin',
      'user.account.disabled watched by admin',
    ];
    expect(await log('watched')).toEqual(expected);
    expect(await log('admin')).toEqual(expected);
    await core.api('DELETE', '/accounts/watched');
    await expect.poll(() => sql`select from events where account = 'watched'`).toHaveLength(0);
    await expect.poll(() => log('admin')).toEqual([
      ...expected,
      'user.account.deleted watched by admin',
    ]);
    const all = async () => {
      const [row] = await sql<{ all: string }[]>`
        select string_agg(events::text, ' ') as all from events`;
      return row?.all;
    };
    await expect.poll(all).toContain('Nothing is left of the account watched.');
    for (const secret of ['secret-of-walt', 'walt-password', 'scrypt$', PASSWORD]) {
      expect(await all()).not.toContain(secret);
    }
  });
});
