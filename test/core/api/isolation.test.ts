/**
 * What one account has is nobody else's: every route of the API, as the app itself lists them, is
 * asked with the names and digests of one account by a user of another.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeImage } from 'oci-client/compose';
import { addRule } from '../../../core/archive/rule-records.ts';
import { archiveImage } from '../../../core/archive/store.ts';
import { beginImport } from '../../../core/imports/operations.ts';
import { isAdminOnly, type Need, ROUTES } from '../../../core/api/permissions.ts';
import { keepDecisions } from '../../../core/admissions/decisions.ts';
import { keepSet } from '../../../core/admissions/sets.ts';
import {
  insertSubscription,
  subscriptionId,
  targetOf,
} from '../../../core/catalog/subscriptions.ts';
import { loadConfig } from '../../../core/config/load.ts';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { SBOM_FORMATS } from '../../../core/exports/index.ts';
import { insertCredential } from '../../../core/registries/credentials.ts';
import { createRegistries, type Registries } from '../../../core/registries/registries.ts';
import { secretBox } from '../../../core/registries/secrets.ts';
import { routeName } from '../../../core/server/authorization.ts';
import { PASSWORD, startTestCore } from '../../support/core.ts';
import { testListener } from '../../support/api-listener.ts';
import { quiet } from '../../support/postgres.ts';
import { startRegistry } from '../../support/registry.ts';
import { always, bundleOf } from '../policy/samples.ts';
import { basic } from './samples.ts';

/** In everything of the first account that no request names. */
const MARKER = 'marker';
const KEY = 'a key of some length';
const REGISTRY = 'registry.example:5000';

/** Routes that need no login. */
const PUBLIC = [
  'GET /',
  'GET /health',
  'GET /ready',
  'GET /metrics',
  'GET /version',
  'GET /openapi.json',
  'GET /swagger.json',
  'POST /oauth/token',
];
/** Routes of Jobs, which show what they are by tokens of their own. */
const OF_JOBS = /^\w+ (?:\/v2)?\/tasks\//;

const SAMPLE_BUNDLE = { ...bundleOf([always('GO')]), id: 'a-bundle', name: 'a bundle' };

/** Bodies that a route takes. */
const BODIES: Readonly<Record<string, unknown>> = {
  'POST /images': { tag: '127.0.0.1:1/a:1' },
  'POST /policies': { ...SAMPLE_BUNDLE, id: 'added', name: 'added' },
  'PUT /policies/{policyId}': { policyId: 'a-bundle', policybundle: SAMPLE_BUNDLE },
  'POST /policies/test': { policybundle: SAMPLE_BUNDLE, tests: [] },
  'POST /policies/replay': {
    policybundle: bundleOf([always('STOP')]),
    days: 7,
  },
  'POST /imports/images': undefined,
  'POST /imports/images/{uuid}/{content}': MARKER,
  'POST /archives/images': ['sha256:none'],
  'POST /archives/rules': { transition: 'archive', analysis_age_days: 30 },
  'POST /subscriptions': {
    subscription_key: 'registry.example/added:1',
    subscription_type: 'tag_update',
  },
  'PUT /subscriptions/{subscription_id}': { active: true },
  'POST /repositories': undefined,
  'POST /registries': { registry: 'added.example', registry_user: 'u', registry_pass: 'p' },
  'PUT /registries/{registry}': { registry_user: 'changed' },
  'POST /match': 'pkg:npm/a-package@1.2.3\n',
  'POST /user/credentials': { type: 'password', value: PASSWORD },
  'POST /accounts': { name: 'added' },
  'PUT /accounts/{account}/state': { state: 'disabled' },
  'POST /accounts/{account}/users': { username: 'added', password: PASSWORD },
  'POST /accounts/{account}/users/{user}/credentials': { type: 'password', value: PASSWORD },
  'POST /system/feeds': undefined,
  'PUT /system/feeds/{feed}': undefined,
  'PUT /system/feeds/{feed}/{group}': undefined,
  'POST /system/feeds/bundle': 'no bundle',
  'POST /system/webhooks/{webhook_type}/test': undefined,
  'POST /door/clients': { cluster: 'c', server: 'https://door.example' },
  'POST /door/certificates': {},
};

/** Routes whose request cannot succeed here even for its owner, each with its reason. */
const FAILING: Readonly<Record<string, string>> = {
  'POST /images': 'core reads from no registry of its own machine',
  'POST /repositories': 'the same',
};

let sql: Sql;
let registries: Registries;
let app: ReturnType<typeof testListener>;
/** Values of the parameters in paths: those of the first account, and others that fit. */
let parameters: Readonly<Record<string, readonly string[]>>;
let query: string;
let privateDigest: string;
let sharedDigest: string;

