/**
 * The queue as accounts see it, and how they take images out of it again.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { PASSWORD, startTestCore, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { errorOf, image, layerOf, onlyImage } from './samples.ts';

interface Queued {
  readonly imageDigest: string;
  readonly reference: string;
  readonly position: number | null;
}

let core: TestCore;
let registry: TestRegistry;
let sql: Sql;
const inOther = { 'x-anchore-account': 'other' };

beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore({ environment: { TIDEWAITER_ANALYSES: '1' } });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
  await core.api('POST', '/accounts', { name: 'other' });
  const user = { username: 'jane', password: PASSWORD };
  await core.api('POST', '/accounts/other/users', user);
});
// What one test leaves behind would keep the others waiting.
afterEach(async () => {
  for (const headers of [{}, inOther]) {
    for (const { imageDigest } of await queue('', headers)) await cancel(imageDigest, headers);
  }
  registry.faults.release();
});
afterAll(async () => {
  registry.faults.release();
  await sql.end({ timeout: 1 });
  await core.stop();
  await registry.close();
});

async function submit(name: string, headers?: Record<string, string>, repository = name) {
  registry.push(repository, '1', image(name));
  const tag = `${registry.host}/${repository}:1`;
  return onlyImage(await core.api('POST', '/images', { tag }, headers)).imageDigest;
}

/** An image whose analysis does not come to its end, and is under way. */
async function running(name: string): Promise<string> {
  const reached = registry.faults.hangBlob(layerOf(image(name)));
  const digest = await submit(name);
  await reached;
  return digest;
}

async function queue(query = '', headers: Record<string, string> = {}): Promise<Queued[]> {
  const { status, body } = await core.api('GET', `/queue${query}`, undefined, headers);
  expect(status, JSON.stringify(body)).toBe(200);
  return body as Queued[];
}

const digestsOf = (all: readonly Queued[]) => all.map(({ imageDigest }) => imageDigest);
const stateOf = async (digest: string) => onlyImage(await core.api('GET', `/images/${digest}`));
const cancel = (digest: string, headers?: Record<string, string>) =>
  core.api('DELETE', `/queue/${digest}`, undefined, headers);

