/**
 * Lists of images and of their tags, whole and in pages.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { image, imagesOf } from './samples.ts';

let core: TestCore;
let registry: TestRegistry;
/** Digests in the order in which they were added. */
const digests: string[] = [];

beforeAll(async () => {
  [core, registry] = await Promise.all([startTestCore(), startRegistry()]);
  for (const name of ['one', 'two', 'three', 'four', 'five']) {
    registry.push(`team/${name}`, '1', image(name));
    digests.push((await submitImage(core, `${registry.host}/team/${name}:1`)).imageDigest);
  }
  registry.push('other/two', 'x', image('two'));
  await submitImage(core, `${registry.host}/other/two:x`);
  for (const digest of digests) await untilAnalysed(core, digest);
});
afterAll(async () => {
  await core.stop();
  await registry.close();
});

/** Where the header of a page says that the next one is. */
function nextOf(headers: Headers): string | undefined {
  return /^<\/v1(\/[^>]*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
}

/** All pages of a list, one after another. */
async function pages<T>(path: string): Promise<T[][]> {
  const all: T[][] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const { status, body, headers } = await core.api('GET', next);
    expect(status, JSON.stringify(body)).toBe(200);
    all.push(body as T[]);
    next = nextOf(headers);
  }
  return all;
}

interface Summary {
  readonly imageDigest: string;
  readonly fulltag: string;
}

describe('GET /summaries/imagetags', () => {
  it('has a record for each tag, with times in seconds', async () => {
    const { body } = await core.api('GET', '/summaries/imagetags');
    const two = (body as Summary[]).filter(({ imageDigest }) => imageDigest === digests[1]);
    expect(two.map(({ fulltag }) => fulltag))
      .toEqual([`${registry.host}/other/two:x`, `${registry.host}/team/two:1`]);
    const recent = Math.floor(Date.now() / 1000) - 600;
    for (const each of body as Record<string, unknown>[]) {
      expect(Object.keys(each).sort()).toEqual([
        'analysis_status',
        'analyzed_at',
        'created_at',
        'fulltag',
        'imageDigest',
        'imageId',
        'image_status',
        'parentDigest',
        'tag_detected_at',
      ]);
      expect(each).toMatchObject({ analysis_status: 'analyzed', image_status: 'active' });
      for (const key of ['created_at', 'analyzed_at', 'tag_detected_at']) {
        expect(each[key]).toSatisfy(Number.isInteger);
        expect(each[key]).toBeGreaterThan(recent);
      }
    }
  });

  it.each([
    ['', 6],
    ['?image_status=all', 6],
    ['?image_status=deleting', 0],
    ['?analysis_status=analyzing', 0],
    ['?analysis_status=analyzed', 6],
    ['?repository=team/two', 1],
    ['?search=two', 2],
    ['?search=team/', 5],
    ['?search=%25', 0],
  ])('with %s has %i', async (query, count) => {
    const { status, body } = await core.api('GET', `/summaries/imagetags${query}`);
    expect([status, (body as unknown[]).length]).toEqual([200, count]);
  });

  it.each([1, 2, 3, 5, 6, 7])('comes whole in pages of %i', async (limit) => {
    const { body } = await core.api('GET', '/summaries/imagetags');
    const found = await pages<Summary>(`/summaries/imagetags?limit=${limit}`);
    expect(found.flat()).toEqual(body);
    expect(found).toHaveLength(Math.ceil(6 / limit));
  });
});

describe('GET /images in pages', () => {
  it.each([1, 2, 4, 5, 100])('of %i has every image once, oldest first', async (limit) => {
    const found = await pages<{ imageDigest: string }>(`/images?limit=${limit}`);
    expect(found.flat().map(({ imageDigest }) => imageDigest)).toEqual(digests);
    expect(found).toHaveLength(Math.ceil(5 / limit));
  });

  it('goes on where it was although images are added and go', async () => {
    const first = await core.api('GET', '/images?limit=2');
    await core.api('DELETE', `/images/${digests[1]}`);
    const next = imagesOf(await core.api('GET', nextOf(first.headers) ?? ''));
    expect(next.map(({ imageDigest }) => imageDigest)).toEqual(digests.slice(2, 4));
    await submitImage(core, `${registry.host}/team/two:1`);
  });

  it.each([
    ['search=/three', ['three']],
    ['search=nothing', []],
    ['repository=team/four', ['four']],
    ['repository=four', []],
  ])('keeps its filter %s', async (query, names) => {
    const found = await pages<{ image_detail: { repo: string }[] }>(`/images?limit=1&${query}`);
    expect(found.flat().map((one) => one.image_detail[0]?.repo))
      .toEqual(names.map((name) => `team/${name}`));
  });

  it('takes the registry before a repository', async () => {
    const query = `repository=${registry.host}/team/five`;
    expect(imagesOf(await core.api('GET', `/images?${query}`))).toHaveLength(1);
  });

  it.each(['limit=0', 'limit=1001', 'limit=x', 'cursor=x', 'cursor=1-sha256:0', 'cursor='])(
    'refuses %s',
    async (query) => {
      for (const path of ['/images', '/summaries/imagetags']) {
        expect((await core.api('GET', `${path}?${query}`)).status, path).toBe(400);
      }
    },
  );

  it('has no header where everything came', async () => {
    expect((await core.api('GET', '/images')).headers.get('link')).toBeNull();
  });
});
