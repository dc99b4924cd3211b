import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { errorOf, image, layerOf, onlyImage } from './samples.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const DOCKERFILE = Buffer.from('FROM scratch\n').toString('base64');

let core: TestCore;
let registry: TestRegistry;
let sql: Sql;

beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore({ environment: { TIDEWAITER_PLATFORM: 'linux/amd64' } });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await core.stop();
  await registry.close();
});

/** Pushes a new image and returns its reference. */
function push(repository: string, tag = '1', content = repository): string {
  registry.push(repository, tag, image(content));
  return `${registry.host}/${repository}:${tag}`;
}

async function analysed(fulltag: string): Promise<string> {
  const { imageDigest } = await submitImage(core, fulltag);
  expect((await untilAnalysed(core, imageDigest)).analysis_status).toBe('analyzed');
  return imageDigest;
}

const post = (body: unknown, query = '') => core.api('POST', `/images${query}`, body);

describe('POST /images', () => {
  it('answers with the whole record, and the record is complete once it is analysed', async () => {
    const composed = image('team/record');
    const fulltag = push('team/record');
    const config = JSON.parse(new TextDecoder().decode(composed.manifest.bytes)) as {
      config: { digest: string };
    };
    const imageId = config.config.digest.slice('sha256:'.length);
    const digest = composed.manifest.descriptor.digest;
    const first = onlyImage(await post({ tag: fulltag }));
    const same = {
      imageDigest: digest,
      parentDigest: digest,
      userId: 'admin',
      annotations: {},
      image_status: 'active',
      image_type: 'docker',
      record_version: '1',
      analysis_error: null,
      image_detail: [{
        registry: registry.host,
        repo: 'team/record',
        tag: '1',
        fulltag,
        digest,
        imageDigest: digest,
        fulldigest: `${registry.host}/team/record@${digest}`,
        imageId,
        dockerfile: null,
        userId: 'admin',
        created_at: expect.stringMatching(TIME) as string,
        last_updated: expect.stringMatching(TIME) as string,
        tag_detected_at: expect.stringMatching(TIME) as string,
      }],
    };
    const nothing = {
      arch: null,
      distro: null,
      distro_version: null,
      dockerfile_mode: null,
      image_size: null,
      layer_count: null,
    };
    expect(first).toMatchObject({
      ...same,
      analyzed_at: null,
      image_content: { metadata: nothing },
    });
    expect(['not_analyzed', 'analyzing']).toContain(first.analysis_status);
    await untilAnalysed(core, digest);
    const done = onlyImage(await core.api('GET', `/images/${digest}`));
    expect(done).toMatchObject({
      ...same,
      analysis_status: 'analyzed',
      analyzed_at: expect.stringMatching(TIME) as string,
      image_content: {
        metadata: {
          arch: 'amd64',
          distro: 'alpine',
          distro_version: '3.20.3',
          dockerfile_mode: 'Guessed',
          image_size: expect.any(Number) as number,
          layer_count: 1,
        },
      },
    });
  });

  it('does no work for a digest that is analysed already, under whichever tag', async () => {
    const composed = image('twice');
    const digest = await analysed(push('twice'));
    const before = onlyImage(await core.api('GET', `/images/${digest}`));
    const requests = registry.blobRequests(layerOf(composed));
    expect(requests).toBe(1);
    registry.tag('twice', '2', composed.manifest.descriptor.digest);
    const again = onlyImage(await post({ tag: `${registry.host}/twice:2` }));
    expect(again).toMatchObject({ imageDigest: digest, analysis_status: 'analyzed' });
    expect(again.analyzed_at).toBe(before.analyzed_at);
    expect(again.image_detail.map(({ tag }) => tag).toSorted()).toEqual(['1', '2']);
    expect((await core.api('GET', `/images/${digest}/progress`)).body)
      .toMatchObject({ analysis_status: 'analyzed', attempt: 1 });
    expect(registry.blobRequests(layerOf(composed))).toBe(requests);
  });

  it('makes one analysis of fifty submissions at once', async () => {
    const fulltag = push('parallel');
    const answers = await Promise.all(Array.from({ length: 50 }, () => post({ tag: fulltag })));
    const digests = new Set(answers.map((answer) => onlyImage(answer).imageDigest));
    expect(digests.size).toBe(1);
    const [digest = ''] = digests;
    expect(await untilAnalysed(core, digest)).toMatchObject({
      analysis_status: 'analyzed',
      attempt: 1,
    });
    expect(registry.blobRequests(layerOf(image('parallel')))).toBe(1);
    expect(onlyImage(await core.api('GET', `/images/${digest}`)).image_detail).toHaveLength(1);
    const events = await sql`
      select from events where type = 'user.image.analysis.completed' and resource = ${digest}`;
    expect(events).toHaveLength(1);
  });

  it('analyses again with force', async () => {
    const fulltag = push('forced');
    const digest = await analysed(fulltag);
    const again = onlyImage(await post({ tag: fulltag }, '?force=True'));
    expect(again.analysis_status).not.toBe('analyzed');
    expect(await untilAnalysed(core, digest)).toMatchObject({ attempt: 2 });
    onlyImage(await post({ tag: fulltag }, '?force=False'));
    expect(await untilAnalysed(core, digest)).toMatchObject({ attempt: 2 });
  });

  it('merges annotations and removes those whose value is "null"', async () => {
    const tag = push('annotated');
    const annotate = async (annotations: unknown) =>
      onlyImage(await post({ tag, annotations })).annotations;
    expect(await annotate({ a: '1', b: 'x', n: 'null' })).toEqual({ a: '1', b: 'x' });
    expect(await annotate({ b: 'y', c: 3 })).toEqual({ a: '1', b: 'y', c: '3' });
    expect(await annotate({ a: 'null', d: '' })).toEqual({ b: 'y', c: '3', d: '' });
    expect(await annotate(undefined)).toEqual({ b: 'y', c: '3', d: '' });
    expect(await annotate(null)).toEqual({ b: 'y', c: '3', d: '' });
  });

  it('takes a Dockerfile with the first submission, and later only with force', async () => {
    const tag = push('dockerfile');
    onlyImage(await post({ tag, dockerfile: DOCKERFILE }));
    const digest = await analysed(tag);
    const { image_content, image_detail } = onlyImage(await core.api('GET', `/images/${digest}`));
    expect(image_content.metadata['dockerfile_mode']).toBe('Actual');
    expect(image_detail[0]?.dockerfile).toBe(DOCKERFILE);
    const other = Buffer.from('FROM other\n').toString('base64');
    const refused = errorOf(await post({ tag, dockerfile: other }));
    expect(refused).toMatchObject({ httpcode: 400, code: 'invalid_request' });
    expect(refused.message).toMatch(/force=true/);
    const forced = onlyImage(await post({ tag, dockerfile: other }, '?force=true'));
    expect(forced.image_detail[0]?.dockerfile).toBe(other);
  });

  it('reads a digest with the tag it is recorded under', async () => {
    push('dated', 'latest', 'dated-new');
    const digest = registry.push('dated', 'old', image('dated-old'));
    const host = registry.host;
    const bodies = [
      { tag: `${host}/dated:a`, digest, created_at: '2021-02-03T04:05:06Z' },
      { tag: `${host}/dated:b`, digest: `${host}/dated@${digest}` },
      { source: { digest: { pullstring: `${host}/dated@${digest}`, tag: `${host}/dated:c` } } },
    ];
    for (const body of bodies) expect(onlyImage(await post(body)).imageDigest).toBe(digest);
    const { image_detail } = onlyImage(await core.api('GET', `/images/${digest}`));
    expect(image_detail.map(({ tag }) => tag).toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('reads source.tag, and takes "latest" where no tag is given', async () => {
    push('source', 'latest');
    const pullstring = `${registry.host}/source`;
    const found = onlyImage(
      await post({ source: { tag: { pullstring, dockerfile: DOCKERFILE } } }),
    );
    expect(found.image_detail[0]).toMatchObject({
      fulltag: `${pullstring}:latest`,
      dockerfile: DOCKERFILE,
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['no image', {}, /"tag" or "source" is missing/],
    ['a digest alone', { digest: `sha256:${'0'.repeat(64)}` }, /needs the "tag"/],
    ['tag and source', { tag: 'a:1', source: { tag: { pullstring: 'a:1' } } }, /not both/],
    [
      'two sources',
      { source: { tag: { pullstring: 'a' }, digest: { pullstring: 'a@b', tag: 'a' } } },
      /exactly one/,
    ],
    ['an empty source', { source: {} }, /exactly one/],
    [
      'a source nobody knows',
      { source: { upload: { digest: 'x' }, tag: null } },
      /"upload" is not supported/,
    ],
    [
      'source.digest without digest',
      { source: { digest: { pullstring: 'a:1', tag: 'a:1' } } },
      /hold a digest/,
    ],
  ])('refuses %s', async (_, body, message) => {
    const error = errorOf(await post(body));
    expect(error).toMatchObject({ httpcode: 400, code: 'invalid_request' });
    expect(error.message).toMatch(message);
  });

  it.each<[string, unknown, RegExp]>([
    ['a tag that is no text', { tag: 7 }, /'tag': .*string/],
    [
      'a source without its pull string',
      { source: { tag: {} } },
      /'pullstring' is a required property/,
    ],
    ['a Dockerfile that is not base64', { tag: 'a:1', dockerfile: 'FROM x' }, /'dockerfile'/],
    ['annotations that are a list', { tag: 'a:1', annotations: ['x'] }, /'annotations'/],
    ['annotations inside annotations', { tag: 'a:1', annotations: { a: {} } }, /'annotations.a'/],
    ['a list', [], /object/],
    ['null', 'null', /object/],
  ])('answers %s with a problem', async (_, body, detail) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      status: 400,
      title: 'Bad Request',
      type: 'about:blank',
      code: 'invalid_request',
      detail: expect.stringMatching(detail) as string,
    });
  });

  it('answers what is no JSON, and what Postgres cannot store, like any wrong input', async () => {
    expect(errorOf(await post('{"tag":'))).toMatchObject({ httpcode: 400 });
    const tag = push('odd');
    for (const annotations of [{ key: 'a\u0000b' }, { 'a\u0000b': '' }, { key: '\ud800' }]) {
      const body = JSON.stringify({ tag, annotations });
      expect(errorOf(await post(body))).toMatchObject({ httpcode: 400, code: 'invalid_text' });
    }
    expect((await core.api('GET', `/images?fulltag=${tag}`)).status).toBe(404);
  });
});
