/**
 * `npm run feeds`, as a person runs it, between two cores.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ageOf } from '../../../core/cli/feeds/words.ts';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { PASSWORD, startTestCore, type TestCore } from '../../support/core.ts';
import { contentOfStore, load, loadAll, WITHDRAWN } from '../feeds/bundle/samples.ts';

const PROGRAM = fileURLToPath(new URL('../../../core/cli/feeds.ts', import.meta.url));

let folder: string;
let from: TestCore;
let to: TestCore;
let fromSql: Sql;
let toSql: Sql;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidewaiter-test-feeds-'));
  [from, to] = await Promise.all([startTestCore(), startTestCore()]);
  fromSql = openDatabase(from.databaseUrl ?? '', { max: 2 });
  toSql = openDatabase(to.databaseUrl ?? '', { max: 2 });
  await loadAll(fromSql);
  expect((await run('keys')).code).toBe(0);
});
afterAll(async () => {
  await fromSql.end({ timeout: 1 });
  await toSql.end({ timeout: 1 });
  await from.stop();
  await to.stop();
  rmSync(folder, { recursive: true });
});

async function run(...args: string[]) {
  const runtime = 'deno' in process.versions ? ['run', '-A'] : [];
  const child = spawn(process.execPath, [...runtime, PROGRAM, ...args], {
    env: { ...process.env, INIT_CWD: folder, TIDEWAITER_ADMIN_PASSWORD: PASSWORD },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => output += chunk.toString());
  child.stderr.on('data', (chunk: Buffer) => errors += chunk.toString());
  const [code] = await once(child, 'close');
  return { code: code as number, output, errors };
}

const at = (name: string) => join(folder, name);

describe('npm run feeds', () => {
  it('makes keys once, the private one for its owner alone', async () => {
    expect(readFileSync(at('feeds-private.pem'), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(readFileSync(at('feeds-public.pem'), 'utf8')).toMatch(/^-----BEGIN PUBLIC KEY-----/);
    expect(statSync(at('feeds-private.pem')).mode & 0o777).toBe(0o600);
    const before = readFileSync(at('feeds-private.pem'), 'utf8');
    const { code, errors } = await run('keys');
    expect(errors).toMatch(/\(key_exists\)/);
    expect(code).toBe(2);
    expect(readFileSync(at('feeds-private.pem'), 'utf8')).toBe(before);
  });

  it('brings all feeds from one core to another', async () => {
    const exported = await run(
      ...['export', 'all.tar.gz', '--core', from.url, '--key', 'feeds-private.pem'],
    );
    expect(exported.errors).toBe('');
    expect(exported.output).toMatch(/^ {2}osv npm: 2 records, generation 1$/m);
    expect(exported.output).toMatch(/all\.tar\.gz: 7 groups, 12 records, .*$/m);
    expect(exported.output).toMatch(/^signed with the key sha256:[0-9a-f]{64}$/m);
    expect(exported.code).toBe(0);
    const args = ['import', 'all.tar.gz', '--core', to.url, '--trust', 'feeds-public.pem'];
    const imported = await run(...args);
    expect(imported.errors).toBe('');
    expect(imported.output).toMatch(/^signed with the key sha256:[0-9a-f]{64}, which is trusted$/m);
    expect(imported.output).toMatch(/^ {2}osv npm: loaded, 2 records, 2 new or changed, 0 gone$/m);
    expect(imported.output).toMatch(/^7 loaded, 0 unchanged, 0 refused, 0 failed$/m);
    expect(imported.code).toBe(0);
    expect(await contentOfStore(toSql)).toEqual(await contentOfStore(fromSql));
    const again = await run(...args);
    expect(again.output).toMatch(/^0 loaded, 7 unchanged, 0 refused, 0 failed$/m);
    expect(again.code).toBe(0);
  });

  it('refuses what is older, and tells which', async () => {
    await run('export', 'old.tar.gz', '--core', from.url, '--key', 'feeds-private.pem');
    const records = [{ ...WITHDRAWN, key: 'new' }];
    await load(toSql, 'kev/kev', { records, mayShrink: true });
    const args = ['import', 'old.tar.gz', '--core', to.url, '--trust', 'feeds-public.pem'];
    const refused = await run(...args);
    expect(refused.output).toMatch(/^ {2}kev: REFUSED: kev is newer here .*--allow-older\.$/m);
    expect(refused.output).toMatch(/^0 loaded, 6 unchanged, 1 refused, 0 failed$/m);
    expect(refused.code).toBe(1);
    const allowed = await run(...args, '--allow-older');
    expect(allowed.output).toMatch(/^1 loaded, 6 unchanged, 0 refused, 0 failed$/m);
    expect(allowed.code).toBe(0);
  });

  it('says it where nothing is signed', async () => {
    const core = ['--core', from.url, '--unsigned', '--source', 'kev', '--source', 'epss'];
    const exported = await run('export', 'lab.tar.gz', ...core);
    expect(exported.output).toMatch(/2 groups, .*\nWARNING: it is NOT SIGNED\. /);
    expect(exported.code).toBe(0);
    const trusted = await run(
      'import',
      'lab.tar.gz',
      '--core',
      to.url,
      '--trust',
      'feeds-public.pem',
    );
    expect(trusted.errors).toMatch(/\(feed_bundle_unsigned\)/);
    expect(trusted.code).toBe(1);
    const believed = await run('import', 'lab.tar.gz', '--core', to.url, '--unsigned');
    expect(believed.output).toMatch(/^WARNING: its signature was NOT CHECKED\. /m);
    expect(believed.code).toBe(0);
  });

  it.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    ['was cut off', (bytes) => bytes.subarray(0, bytes.length / 2), /feed_bundle_malformed/],
    [
      'has other records',
      (bytes) => gzipSync(changed(gunzipSync(bytes), 'Left is', 'Gone is')),
      /the hash of osv npm is not .*feed_bundle_malformed/,
    ],
    [
      'has another manifest',
      (bytes) => gzipSync(changed(gunzipSync(bytes), '"unreadable": 1', '"unreadable": 0')),
      /feed_bundle_forged/,
    ],
  ])('sends nothing of a bundle that %s', async (_what, change, expected) => {
    await run('export', 'good.tar.gz', '--core', from.url, '--key', 'feeds-private.pem');
    writeFileSync(at('bad.tar.gz'), change(readFileSync(at('good.tar.gz'))));
    const before = await contentOfStore(toSql);
    const { code, output, errors } = await run(
      ...['import', 'bad.tar.gz', '--core', to.url, '--trust', 'feeds-public.pem'],
    );
    expect(errors).toMatch(expected);
    expect(output).toBe('');
    expect(code).toBe(1);
    expect(await contentOfStore(toSql)).toEqual(before);
  });

  it.each([
    ['nobody is trusted', ['import', 'x'], /is only imported from somebody who is trusted/],
    ['no key is named', ['export', 'x'], /is signed: name the private key with --key/],
    ['both are said', ['import', 'x', '--unsigned', '--trust', 'y'], /not both/],
    ['there is no such command', ['fetch'], /Say what to do/],
    ['an option is of another command', ['list', '--trust', 'x'], /list has no option --trust/],
    ['a file is too many', ['list', 'x'], /list takes no file/],
  ])('says how it is used where %s', async (_what, args, expected) => {
    const { code, errors } = await run(...args);
    expect(errors).toMatch(expected);
    expect(errors).toMatch(/^usage: npm run feeds/m);
    expect(code).toBe(2);
  });

  it('says what is missing', async () => {
    const core = ['--core', from.url];
    const key = await run('export', 'x.tar.gz', ...core, '--key', 'nowhere.pem');
    expect(key.errors).toMatch(/\(key_not_found\)/);
    const source = await run('export', 'x.tar.gz', ...core, '--unsigned', '--source', 'nowhere');
    expect(source.errors).toMatch(/Nothing was loaded of a source "nowhere".*\(feed_not_loaded\)/);
    const file = await run('import', 'x.tar.gz', ...core, '--unsigned');
    expect(file.errors).toMatch(/\(feed_bundle_not_found\)/);
    const away = await run('export', 'x.tar.gz', '--core', 'http://127.0.0.1:1', '--unsigned');
    expect(away.errors).toMatch(/\(core_unreachable\)/);
    expect([key, source, file, away].map(({ code }) => code)).toEqual([2, 2, 2, 2]);
    expect(existsSync(at('x.tar.gz'))).toBe(false);
    expect(existsSync(at('x.tar.gz.partial'))).toBe(false);
  });
});

/** The same with a text in another's place, which is as long. */
function changed(bytes: Buffer, text: string, other: string): Buffer {
  const found = bytes.indexOf(text);
  if (found === -1) throw new Error(`there is no ${text}`);
  const copy = Buffer.from(bytes);
  copy.write(other, found);
  return copy;
}