beforeAll(async () => {
  const [core, registry] = await Promise.all([startTestCore(), startRegistry()]);
  const host = registry.host;
  const ofNpm = (version: string) =>
    composeImage({
      layers: [[
        { path: 'etc/os-release', content: 'ID=alpine\nVERSION_ID=3.20.3\n' },
        {
          path: 'app/node_modules/a-package/package.json',
          content: JSON.stringify({ name: 'a-package', version }),
        },
      ]],
    });
  const [ofA, ofBoth] = [ofNpm('1.2.3'), ofNpm('1.2.4')];
  registry.push(`${MARKER}/private`, '1', ofA);
  registry.push('a-known', '1', ofA);
  registry.push(`${MARKER}/shared`, '1', ofBoth);
  registry.push('b-shared', '1', ofBoth);
  const inA = { 'x-anchore-account': 'a-account' };
  const submit = async (tag: string, headers: Record<string, string>) => {
    const { body } = await core.api('POST', '/images', { tag }, headers);
    return (body as { imageDigest: string }[])[0]?.imageDigest ?? expect.fail(tag);
  };
  await core.api('POST', '/accounts', { name: 'a-account', email: `${MARKER}@example.org` });
  await core.api('POST', '/accounts', { name: 'b-account' });
  for (
    const [account, username] of [['a', 'a-user'], ['a', 'a-other'], ['a', MARKER], ['b', 'bob']]
  ) {
    const user = { username, password: PASSWORD };
    expect((await core.api('POST', `/accounts/${account}-account/users`, user)).status).toBe(200);
  }
  privateDigest = await submit(`${host}/${MARKER}/private:1`, inA);
  await submit(`${host}/a-known:1`, inA);
  sharedDigest = await submit(`${host}/${MARKER}/shared:1`, inA);
  await submit(`${host}/b-shared:1`, { 'x-anchore-account': 'b-account' });
  const bundle = { ...SAMPLE_BUNDLE, name: MARKER };
  expect((await core.api('POST', '/policies', bundle, inA)).status).toBe(200);
  sql = openDatabase(core.databaseUrl ?? '', { max: 4 });
  const analysed = async () => (await sql`select from analyses where head is not null`).length;
  while (await analysed() < 2) await sleep(100);
  for (const digest of [privateDigest, sharedDigest]) {
    const tag = encodeURIComponent(`${host}/a-known:1`);
    const path = `/images/${digest}/check?tag=${tag}`;
    expect((await core.api('GET', path, undefined, inA)).status).toBe(200);
  }
  // From now on nothing changes by itself.
  await core.stop();
  await registry.close();
  await fillDoor();
  for (const digest of [privateDigest, sharedDigest]) {
    await archiveImage(sql, 'a-account', digest, { remove: false });
  }
  const { id: uuid } = await beginImport(sql, 'a-account');
  const all = { registry: '*', repository: '*', tag: '*' };
  const { id: ruleId } = await addRule(sql, {
    account: 'a-account',
    transition: 'archive',
    systemGlobal: false,
    selector: { ...all, repository: MARKER },
    exclude: all,
    excludeDays: -1,
    ageDays: 1,
    newerVersions: -1,
    mostImages: null,
  });
  // Its facts stay.
  await sql`update analyses set state = 'not_analyzed' where digest = ${privateDigest}`;
  const box = secretBox(KEY);
  await insertCredential(sql, {
    account: 'a-account',
    registry: REGISTRY,
    user: MARKER,
    ...box.seal({ account: 'a-account', registry: REGISTRY }, MARKER),
    type: 'docker_v2',
    name: MARKER,
    verify: true,
  });
  const { config } = loadConfig({ TIDEWAITER_ENCRYPTION_KEY: KEY });
  registries = createRegistries({ config, sql, log: quiet, isLocal: false });
  // Streams that follow what waits end at once.
  app = testListener({ config, sql, log: quiet, registries, stopping: AbortSignal.abort() });
  const ofMarker = `registry.example/${MARKER}:1`;
  const type = 'policy_eval';
  await insertSubscription(sql, {
    account: 'a-account',
    type,
    key: ofMarker,
    ...targetOf(ofMarker, type),
    value: MARKER,
    active: true,
  });
  const [image] = await sql<{ id: string }[]>`
    select image_id as id from images where digest = ${privateDigest}`;
  const [event] = await sql<{ id: string }[]>`
    select id from events where account = 'a-account' and message like ${`%${MARKER}%`} limit 1`;
  parameters = {
    account: ['a-account'],
    user: ['a-other'],
    digest: [privateDigest, sharedDigest],
    imageId: [image?.id ?? ''],
    policyId: ['a-bundle'],
    registry: [encodeURIComponent(REGISTRY)],
    subscription_id: [subscriptionId('a-account', ofMarker, type)],
    ruleId: [ruleId],
    uuid: [uuid],
    content: ['manifest'],
    id: ['a-decision', event?.id ?? ''],
    kind: ['retrieved_files', 'secret_search', 'file_content_search'],
    type: ['files', 'npm', 'os', 'all', 'manifest', 'docker_history'],
    format: SBOM_FORMATS,
    feed: ['vulnerabilities'],
    group: ['debian:12'],
    webhook_type: ['general'],
    task: ['a-task'],
    servicename: ['apiext'],
    hostid: ['tidewaiter'],
  };
  query = new URLSearchParams({
    name: 'a-package',
    id: 'CVE-2020-0001',
    vulnerability_id: 'CVE-2020-0001',
    tag: `${host}/a-known:1`,
    fulltag: `${host}/a-known:1`,
    policyId: 'a-bundle',
    image_status: 'all',
    history: 'true',
    validate: 'false',
    enabled: 'true',
    repository: '127.0.0.1:1/a',
    force: 'true',
    imageDigests: `${privateDigest},${sharedDigest}`,
  }).toString();
}, 120_000);

