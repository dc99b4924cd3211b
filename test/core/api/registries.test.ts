import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import {
  type Answer,
  PASSWORD,
  startTestCore,
  submitImage,
  type TestCore,
  untilAnalysed,
} from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { basic, errorOf, image } from './samples.ts';

const USER = 'robot-of-the-registry';
const SECRET = 'correct:staple-of-the-registry';
const KEY = 'a key for the tests of registries';
const OTHER = { 'x-anchore-account': 'other' };

/** Ways in which a secret may be written. */
const SECRETS = [
  SECRET,
  encodeURIComponent(SECRET),
  Buffer.from(SECRET).toString('base64').replace(/=+$/, ''),
  Buffer.from(`${USER}:${SECRET}`).toString('base64'),
  Buffer.from(SECRET).toString('hex'),
  KEY,
];

function expectNoSecret(value: unknown): void {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  for (const secret of SECRETS) expect(text).not.toContain(secret);
}

let core: TestCore;
let sql: Sql;
let withPassword: TestRegistry;
let withTokens: TestRegistry;

beforeAll(async () => {
  const login = { username: USER, password: SECRET };
  withPassword = await startRegistry({ auth: { kind: 'basic', ...login } });
  withTokens = await startRegistry({ auth: { kind: 'token', ...login }, redirectBlobs: true });
  core = await startTestCore({ environment: { TIDEWAITER_ENCRYPTION_KEY: KEY } });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
  await sql`insert into accounts (name, type) values ('other', 'user')`;
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await core.stop();
  await withPassword.close();
  await withTokens.close();
});

function bodyFor(registry: string, more: Readonly<Record<string, unknown>> = {}) {
  return { registry, registry_user: USER, registry_pass: SECRET, ...more };
}

/** Adds, without asking the registry unless told to. */
async function add(
  registry: string,
  more: Readonly<Record<string, unknown>> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return await core.api('POST', '/registries?validate=false', bodyFor(registry, more), headers);
}

const remove = (registry: string) =>
  core.api('DELETE', `/registries/${encodeURIComponent(registry)}`);

const submit = (tag: string, headers: Record<string, string> = {}) =>
  core.api('POST', '/images', { tag }, headers);

