/**
 * Progress as server-sent events.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ProgressStreams, type StreamLimits } from '../../../core/api/progress-streams.ts';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { PASSWORD, startTestCore, type TestCore } from '../../support/core.ts';
import { quiet, testDatabase } from '../../support/postgres.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { basic, errorOf, image, layerOf, onlyImage } from './samples.ts';

interface Event {
  readonly name: string;
  readonly data: Record<string, unknown>;
}

/** Text of a stream as it comes, at once. */
async function* texts(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of body) yield decoder.decode(chunk, { stream: true });
}

/** The events of a text, without comments. */
function eventsOf(text: string): Event[] {
  return [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, name = '', data = '']) => ({
    name,
    data: JSON.parse(data) as Record<string, unknown>,
  }));
}

async function whole(body: ReadableStream<Uint8Array>): Promise<string> {
  let all = '';
  for await (const text of texts(body)) all += text;
  return all;
}

/** Reads until the text so far satisfies a condition; the stream goes on. */
async function until(body: ReadableStream<Uint8Array>, isIt: (text: string) => boolean) {
  let all = '';
  const reader = body.getReader();
  while (!isIt(all)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the stream ended: ${all}`);
    all += new TextDecoder().decode(value);
  }
  reader.releaseLock();
  return all;
}

describe('GET /images/{digest}/progress/events', () => {
  let core: TestCore;
  let registry: TestRegistry;
  beforeAll(async () => {
    [core, registry] = await Promise.all([startTestCore(), startRegistry()]);
    await core.api('POST', '/accounts', { name: 'other' });
    await core.api('POST', '/accounts/other/users', { username: 'jane', password: PASSWORD });
  });
  afterEach(() => registry.faults.release());
  afterAll(async () => {
    await core.stop();
    await registry.close();
  });

  const follow = async (
    digest: string,
    user: string = 'admin',
    signal: AbortSignal | null = null,
  ) =>
    await fetch(`${core.url}/v1/images/${digest}/progress/events`, {
      headers: { ...basic(user, PASSWORD), accept: 'text/event-stream' },
      signal,
    });

  async function running(name: string): Promise<string> {
    const reached = registry.faults.hangBlob(layerOf(image(name)));
    registry.push(name, '1', image(name));
    const answer = await core.api('POST', '/images', { tag: `${registry.host}/${name}:1` });
    await reached;
    return onlyImage(answer).imageDigest;
  }

  it('tells each change until the image is analysed, and then ends', async () => {
    const digest = await running('followed');
    const answer = await follow(digest);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const body = answer.body ?? expect.fail('no body');
    const [first] = eventsOf(await until(body, (text) => eventsOf(text).length > 0));
    const asked = await core.api('GET', `/images/${digest}/progress`);
    expect(first).toMatchObject({
      name: 'progress',
      data: { imageDigest: digest, analysis_status: 'analyzing' },
    });
    expect(Object.keys(first?.data ?? {})).toEqual(Object.keys(asked.body as object));
    registry.faults.release();
    const rest = eventsOf(await whole(body));
    expect(rest.at(-2)?.data).toMatchObject({ analysis_status: 'analyzed' });
    expect(rest.at(-1)).toEqual({ name: 'end', data: { reason: 'analyzed' } });
    // What is done already is told, and that is all.
    const done = eventsOf(await (await follow(digest)).text());
    expect(done.map(({ name }) => name)).toEqual(['progress', 'end']);
  });

  it('ends when the image is cancelled, or taken from the account', async () => {
    const cancelled = await running('cancelled');
    const stream = await follow(cancelled);
    await core.api('DELETE', `/queue/${cancelled}`);
    expect(eventsOf(await stream.text()).at(-1)?.data).toEqual({ reason: 'analysis_failed' });
    const taken = await running('taken');
    const second = await follow(taken);
    await core.api('DELETE', `/images/${taken}?force=true`);
    expect(eventsOf(await second.text()).at(-1)?.data).toEqual({ reason: 'gone' });
  });

  it('is no window to images of other accounts', async () => {
    const digest = await running('private');
    const answer = await follow(digest, 'jane');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: 'image_not_found' });
  });

  it('is open so often for an account alone, and free again when a client has gone', async () => {
    const digest = await running('crowded');
    const leaving = new AbortController();
    const open = await Promise.all(
      Array.from({ length: 20 }, () => follow(digest, 'admin', leaving.signal)),
    );
    expect(new Set(open.map(({ status }) => status))).toEqual(new Set([200]));
    const refused = await core.api('GET', `/images/${digest}/progress/events`);
    expect(errorOf(refused)).toMatchObject({ httpcode: 429, code: 'too_many_streams' });
    expect(refused.headers.get('retry-after')).toBe('10');
    registry.push('of-jane', '1', image('of-jane'));
    const own = await fetch(`${core.url}/v1/images`, {
      method: 'POST',
      headers: { ...basic('jane', PASSWORD), 'content-type': 'application/json' },
      body: JSON.stringify({ tag: `${registry.host}/of-jane:1` }),
    });
    const [{ imageDigest }] = await own.json() as [{ imageDigest: string }];
    expect((await follow(imageDigest, 'jane')).status).toBe(200);
    leaving.abort();
    await expect.poll(async () => {
      const again = new AbortController();
      const { status } = await follow(digest, 'admin', again.signal);
      again.abort();
      return status;
    }).toBe(200);
  });

  // Last: it ends core.
  it('does not keep core from stopping', async () => {
    const digest = await running('stopped');
    const stream = await follow(digest);
    const began = performance.now();
    const [code, text] = await Promise.all([core.stop(), stream.text()]);
    expect(code).toBe(0);
    expect(eventsOf(text).at(-1)).toEqual({ name: 'end', data: { reason: 'stopping' } });
    expect(performance.now() - began).toBeLessThan(4500);
  });
});

describe('ProgressStreams', () => {
  let sql: Sql;
  let statements = 0;
  beforeAll(async () => {
    const { url } = await testDatabase();
    sql = openDatabase(url, { max: 2 });
    await sql`
      insert into manifests
        (digest, media_type, document, config, platform, compressed_size, layer_count)
      values ('sha256:a', '', '', '', '{}', 1, 1)`;
    await sql`insert into images (account, digest, image_id) values ('admin', 'sha256:a', 'a')`;
    await sql`
      insert into analyses (digest, lane, account, reference, source)
      values ('sha256:a', 1, 'admin', 'a', '{}')`;
  });
  afterAll(() => sql.end({ timeout: 1 }));

  const watched = { account: 'admin', digest: 'sha256:a' };

  function streams(limits: Partial<StreamLimits>, stopping?: AbortSignal): ProgressStreams {
    statements = 0;
    const counted = new Proxy(sql, {
      apply(target, self, args) {
        statements += 1;
        return Reflect.apply(target, self, args) as unknown;
      },
    });
    const services = { sql: counted, log: quiet, stopping };
    return new ProgressStreams(services, (digest, state) => ({ digest, ...state }), {
      pollMs: 20,
      ...limits,
    });
  }

  it('say that they are alive while nothing changes, and change with each that does', async () => {
    const all = streams({ heartbeatMs: 50 });
    const body = all.open(watched);
    const quietText = await until(body, (text) => text.split(': alive\n\n').length > 3);
    expect(eventsOf(quietText)).toHaveLength(1);
    await sql`update analyses set attempt = attempt + 1`;
    const [changed] = eventsOf(await until(body, (text) => eventsOf(text).length > 0));
    expect(changed?.data).toMatchObject({ attempt: 1, position: 1 });
    await body.cancel();
    expect(all.size).toBe(0);
  });

  it('ask the database as often for many as for one, and not at all for none', async () => {
    const all = streams({ each: 100, pollMs: 50 });
    const open = Array.from({ length: 50 }, () => all.open(watched));
    await Promise.all(open.map((body) => until(body, (text) => text.includes('event:'))));
    const before = statements;
    await sleep(500);
    expect(statements - before).toBeLessThanOrEqual(2 * 12);
    await Promise.all(open.map((body) => body.cancel()));
    await sleep(100);
    const last = statements;
    await sleep(200);
    expect(statements).toBe(last);
  });

  it('end when core stops, also those that come then', async () => {
    const stopping = new AbortController();
    const all = streams({}, stopping.signal);
    const body = all.open(watched);
    await until(body, (text) => text.includes('event: progress'));
    stopping.abort();
    for (const each of [body, all.open(watched)]) {
      expect(eventsOf(await whole(each)).at(-1)?.data).toEqual({ reason: 'stopping' });
    }
    expect(all.size).toBe(0);
  });

  it('end after a while, and refuse more than there may be in all', async () => {
    const all = streams({ longestMs: 100, all: 2 });
    const open = [all.open(watched), all.open(watched)];
    expect(() => all.open({ ...watched, account: 'another' }))
      .toThrow(expect.objectContaining({ code: 'too_many_streams', status: 429 }));
    for (const body of open) {
      expect(eventsOf(await whole(body)).at(-1)?.data).toEqual({ reason: 'expired' });
    }
  });

  it('do not gather events for who does not read', async () => {
    const all = streams({ pollMs: 5, heartbeatMs: 5 });
    const body = all.open(watched);
    for (let attempt = 10; attempt < 40; attempt += 1) {
      await sql`update analyses set attempt = ${attempt}`;
      await sleep(10);
    }
    await sql`update analyses set state = 'analyzed'`;
    const text = await whole(body);
    expect(text.split('\n\n').length).toBeLessThan(10);
    expect(eventsOf(text).at(-1)?.data).toEqual({ reason: 'analyzed' });
    expect(eventsOf(text).at(-2)?.data).toMatchObject({ state: 'analyzed', attempt: 39 });
  });
});