describe('npm run feeds with what a core tells of its feeds', () => {
  const answers: Record<string, unknown> = {};
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const body = answers[`${request.method} ${request.url}`];
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(body ?? { message: 'There is no such route.', code: 'route_not_found' }),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('shows them as a table', async () => {
    const hourAgo = new Date(Date.now() - 3_700_000).toISOString();
    answers['GET /v1/system/feeds'] = [
      {
        name: 'vulnerabilities',
        more: true,
        groups: [
          {
            name: 'Go',
            source: 'osv',
            generation: 3,
            record_count: 4309,
            last_sync: hourAgo,
            state: 'idle',
            error: null,
          },
          {
            name: 'debian',
            source: 'debian',
            state: 'failed',
            error: { code: 'x', message: 'it is\naway' },
          },
        ],
      },
      { name: 'kev', groups: [{ name: 'kev', record_count: 1 }] },
    ];
    const { code, output } = await run('list', '--core', url);
    expect(output.trimEnd().split('\n')).toEqual([
      'SOURCE  GROUP   RECORDS  GENERATION  AGE     STATE',
      'osv     Go         4309           3  1 hour  idle',
      String.raw`debian  debian        0           0  never   failed: it is\u000aaway`,
      'kev     kev           1           0  never',
    ]);
    expect(code).toBe(0);
  });

  it('says where there are none, and where they are told in another way', async () => {
    answers['GET /v1/system/feeds'] = [];
    expect((await run('list', '--core', url)).output).toMatch(/has no feeds yet/);
    answers['GET /v1/system/feeds'] = { feeds: 1 };
    expect(await run('list', '--core', url))
      .toMatchObject({ code: 2, errors: expect.stringMatching(/\(feeds_not_told\)/) });
    delete answers['GET /v1/system/feeds'];
    expect(await run('list', '--core', url))
      .toMatchObject({ code: 2, errors: expect.stringMatching(/\(route_not_found\)/) });
  });

  it('has them brought up to date', async () => {
    answers['POST /v1/system/feeds?sync=true'] = [
      { feed: 'osv', status: 'success', groups: [{ group: 'Go', status: 'success' }] },
      {
        feed: 'kev',
        status: 'failure',
        groups: [{ group: 'kev', status: 'failure', error: 'away' }],
      },
    ];
    const { code, output } = await run('sync', '--core', url);
    expect(output).toBe('osv: success\n  Go: success\nkev: failure\n  kev: failure: away\n');
    expect(code).toBe(1);
    answers['POST /v1/system/feeds?sync=true'] = { accepted: true };
    expect(await run('sync', '--core', url))
      .toMatchObject({ code: 0, output: expect.stringMatching(/takes it up/) });
  });
});

it.each([
  [undefined, 'never'],
  ['soon', 'never'],
  ['2026-01-02T00:00:00Z', '0 seconds'],
  ['2026-01-01T23:59:59Z', '1 second'],
  ['2026-01-01T23:58:30Z', '1 minute'],
  ['2026-01-01T00:00:00Z', '1 day'],
  ['2025-12-01T00:00:00Z', '32 days'],
  ['2027-01-01T00:00:00Z', '0 seconds'],
])('the age of %s is %s', (time, expected) => {
  expect(ageOf(time, Date.parse('2026-01-02T00:00:00Z'))).toBe(expected);
});