afterAll(async () => {
  await registries.close();
  await sql.end({ timeout: 1 });
});

/** A decision and a running set in a namespace that the door judges by the first account. */
async function fillDoor(): Promise<void> {
  const at = new Date();
  await keepDecisions(sql, [{
    id: 'a-decision',
    door: 'imagepolicy',
    cluster: 'cluster',
    namespace: `${MARKER}-namespace`,
    account: 'a-account',
    mode: 'enforce',
    decision: 'admitted',
    allowed: true,
    reason: MARKER,
    images: [{
      image: `registry.example/${MARKER}:1`,
      kind: 'admitted',
      text: 'go',
      digests: [privateDigest, sharedDigest],
      index: null,
      bundle: 'a-bundle',
      bundleSha256: null,
      evaluatedAt: null,
    }],
    request: { identified: true },
    count: 1,
    firstAt: at,
    lastAt: at,
  }]);
  const digests = { [`registry.example/${MARKER}:1`]: [privateDigest, sharedDigest] };
  await keepSet(sql, { cluster: 'cluster', namespace: `${MARKER}-namespace`, digests }, 'admitted');
  await sql`update admitted_sets set pods = 2`;
}

interface Call {
  /** As it is declared. */
  readonly route: string;
  readonly method: string;
  readonly path: string;
  /** Whether the path names what the first account alone has. */
  readonly isPrivate: boolean;
  readonly body: unknown;
}

/** Names of all routes of the app, with where each is mounted. */
function mounted(): { route: string; method: string; path: string }[] {
  const all = app.routes.filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => ({ route: routeName({ method, path }), method, path }));
  return [...new Map(all.map((one) => [`${one.method} ${one.path}`, one])).values()];
}

function guarded(): { route: string; method: string; path: string }[] {
  return mounted().filter(({ route }) => !PUBLIC.includes(route));
}

/** The path with all values that its parameters can have. */
function pathsOf(path: string): string[] {
  const [found, name] = /\/:(\w+)(?:\{[^}]*\})?/.exec(path) ?? [];
  if (found === undefined || name === undefined) return [path];
  const values = parameters[name];
  if (values === undefined) throw new Error(`no value for the parameter ${name} of ${path}`);
  return values.flatMap((value) => pathsOf(path.replace(found, `/${value}`)));
}

const ORDER = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** All calls; what takes something away comes last, and what lies deeper first. */
function calls(): Call[] {
  const routes = guarded().filter(({ route }) => !OF_JOBS.test(route)).sort((one, other) =>
    ORDER.indexOf(one.method) - ORDER.indexOf(other.method) ||
    // An image is in the queue as long as the account has it.
    Number(other.path.includes('/queue')) - Number(one.path.includes('/queue')) ||
    other.path.length - one.path.length
  );
  return routes.flatMap(({ route, method, path }) => {
    if (['POST', 'PUT', 'PATCH'].includes(method) && !(route in BODIES)) {
      throw new Error(`no body for ${route}: add one that it takes`);
    }
    return pathsOf(path).flatMap((each) => {
      const isPrivate = path.includes(':') && !each.includes(sharedDigest) &&
        !each.includes('/system/');
      const call = { route, method, isPrivate, body: BODIES[route] };
      const asked = { ...call, path: `${each}?${query}` };
      return method === 'GET' ? [{ ...call, path: each }, asked] : [asked];
    });
  });
}

