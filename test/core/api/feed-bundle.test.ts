import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPassword } from '../../../core/accounts/passwords.ts';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { PASSWORD, startTestCore, type TestCore } from '../../support/core.ts';
import {
  bundleOf,
  contentOfStore,
  generationsOf,
  gzipped,
  load,
  loadAll,
  WITHDRAWN,
  writtenBundle,
} from '../feeds/bundle/samples.ts';
import { basic } from './samples.ts';

const PATH = '/system/feeds/bundle';

let core: TestCore;
let sql: Sql;
let scratch: string;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'tw-scratch-'));
  core = await startTestCore({ environment: { TMPDIR: scratch } });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
  await sql`insert into accounts (name, type) values ('other', 'user')`;
  await sql`
    insert into users (name, account, password_hash)
    values ('somebody', 'other', ${await hashPassword(PASSWORD)})`;
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await core.stop();
  rmSync(scratch, { recursive: true });
});

async function send(bytes: Uint8Array, query = '', headers: Record<string, string> = {}) {
  const answer = await fetch(`${core.url}/v1${PATH}${query}`, {
    method: 'POST',
    headers: { ...basic('admin', PASSWORD), ...headers },
    body: new Uint8Array(bytes),
  });
  const text = await answer.text();
  const lines = text.split('\n').filter((line) => line !== '');
  return { status: answer.status, lines: lines.map((line): unknown => JSON.parse(line)) };
}

function left(): string[] {
  return readdirSync(scratch).filter((name) => name.startsWith('tidewaiter-bundle-'));
}

describe(`GET ${PATH}`, () => {
  it('gives the feeds as an archive that can be sent back', async () => {
    expect(await core.api('GET', PATH)).toMatchObject({
      status: 409,
      body: { code: 'no_feeds_loaded' },
    });
    await loadAll(sql);
    const answer = await fetch(`${core.url}/v1${PATH}`, {
      headers: basic('admin', PASSWORD),
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/x-tar');
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const before = await contentOfStore(sql);
    await sql`delete from feed_groups`;
    const { status, lines } = await send(bytes);
    expect(status).toBe(200);
    expect(lines).toHaveLength(8);
    expect(lines[0]).toMatchObject({
      group: { source: 'debian', name: 'debian', outcome: 'loaded', generation: 1, records: 1 },
    });
    expect(lines.at(-1)).toEqual({ end: true });
    expect(await contentOfStore(sql)).toEqual(before);
    expect(left()).toEqual([]);
  });

  it('leaves nothing behind of a client that goes', async () => {
    const records = Array.from({ length: 1500 }, (_, at) => ({
      ...WITHDRAWN,
      key: `k${at}`,
      description: randomBytes(10_000).toString('hex'),
    }));
    await load(sql, 'large/large', { records });
    const gone = new AbortController();
    const answer = await fetch(`${core.url}/v1${PATH}?source=large`, {
      headers: basic('admin', PASSWORD),
      signal: gone.signal,
    });
    expect(answer.status).toBe(200);
    expect(left()).toHaveLength(1);
    gone.abort();
    for (let tries = 0; left().length > 0 && tries < 100; tries += 1) await sleep(50);
    expect(left()).toEqual([]);
    await sql`delete from feed_groups where source = 'large'`;
  });
});

describe(`POST ${PATH}`, () => {
  it('takes more than other routes', async () => {
    const lines = Array.from({ length: 1000 }, (_, at) => ({
      ...WITHDRAWN,
      key: `k${at}`,
      description: randomBytes(10_000).toString('hex'),
    }));
    const bundle = await writtenBundle([{ title: 'large/large', lines }]);
    expect(bundle.length).toBeGreaterThan(17 * 1024 ** 2);
    expect(await send(bundle)).toMatchObject({
      status: 200,
      lines: [{ group: { outcome: 'loaded', records: 1000 } }, { end: true }],
    });
    await sql`delete from feed_groups where source = 'large'`;
  });

  it('takes the bundle that was checked and no other', async () => {
    const bundle = await writtenBundle([{ title: 'a/a', lines: [WITHDRAWN] }]);
    const size = Number.parseInt(bundle.toString('latin1', 124, 135), 8);
    const hash = createHash('sha256').update(bundle.subarray(512, 512 + size)).digest('hex');
    expect(await send(bundle, `?manifest=sha256:${'0'.repeat(64)}`))
      .toMatchObject({ status: 400, lines: [{ code: 'feed_bundle_changed' }] });
    expect(await generationsOf(sql)).not.toHaveProperty('a/a');
    expect(await send(gzipped(bundle), `?manifest=sha256:${hash}`)).toMatchObject({ status: 200 });
    expect(await generationsOf(sql)).toHaveProperty('a/a');
  });

  it.each<[string, () => Promise<Buffer>, string]>([
    ['is nothing', async () => Buffer.alloc(0), 'feed_bundle_malformed'],
    ['is none', async () => Buffer.from('{}'), 'feed_bundle_malformed'],
    [
      'was cut off',
      async () => (await bundleOf(sql)).bytes.subarray(0, 9000),
      'feed_bundle_malformed',
    ],
    [
      'is of a later version',
      () => writtenBundle([{ title: 'a/a', lines: [] }], { version: 9 }),
      'feed_bundle_version',
    ],
  ])('refuses a bundle that %s', async (_what, make, code) => {
    const bytes = await make();
    const before = await contentOfStore(sql);
    expect(await send(bytes)).toMatchObject({ status: 400, lines: [{ code }] });
    expect(await contentOfStore(sql)).toEqual(before);
    expect(left()).toEqual([]);
  });

  it('takes what is older where that is said', async () => {
    const told = { loaded_at: '2020-01-01T00:00:00.000Z' };
    await load(sql, 'b/b', { records: [WITHDRAWN] });
    const bundle = await writtenBundle([{ title: 'b/b', lines: [], told }]);
    expect((await send(bundle)).lines[0])
      .toMatchObject({ group: { outcome: 'refused', code: 'feed_bundle_older' } });
    expect((await send(bundle, '?allow_older=true')).lines[0])
      .toMatchObject({ group: { outcome: 'loaded' } });
  });
});

it('nobody but the administrator may do either', async () => {
  const headers = basic('somebody', PASSWORD);
  expect(await core.api('GET', PATH, undefined, headers))
    .toMatchObject({ status: 403, body: { code: 'admin_only' } });
  expect(await send(Buffer.from('x'), '', headers))
    .toMatchObject({ status: 403, lines: [{ code: 'admin_only' }] });
  expect((await fetch(`${core.url}/v1${PATH}`)).status).toBe(401);
});

it('both are described', async () => {
  const { body } = await core.api('GET', '/openapi.json');
  expect(body).toMatchObject({ paths: { [PATH]: { get: {}, post: {} } } });
});
