import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeImage, composeIndex } from 'oci-client/compose';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { errorOf, image, imagesOf, layerOf, onlyImage } from './samples.ts';

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

describe('GET /images', () => {
  it('finds the newest image of a tag, and with history all of them', async () => {
    const old = await analysed(push('moving', 'tag', 'moving-1'));
    const fulltag = push('moving', 'tag', 'moving-2');
    const moved = onlyImage(await post({ tag: fulltag })).imageDigest;
    expect(moved).not.toBe(old);
    const newest = onlyImage(await core.api('GET', `/images?fulltag=${fulltag}&history=False`));
    expect(newest.imageDigest).toBe(moved);
    const all = imagesOf(await core.api('GET', `/images?fulltag=${fulltag}&history=True`));
    expect(all.map(({ imageDigest }) => imageDigest)).toEqual([old, moved]);
    // The tag moves back: the older image is the newest one of the tag.
    push('moving', 'tag', 'moving-1');
    await post({ tag: fulltag });
    expect(onlyImage(await core.api('GET', `/images?fulltag=${fulltag}`)).imageDigest).toBe(old);
  });

  it('answers 404 for a tag that nobody added', async () => {
    const error = errorOf(await core.api('GET', '/images?fulltag=docker.io/unknown:1'));
    expect(error).toMatchObject({ httpcode: 404, message: 'image data not found in DB' });
  });

  it('filters by states, and refuses states that do not exist', async () => {
    const digest = await analysed(push('filtered'));
    const digests = async (query: string) =>
      imagesOf(await core.api('GET', `/images?${query}`)).map(({ imageDigest }) => imageDigest);
    expect(await digests('analysis_status=analyzed')).toContain(digest);
    expect(await digests('analysis_status=analysis_failed')).not.toContain(digest);
    expect(await digests('image_status=all')).toContain(digest);
    expect(await digests('image_status=deleting')).not.toContain(digest);
    expect((await core.api('GET', '/images?image_status=gone')).status).toBe(400);
  });

  it.each([
    ['docker.io/nginx:1.25'],
    ['docker.io/library/nginx:1.25'],
    ['nginx:1.25'],
    ['index.docker.io/nginx:1.25'],
  ])('finds the official image however it is spelled: %s', async (fulltag) => {
    const digest = await analysed(push('nginx'));
    await sql`
      insert into tags (account, registry, repository, tag, digest, fulltag)
      values ('admin', 'docker.io', 'library/nginx', '1.25', ${digest}, 'docker.io/nginx:1.25')
      on conflict do nothing`;
    const found = onlyImage(await core.api('GET', `/images?fulltag=${fulltag}`));
    expect(found.imageDigest).toBe(digest);
    expect(found.image_detail).toContainEqual(
      expect.objectContaining({ repo: 'nginx', fulltag: 'docker.io/nginx:1.25' }),
    );
  });

  it('finds the image for our platform by the digest of its index', async () => {
    const platforms = ['arm64', 'amd64'].map((architecture) =>
      composeImage({
        platform: { os: 'linux', architecture },
        layers: [[{ path: 'a', content: architecture }]],
      })
    );
    const index = registry.push('index', '1', {
      index: composeIndex(platforms),
      images: platforms,
    });
    const digest = await analysed(`${registry.host}/index:1`);
    expect(digest).toBe(platforms[1]?.manifest.descriptor.digest);
    const found = onlyImage(await core.api('GET', `/images/${index}`));
    expect(found).toMatchObject({ imageDigest: digest, parentDigest: index });
  });

  it('finds an image by its id, with and without the name of the hash', async () => {
    const digest = await analysed(push('by-id'));
    const imageId = onlyImage(await core.api('GET', `/images/${digest}`)).image_detail[0]?.imageId;
    for (const id of [imageId, `sha256:${imageId}`]) {
      const found = onlyImage(await core.api('GET', `/images/by_id/${id}`));
      expect(found.imageDigest).toBe(digest);
    }
    const missing = errorOf(await core.api('GET', `/images/by_id/${'0'.repeat(64)}`));
    expect(missing).toMatchObject({ httpcode: 404, code: 'image_not_found' });
  });

  it.each(['sha256:0', 'x', '%ED%A0%80', `sha256:${'0'.repeat(64)}`])(
    'answers 404 for the digest %s',
    async (digest) => {
      const error = errorOf(await core.api('GET', `/images/${digest}`));
      expect(error).toMatchObject({ httpcode: 404, message: 'cannot locate specified image' });
    },
  );
});

describe('DELETE /images/{digest}', () => {
  it('takes the image from the account; submitted again it costs no analysis', async () => {
    const fulltag = push('deleted');
    const digest = await analysed(fulltag);
    const refused = errorOf(await core.api('DELETE', `/images/${digest}`));
    expect(refused).toMatchObject({ httpcode: 409, code: 'image_subscribed' });
    expect(onlyImage(await core.api('GET', `/images/${digest}`)).imageDigest).toBe(digest);
    const deleted = await core.api('DELETE', `/images/${digest}?force=true`);
    expect(deleted).toMatchObject({ status: 200, body: { digest, status: 'deleting' } });
    expect((await core.api('GET', `/images/${digest}`)).status).toBe(404);
    expect((await core.api('GET', `/images?fulltag=${fulltag}`)).status).toBe(404);
    expect(errorOf(await core.api('DELETE', `/images/${digest}`)).httpcode).toBe(404);
    expect(onlyImage(await post({ tag: fulltag })).analysis_status).toBe('analyzed');
    expect(registry.blobRequests(layerOf(image('deleted')))).toBe(1);
  });

  it('wants force while the image is being analysed', async () => {
    const fulltag = push('busy');
    const composed = image('busy');
    const reached = registry.faults.hangBlob(layerOf(composed));
    const { imageDigest } = await submitImage(core, fulltag);
    await reached;
    try {
      const refused = errorOf(await core.api('DELETE', `/images/${imageDigest}`));
      expect(refused).toMatchObject({ httpcode: 409, code: 'image_analyzing' });
      const forced = await core.api('DELETE', `/images/${imageDigest}?force=True`);
      expect(forced.status).toBe(200);
    } finally {
      registry.faults.release();
    }
  });
});