describe('/registries', () => {
  it('keeps credentials and shows all but the password', async () => {
    const registry = 'registry.example:5000/team/*';
    const path = `/registries/${encodeURIComponent(registry)}`;
    const added = await add(registry, { registry_name: 'The team', registry_verify: true });
    expect(added.status, JSON.stringify(added.body)).toBe(200);
    const record = {
      registry,
      registry_user: USER,
      registry_type: 'docker_v2',
      registry_name: 'The team',
      registry_verify: true,
      userId: 'admin',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      last_updated: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    };
    expect(added.body).toEqual([record]);
    expect((await core.api('GET', path)).body).toEqual([record]);
    expect((await core.api('GET', '/registries')).body).toEqual([record]);
    expect((await core.api('GET', '/registries', undefined, OTHER)).body).toEqual([]);
    expect((await core.api('GET', path, undefined, OTHER)).status).toBe(404);

    const change = {
      registry,
      registry_user: 'second',
      registry_pass: 'another',
      registry_name: null,
    };
    const changed = await core.api('PUT', `${path}?validate=false`, change);
    expect(changed.body).toEqual([{ ...record, registry_user: 'second' }]);
    expectNoSecret([added.body, changed.body]);

    expect(await remove(registry)).toMatchObject({ status: 200, body: 'deleted' });
    expect((await core.api('GET', '/registries')).body).toEqual([]);
    expect(errorOf(await remove(registry))).toMatchObject({
      httpcode: 404,
      code: 'registry_not_found',
    });
  });

  it('keeps nothing in the database that could be read, not even in the dump of a row', async () => {
    await add('stored.example');
    await add('stored.example', {}, OTHER);
    const rows = await sql<{ row: string; secret: Buffer }[]>`
      select r::text as row, secret from registry_credentials r where registry = 'stored.example'`;
    expect(rows).toHaveLength(2);
    for (const { row, secret } of rows) {
      expectNoSecret(row);
      expectNoSecret(secret.toString('latin1'));
    }
    expect(rows[0]?.secret).not.toEqual(rows[1]?.secret);
    await remove('stored.example');
  });

  it('tells of each change in the log of events, without the secret', async () => {
    await add('told.example');
    await core.api('PUT', '/registries/told.example?validate=false', {
      registry_pass: `${SECRET}2`,
    });
    await remove('told.example');
    const events = await sql`
      select type, level, resource_type, message, details from events
      where account = 'admin' and resource = 'told.example' order by created_at`;
    expect(events).toMatchObject([
      { type: 'user.registry.added', level: 'info', resource_type: 'registry' },
      { type: 'user.registry.updated', details: { user: 'admin' } },
      { type: 'user.registry.deleted' },
    ]);
    expectNoSecret(events);
  });

  it('has each registry once', async () => {
    await add('once.example');
    const codes = await Promise.all(Array.from({ length: 5 }, () => add('twice.example')));
    expect(codes.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409, 409]);
    expect(errorOf(await add('once.example'))).toMatchObject({
      httpcode: 409,
      code: 'registry_exists',
    });
    expect((await add('once.example', {}, OTHER)).status).toBe(200);
    await remove('once.example');
    await remove('twice.example');
  });

  it.each([
    ['https://registry.example', 409, 'registry_name_invalid'],
    ['http://registry.example/team', 409, 'registry_name_invalid'],
    ['registry.example/', 409, 'registry_name_invalid'],
    ['registry', 400, 'registry_name_invalid'],
    ['*', 400, 'registry_name_invalid'],
    ['registry.example*', 400, 'registry_name_invalid'],
    ['user:password@registry.example', 400, 'registry_name_invalid'],
  ])('refuses the name %s', async (registry, httpcode, code) => {
    expect(errorOf(await add(registry))).toMatchObject({ httpcode, code });
  });

  it.each([
    ['awsecr', { registry_type: 'awsecr' }, 'registry_type_unsupported', /not supported yet/],
    ['an unknown type', { registry_type: 'gitlab' }, 'registry_type_unsupported', /docker_v2/],
    ['no check of TLS', { registry_verify: false }, 'registry_verify_unsupported', /ca_file/],
  ])('refuses %s', async (_, more, code, words) => {
    for (
      const error of [
        errorOf(await add('refused.example', more)),
        errorOf(await core.api('PUT', '/registries/refused.example', more)),
      ]
    ) {
      expect(error).toMatchObject({ httpcode: 400, code });
      expect(error.message).toMatch(words);
    }
  });

  it.each([
    { registry: 'wrong.example' },
    { registry: 'wrong.example', registry_user: 'a' },
    bodyFor('wrong.example', { registry_user: 'with:colon' }),
    bodyFor('wrong.example', { registry_pass: 5 }),
    bodyFor('wrong.example', { registry_verify: SECRET }),
    bodyFor(''),
    '{"registry_pass": "',
  ])('refuses what is no registry: %#', async (body) => {
    const answer = await core.api('POST', '/registries?validate=false', body);
    expect(answer.status).toBe(400);
    expectNoSecret(answer.body);
  });

  it('does not rename', async () => {
    const answer = await core.api('PUT', '/registries/a.example', { registry: 'b.example' });
    expect(errorOf(answer)).toMatchObject({ httpcode: 400, code: 'registry_mismatch' });
  });

  it.each(['PUT', 'GET', 'DELETE'])('does not know what is not there: %s', async (method) => {
    const body = method === 'PUT' ? { registry_pass: 'x' } : undefined;
    for (const name of ['nowhere.example', 'https:%2F%2Fx', '%E2%80%AE', 'x'.repeat(3000)]) {
      const answer = await core.api(method, `/registries/${name}`, body);
      expect(errorOf(answer)).toMatchObject({ httpcode: 404, code: 'registry_not_found' });
    }
  });
});