async function countRunning(): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from analyses where state = 'analyzing'`;
  return row?.count ?? 0;
}

describe('/queue', () => {
  it('shows what runs, then what waits, in pages; what has left it is not there', async () => {
    const first = await running('first');
    const waiting = [];
    for (const name of ['a', 'b', 'c']) waiting.push(await submit(name));
    const all = await queue();
    expect(digestsOf(all)).toEqual([first, ...waiting]);
    expect(all[0]).toMatchObject({
      reference: `${registry.host}/first:1`,
      analysis_status: 'analyzing',
      lane: 'submitted',
      position: null,
      attempt: 1,
      started_at: expect.stringMatching(/Z$/) as string,
    });
    expect(all[1]).toMatchObject({
      analysis_status: 'not_analyzed',
      position: 2,
      attempt: 0,
      started_at: null,
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    });
    expect(all.map(({ position }) => position)).toEqual([null, 2, 3, 4]);
    const one = await core.api('GET', '/queue?limit=3');
    const next = /<\/v1([^>]*)>; rel="next"/.exec(one.headers.get('link') ?? '')?.[1] ?? '';
    const two = await core.api('GET', next);
    expect([...one.body as Queued[], ...two.body as Queued[]]).toEqual(all);
    expect(two.headers.get('link')).toBeNull();
    expect((await core.api('GET', `/queue/${waiting[0]}`)).body).toEqual(all[1]);

    // One that waits.
    const [a = '', b = '', c = ''] = waiting;
    expect(await cancel(b)).toMatchObject({
      status: 200,
      body: { imageDigest: b, status: 'cancelled' },
    });
    expect(digestsOf(await queue())).toEqual([first, a, c]);
    expect(await stateOf(b)).toMatchObject({
      analysis_status: 'analysis_failed',
      analysis_error: { code: 'analysis_cancelled' },
    });
    for (const method of ['GET', 'DELETE']) {
      expect(errorOf(await core.api(method, `/queue/${b}`)))
        .toMatchObject({ httpcode: 404, code: 'analysis_not_queued' });
    }

    // The one that runs: its process ends, or the next one would have no place.
    await cancel(first);
    expect(await stateOf(first)).toMatchObject({ analysis_error: { code: 'analysis_cancelled' } });
    await untilAnalysed(core, a);
    await untilAnalysed(core, c);
    expect(await queue()).toEqual([]);
    expect(await stateOf(first)).toMatchObject({ analysis_status: 'analysis_failed' });

    // Whoever wants it again has it analysed.
    registry.faults.release();
    await submit('b');
    expect((await untilAnalysed(core, b)).analysis_status).toBe('analyzed');
    await submit('first');
    expect((await untilAnalysed(core, first)).analysis_status).toBe('analyzed');
    expect(errorOf(await cancel(first))).toMatchObject({ code: 'analysis_not_queued' });
  });

  it('leaves the wish of another account alone, and reads for that one then', async () => {
    const busy = await running('busy');
    const shared = await submit('shared');
    await submit('shared', inOther, 'others/shared');
    const [own, others] = [await queue(), await queue('', inOther)];
    expect(digestsOf(own)).toEqual([busy, shared]);
    // Each sees it under its own name, whoever came first.
    expect(own[1]?.reference).toBe(`${registry.host}/shared:1`);
    expect(others.map(({ reference }) => reference)).toEqual([`${registry.host}/others/shared:1`]);

    expect(errorOf(await cancel(busy, inOther))).toMatchObject({ httpcode: 404 });
    expect((await cancel(shared)).status).toBe(200);
    expect(digestsOf(await queue())).toEqual([busy]);
    expect(digestsOf(await queue('', inOther))).toEqual([shared]);
    const [row] = await sql`
      select account, source->>'repository' as repository from analyses where digest = ${shared}`;
    expect(row).toEqual({ account: 'other', repository: 'others/shared' });
    expect((await cancel(shared)).status).toBe(404);

    await cancel(busy);
    registry.faults.release();
    expect((await untilAnalysed(core, shared)).analysis_status).toBe('analyzed');
  });

  it('lets one that runs for two accounts run on until the last one gives it up', async () => {
    const both = await running('both');
    await submit('both', inOther);
    await cancel(both);
    expect(await queue()).toEqual([]);
    expect(digestsOf(await queue('', inOther))).toEqual([both]);
    expect(await countRunning()).toBe(1);
    await cancel(both, inOther);
    expect(await countRunning()).toBe(0);
    registry.faults.release();
  });

  it('keeps what was known of an image that was to be analysed again', async () => {
    const digest = await submit('known');
    await untilAnalysed(core, digest);
    const busy = await running('again');
    await core.api('POST', '/images?force=true', { tag: `${registry.host}/known:1` });
    expect(digestsOf(await queue())).toEqual([busy, digest]);
    await cancel(digest);
    await cancel(busy);
    registry.faults.release();
    expect(await stateOf(digest))
      .toMatchObject({ analysis_status: 'analyzed', analysis_error: null });
    expect((await core.api('GET', `/images/${digest}/content/files`)).status).toBe(200);
  });

  it('tells who has cancelled an analysis', async () => {
    const digest = await running('told');
    await cancel(digest);
    registry.faults.release();
    const events = await sql`
      select account, message, details from events
      where type = 'user.image.analysis.cancelled' and resource = ${digest}`;
    expect(events).toEqual([{
      account: 'admin',
      message: `admin has cancelled the analysis of ${digest}.`,
      details: { user: 'admin' },
    }]);
  });

  it.each(['limit=0', 'limit=1001', 'cursor=x', 'cursor=1-4-1-sha256:0'])(
    'refuses %s',
    async (query) => {
      expect((await core.api('GET', `/queue?${query}`)).status).toBe(400);
    },
  );
});
