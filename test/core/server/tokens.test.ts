import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { type Answer, PASSWORD, startTestCore, type TestCore } from '../../support/core.ts';
import { ask, basic, errorOf } from '../api/samples.ts';

let core: TestCore;
/** Another replica on the same database. */
let other: TestCore;
let sql: Sql;
beforeAll(async () => {
  const environment = { TIDEWAITER_SERVICES: 'api', TIDEWAITER_TOKEN_SECONDS: '600' };
  core = await startTestCore({ environment });
  other = await startTestCore({
    environment: { ...environment, DATABASE_URL: core.databaseUrl ?? '' },
  });
  sql = openDatabase(core.databaseUrl ?? '', { max: 1 });
  await core.api('POST', '/accounts', { name: 'team' });
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await Promise.all([core.stop(), other.stop()]);
});

function askToken(form: Record<string, string>, at = core, path = '/v1/oauth/token') {
  return ask(at, path, { method: 'POST', body: new URLSearchParams(form) });
}

const FORM = { grant_type: 'password', client_id: 'anonymous' };

async function tokenOf(username: string, password = PASSWORD): Promise<string> {
  const { status, body } = await askToken({ ...FORM, username, password });
  expect(status, JSON.stringify(body)).toBe(200);
  return (body as { access_token: string }).access_token;
}

function as(authorization: string, path: string, at = core): Promise<Answer> {
  return ask(at, `/v1${path}`, { headers: { authorization } });
}

async function addUser(username: string): Promise<void> {
  await core.api('POST', '/accounts/team/users', { username, password: PASSWORD });
}

describe('/oauth/token', () => {
  it('gives a token for name and password, with and without the prefix', async () => {
    for (const path of ['/oauth/token', '/v1/oauth/token']) {
      const form = { ...FORM, username: 'admin', password: PASSWORD };
      const { status, body, headers } = await askToken(form, core, path);
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
          token_type: 'Bearer',
          expires_in: 600,
          scope: '',
        },
      });
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it.each([
    ['a wrong password', { ...FORM, username: 'admin', password: 'wrong' }, 'invalid_grant'],
    ['an unknown user', { ...FORM, username: 'nobody', password: PASSWORD }, 'invalid_grant'],
    ['no password', { ...FORM, username: 'admin' }, 'invalid_grant'],
    ['another grant', { grant_type: 'client_credentials' }, 'unsupported_grant_type'],
  ])('gives none for %s', async (_, form, code) => {
    const { status, body } = await askToken(form);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: code, code, httpcode: 400 });
    expect(body).not.toHaveProperty('access_token');
  });

  it.each<[string, RequestInit, number]>([
    ['no form', {}, 400],
    ['a form without a grant', { body: new URLSearchParams({ username: 'admin' }) }, 400],
    ['JSON', { body: '{}', headers: { 'content-type': 'application/json' } }, 415],
    ['an endless form', { body: new URLSearchParams({ grant_type: 'x'.repeat(20_000) }) }, 413],
  ])('gives none for %s', async (_, init, status) => {
    expect((await ask(core, '/v1/oauth/token', { method: 'POST', ...init })).status).toBe(status);
  });
});

describe('a bearer token', () => {
  it.each(['Bearer', 'bearer', 'JWT'])(
    'logs in by the scheme %s, at every replica',
    async (scheme) => {
      const token = await tokenOf('admin');
      for (const at of [core, other]) {
        expect(await as(`${scheme} ${token}`, '/user', at))
          .toMatchObject({ status: 200, body: { username: 'admin' } });
      }
    },
  );

  it('counts after a restart without any key configured', async () => {
    const token = await tokenOf('admin');
    await core.kill();
    await core.start();
    expect((await as(`Bearer ${token}`, '/user')).status).toBe(200);
  });

  it('may no more than its user, who acts in its account alone', async () => {
    await addUser('uma');
    const authorization = `Bearer ${await tokenOf('uma')}`;
    expect((await as(authorization, '/account')).body).toMatchObject({ name: 'team' });
    expect(errorOf(await as(authorization, '/accounts')).code).toBe('admin_only');
    const headers = { authorization, 'x-anchore-account': 'admin' };
    expect(errorOf(await ask(core, '/v1/images', { headers })).code).toBe('account_forbidden');
    const acting = { authorization: `Bearer ${await tokenOf('admin')}` };
    const admin = await ask(core, '/v1/account', {
      headers: { ...acting, 'x-anchore-account': 'team' },
    });
    expect(admin.body).toMatchObject({ name: 'team' });
  });

  it('ends with the password it was made for, also at the other replica', async () => {
    await addUser('pat');
    const authorization = `Bearer ${await tokenOf('pat')}`;
    for (const at of [core, other]) expect((await as(authorization, '/user', at)).status).toBe(200);
    await core.api('POST', '/accounts/team/users/pat/credentials', { value: 'another-one' });
    for (const at of [core, other]) {
      const { status, body, headers } = await as(authorization, '/user', at);
      expect({ status, body }).toEqual({ status: 401, body: 'Unauthorized' });
      expect(headers.get('www-authenticate')).toBe('basic realm="Authentication required"');
    }
    const newer = `Bearer ${await tokenOf('pat', 'another-one')}`;
    expect((await as(newer, '/user')).status).toBe(200);
    await core.api('DELETE', '/accounts/team/users/pat');
    expect((await as(newer, '/user')).status).toBe(401);
  });

  it.each(['Bearer', 'Bearer x', 'Bearer a.b.c', `Bearer ${'x'.repeat(4000)}`, 'Bearer a b'])(
    'is not %s',
    async (authorization) => expect((await as(authorization, '/user')).status).toBe(401),
  );
});

describe('logins that fail too often', () => {
  it('are answered 429 with the time to wait, at every replica and for tokens, too', async () => {
    await addUser('una');
    const authorization = `Bearer ${await tokenOf('una')}`;
    const letIn = basic('una', PASSWORD).authorization;
    expect((await as(letIn, '/user')).status).toBe(200);
    const guesses = async () => {
      for (let tries = 0; tries < 20; tries += 1) {
        const answer = await as(basic('una', `guess-${tries}`).authorization, '/user');
        if (answer.status !== 401) return { tries, answer };
      }
      return expect.fail('nobody was blocked');
    };
    const { tries, answer } = await guesses();
    expect(tries).toBe(10);
    expect(errorOf(answer)).toMatchObject({ httpcode: 429, code: 'login_blocked' });
    const wait = Number(answer.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
    const form = { ...FORM, username: 'una', password: PASSWORD };
    expect(errorOf(await askToken(form, other)).code).toBe('login_blocked');
    expect((await as(letIn, '/user', other)).status).toBe(429);
    // Whoever was let in before, and the token, go on.
    expect((await as(letIn, '/user')).status).toBe(200);
    expect((await as(authorization, '/user', other)).status).toBe(200);
    // Others are not concerned.
    expect((await core.api('GET', '/user')).status).toBe(200);
    await sql`update login_failures set blocked_until = now()`;
    expect((await as(letIn, '/user', other)).status).toBe(200);
  });

  it('are told of in the log, without any password', () => {
    expect(core.log()).toMatch(/logins are blocked.*user=una.*address=127\.0\.0\.1/);
    expect(core.log()).not.toMatch(/guess-\d|correct-horse/);
  });
});