describe('validation', () => {
  it('asks the registry, and stores nothing that it refuses', async () => {
    for (const { host } of [withPassword, withTokens]) {
      const wrong = bodyFor(host, { registry_pass: 'wrong-one' });
      const error = errorOf(await core.api('POST', '/registries', wrong));
      expect(error).toMatchObject({
        httpcode: 406,
        code: 'registry_refused_login',
        detail: { error_codes: ['REGISTRY_PERMISSION_DENIED'] },
      });
      expect(error.message).toContain(host);
      expect(error.message).not.toContain('wrong-one');
      expect((await core.api('GET', `/registries/${host}`)).status).toBe(404);

      const good = await core.api('POST', '/registries?validate=True', bodyFor(`${host}/team/*`));
      expect(good.status, JSON.stringify(good.body)).toBe(200);

      const path = `/registries/${encodeURIComponent(`${host}/team/*`)}`;
      const bad = await core.api('PUT', path, { registry_pass: 'wrong-two' });
      expect(errorOf(bad)).toMatchObject({ httpcode: 406, code: 'registry_refused_login' });
      // With the password that is stored already, and still the old one.
      expect((await core.api('PUT', path, { registry_name: 'renamed' })).body)
        .toMatchObject([{ registry_name: 'renamed' }]);
      await remove(`${host}/team/*`);
    }
  });

  it('says that a registry is not there', async () => {
    const gone = await startRegistry();
    await gone.close();
    const error = errorOf(await core.api('POST', '/registries', bodyFor(gone.host)));
    expect(error).toMatchObject({ httpcode: 406, code: 'registry_unreachable' });
    expect(error.message).toContain(gone.host);
  });
});

describe.each([
  ['a password', () => withPassword],
  ['tokens', () => withTokens],
])('an image of a registry that wants %s', (name, registryOf) => {
  const repository = `private-${name.replace(' ', '-')}`;

  it('is analysed with the credentials that its account has stored', async () => {
    const registry = registryOf();
    const tag = `${registry.host}/${repository}/app:1`;
    registry.push(`${repository}/app`, '1', image(repository));
    expect(errorOf(await submit(tag))).toMatchObject({ code: 'registry_refused_login' });
    expect((await core.api('POST', '/registries', bodyFor(registry.host))).status).toBe(200);
    const { imageDigest } = await submitImage(core, tag);
    expect(await untilAnalysed(core, imageDigest)).toMatchObject({
      analysis_status: 'analyzed',
      attempt: 1,
    });
    const rows = await sql`select a::text as row from analyses a where digest = ${imageDigest}`;
    expectNoSecret(rows);
    expect(JSON.stringify(rows)).not.toContain(USER);
  });

  it('is not there for another account, though the first one has it open', async () => {
    const tag = `${registryOf().host}/${repository}/app:1`;
    expect(errorOf(await submit(tag, OTHER))).toMatchObject({ code: 'registry_refused_login' });
  });

  it('is read with new credentials at once', async () => {
    const { host } = registryOf();
    const tag = `${host}/${repository}/app:1`;
    expect((await submit(tag)).status).toBe(200);
    const path = `/registries/${host}?validate=false`;
    expect((await core.api('PUT', path, { registry_pass: 'no longer' })).status).toBe(200);
    expect(errorOf(await submit(tag))).toMatchObject({ code: 'registry_refused_login' });
    expect((await core.api('PUT', path, { registry_pass: SECRET })).status).toBe(200);
    expect((await submit(tag)).status).toBe(200);
    await add(`${host}/${repository}`, { registry_pass: 'more specific and wrong' });
    expect(errorOf(await submit(tag))).toMatchObject({ code: 'registry_refused_login' });
    await remove(`${host}/${repository}`);
    expect((await submit(tag)).status).toBe(200);
    await remove(host);
    expect(errorOf(await submit(tag))).toMatchObject({ code: 'registry_refused_login' });
  });
});

it("an image that the door asks about is read with the credentials of the door's account", async () => {
  const { host } = withPassword;
  withPassword.push('door/app', '1', image('for the door'));
  await add(host);
  await expect.poll(async () => (await core.review([`${host}/door/app:1`])).body, {
    timeout: 20_000,
    interval: 200,
  }).toMatchObject({ status: { allowed: true } });
  await remove(host);
});

it('nothing of all this is in the log', () => {
  expectNoSecret(core.log());
  expect(core.log()).not.toContain(USER);
});

describe('a core', () => {
  /** One more core on the same database. */
  async function withCore(
    environment: Readonly<Record<string, string>>,
    use: (other: TestCore) => Promise<void>,
  ): Promise<void> {
    const other = await startTestCore({
      environment: {
        DATABASE_URL: core.databaseUrl ?? '',
        TIDEWAITER_SERVICES: 'api,tasks',
        ...environment,
      },
    });
    try {
      await use(other);
      expectNoSecret(other.log());
    } finally {
      await other.stop();
    }
  }

  it.each([
    ['without a key', {}],
    ['with an empty key', { TIDEWAITER_ENCRYPTION_KEY: '' }],
  ])('%s stores nothing and says how to have one', async (_, environment) => {
    await add('sealed.example');
    await withCore(environment, async (other) => {
      for (
        const answer of [
          await other.api('POST', '/registries?validate=false', bodyFor('keyless.example')),
          await other.api('PUT', '/registries/sealed.example?validate=false', {
            registry_pass: 'another one',
          }),
        ]
      ) {
        const error = errorOf(answer);
        expect(error).toMatchObject({ httpcode: 409, code: 'encryption_key_missing' });
        expect(error.message).toContain('TIDEWAITER_ENCRYPTION_KEY');
        expect(error.message).toContain('tidewaiter-encryption');
      }
      expect((await other.api('GET', '/registries/keyless.example')).status).toBe(404);
      expect((await other.api('GET', '/registries')).body).toMatchObject([
        { registry: 'sealed.example' },
      ]);
    });
    await remove('sealed.example');
  });

  it.each([
    ['another key', { TIDEWAITER_ENCRYPTION_KEY: 'quite another key' }],
    ['no key', {}],
  ])('with %s says so, and takes the credentials anew', async (_, environment) => {
    const { host } = withTokens;
    await add(host);
    await withCore(environment, async (other) => {
      const tag = `${host}/private-tokens/app:1`;
      const error = errorOf(await other.api('POST', '/images', { tag }));
      expect(error).toMatchObject({ httpcode: 409, code: 'registry_credentials_unreadable' });
      expect(error.message).toMatch(
        /stored with another encryption key: store them again, or set TIDEWAITER_ENCRYPTION_KEY back/,
      );
      if (Object.keys(environment).length === 0) return;
      const kept = await other.api('PUT', `/registries/${host}`, { registry_name: 'x' });
      expect(errorOf(kept)).toMatchObject({ code: 'registry_credentials_unreadable' });
      const anew = await other.api('PUT', `/registries/${host}`, { registry_pass: SECRET });
      expect(anew.status, JSON.stringify(anew.body)).toBe(200);
      expect((await other.api('POST', '/images', { tag })).status).toBe(200);
    });
    await remove(host);
  });

  it('that others can reach sends no password to addresses inside', async () => {
    const before = withPassword.requests.length;
    const environment = { TIDEWAITER_HOST: '0.0.0.0', TIDEWAITER_ENCRYPTION_KEY: KEY };
    await withCore(environment, async (other) => {
      const { port } = new URL(withPassword.origin);
      for (const host of [withPassword.host, `localhost:${port}`, `[::1]:${port}`, '10.0.0.1']) {
        const error = errorOf(await other.api('POST', '/registries', bodyFor(host)));
        expect(error).toMatchObject({ httpcode: 406, code: 'forbidden_address' });
      }
    });
    expect(withPassword.requests).toHaveLength(before);
  });

  it('logs in with what its operator set before anything else', async () => {
    const { host } = withPassword;
    await add(host, { registry_pass: 'wrong' });
    const tag = `${host}/private-a-password/app:1`;
    const setting = [{ registry: host, username: USER, password: SECRET, plain_http: true }];
    const environment = {
      TIDEWAITER_ENCRYPTION_KEY: KEY,
      TIDEWAITER_REGISTRIES: JSON.stringify(setting),
    };
    await withCore(environment, async (other) => {
      expect((await other.api('POST', '/images', { tag })).status).toBe(200);
    });
    expect(errorOf(await submit(tag))).toMatchObject({ code: 'registry_refused_login' });
    await remove(host);
  });
});

it('needs a login', async () => {
  for (const headers of [{}, basic('admin', `${PASSWORD}x`)]) {
    expect((await fetch(`${core.url}/v1/registries`, { headers })).status).toBe(401);
  }
});