async function ask(
  { method, path, body }: Pick<Call, 'method' | 'path' | 'body'>,
  headers: Record<string, string>,
): Promise<{ status: number; text: string; headers: Headers }> {
  const init = {
    method,
    headers: {
      ...headers,
      ...(typeof body === 'object' ? { 'content-type': 'application/json' } : {}),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
  const env = { incoming: { socket: { remoteAddress: '192.0.2.1' } } };
  const answer = await app.request(path, init, env);
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

const ofA = () => basic('a-user', PASSWORD);
const ofB = () => basic('bob', PASSWORD);

/** Every row that names the first account, of whatever table, and what it stands on. */
async function rowsOfA(): Promise<unknown> {
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.columns
    where table_schema = 'public' and column_name = 'account' order by 1`;
  const all = tables.map(async ({ name }) => {
    const rows = await sql`
      select to_jsonb(t) as row from ${sql(name)} t where account = 'a-account' order by 1`;
    return [name, rows];
  });
  const accounts = sql`select to_jsonb(a) as row from accounts a where name = 'a-account'`;
  const analyses = sql`select to_jsonb(a) as row from analyses a order by digest`;
  return await Promise.all([...all, accounts, analyses]);
}

describe('the table of permissions', () => {
  it('has every route that needs a login, and no other', () => {
    const routes = new Set(
      guarded().map(({ route }) => route).filter((name) => !OF_JOBS.test(name)),
    );
    expect([...routes].sort()).toEqual(Object.keys(ROUTES).sort());
    expect(routes.size).toBeGreaterThan(50);
  });
});

describe('every route', () => {
  it('is refused to whoever shows no password', async () => {
    for (const { route, method, path } of guarded()) {
      const [each = path] = pathsOf(path);
      const { status } = await ask({ method, path: each, body: BODIES[route] }, {});
      expect(status, `${method} ${each}`).toBe(401);
    }
  });

  it('is refused to a user who names the account of another', async () => {
    for (const call of calls()) {
      const { status } = await ask(call, { ...ofB(), 'x-anchore-account': 'a-account' });
      expect(status, `${call.method} ${call.path}`).toBe(403);
    }
  });

  it('shows and changes nothing of another account', async () => {
    const before = await rowsOfA();
    for (const call of calls()) {
      const where = `${call.method} ${call.path}`;
      const { status, text } = await ask(call, ofB());
      expect(text, where).not.toContain(MARKER);
      expect(status, where).toBeLessThan(500);
      if (call.isPrivate) expect([403, 404], `${where} ${text}`).toContain(status);
    }
    expect(await rowsOfA()).toEqual(before);
  });

  it('that is for administrators refuses others, whatever they ask', async () => {
    const routes = calls().filter(({ route }) => isAdminOnly(ROUTES[route] as Need));
    expect(new Set(routes.map(({ route }) => route)).size).toBeGreaterThan(12);
    for (const call of routes) {
      for (const login of [ofA(), ofB()]) {
        const { status, text } = await ask(call, login);
        expect([status, (JSON.parse(text) as { code: string }).code], call.route)
          .toEqual([403, 'admin_only']);
      }
    }
  });

  // Last: it takes away what the account has.
  it('answers the account itself, so that the refusals above mean something', async () => {
    const seen = new Set<string>();
    const answered = new Map<string, number[]>();
    for (const call of calls()) {
      if (isAdminOnly(ROUTES[call.route] as Need)) continue;
      const { status, text } = await ask(call, ofA());
      answered.set(call.route, [...answered.get(call.route) ?? [], status]);
      if (text.includes(MARKER)) seen.add(call.route);
    }
    const refused = [...answered].filter(([route, all]) =>
      !all.some((status) => status < 300) && !(route in FAILING)
    );
    expect(refused).toEqual([]);
    expect([...seen].sort()).toEqual(expect.arrayContaining([
      'GET /account',
      'GET /accounts/{account}',
      'GET /accounts/{account}/users',
      'GET /admissions',
      'GET /admissions/{id}',
      'GET /archives/images',
      'GET /archives/images/{digest}',
      'GET /archives/rules',
      'GET /archives/rules/{ruleId}',
      'GET /events',
      'GET /events/{id}',
      'GET /images',
      'GET /images/by_id/{imageId}',
      'GET /images/{digest}',
      'GET /policies',
      'GET /policies/{policyId}',
      'GET /queue',
      'GET /queue/{digest}',
      'GET /summaries/imagetags',
      'GET /query/images/by_package',
      'GET /registries',
      'GET /registries/{registry}',
      'GET /subscriptions',
      'GET /subscriptions/{subscription_id}',
      'POST /policies/replay',
    ]));
  });
});
