import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type ComposedImage, composeImage, packTar } from 'oci-client/compose';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { errorOf, expectSentence, image, layerOf, onlyImage } from './samples.ts';

const GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** An image whose only layer is these bytes, said to be a compressed archive. */
function imageOfBlob(bytes: Uint8Array): ComposedImage {
  return composeImage({ layers: [{ tar: bytes, compression: 'none', mediaType: GZIP }] });
}

/** Content that does not shrink, so that a blob can be broken at a known place. */
function newArchive(): Uint8Array {
  return packTar([{ path: 'content', content: randomBytes(4000).toString('hex') }]);
}

let core: TestCore;
let registry: TestRegistry;
let sql: Sql;
let untouched: string;

beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore({
    environment: { TIDEWAITER_ANALYSIS_ATTEMPTS: '1', TIDEWAITER_ANALYSIS_MAX_IMAGE_MB: '1' },
  });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
  registry.push('untouched', '1', image('untouched'));
  untouched = (await submitImage(core, `${registry.host}/untouched:1`)).imageDigest;
  await untilAnalysed(core, untouched);
});

afterEach(() => registry.faults.reset());

afterAll(async () => {
  await sql.end({ timeout: 1 });
  await core.stop();
  await registry.close();
});

describe('what fails in the analysis', () => {
  const random = randomBytes(8000);
  const archive = newArchive();
  const cases: [string, (repository: string) => ComposedImage, string, RegExp][] = [
    [
      'a layer that is no archive',
      () => composeImage({ layers: [{ tar: random }] }),
      'layer_malformed',
      /./,
    ],
    [
      'a layer that is not compressed as it says',
      () => imageOfBlob(random),
      'layer_malformed',
      /./,
    ],
    [
      'a layer whose compressed bytes are broken',
      () => {
        const bytes = Buffer.from(gzipSync(archive));
        bytes.fill(0xff, 100, 200);
        return imageOfBlob(bytes);
      },
      'layer_malformed',
      /./,
    ],
    [
      'a layer that was cut off before it was pushed',
      () => imageOfBlob(gzipSync(archive).subarray(0, 2000)),
      'layer_truncated',
      /./,
    ],
    [
      'an archive that was cut off before it was compressed',
      () => composeImage({ layers: [{ tar: archive.subarray(0, 2000) }] }),
      'layer_truncated',
      /./,
    ],
    [
      'a layer that the configuration does not name',
      () => imageOfBlob(gzipSync(archive)),
      'diff_id_mismatch',
      /Layer 1 of 1/,
    ],
    [
      'a layer that inflates beyond the limit',
      () => composeImage({ layers: [[{ path: 'zeros', content: Buffer.alloc(8 * 1024 * 1024) }]] }),
      'image_limit_exceeded',
      /./,
    ],
    [
      'a layer that is not there',
      (repository) => {
        const composed = image(repository);
        queueMicrotask(() => registry.remove(repository, layerOf(composed)));
        return composed;
      },
      'blob_not_found',
      /missing/,
    ],
    [
      'a layer with a flipped bit',
      () => {
        const composed = composeImage({ layers: [{ tar: newArchive(), compression: 'none' }] });
        registry.faults.corruptBlob(layerOf(composed));
        return composed;
      },
      'digest_mismatch',
      /damaged or tampered/,
    ],
    [
      'a layer that always breaks off',
      () => {
        const composed = composeImage({ layers: [{ tar: newArchive(), compression: 'none' }] });
        registry.faults.truncateBlob(layerOf(composed), 1500);
        return composed;
      },
      'registry_unreachable',
      /./,
    ],
  ];

  it.each(cases.map((entry, index) => [...entry, `failing-${index}`] as const))(
    '%s: the image says why',
    async (_, make, code, message, repository) => {
      registry.push(repository, '1', make(repository));
      const fulltag = `${registry.host}/${repository}:1`;
      const { imageDigest } = await submitImage(core, fulltag);
      const progress = await untilAnalysed(core, imageDigest);
      expect(progress).toMatchObject({ analysis_status: 'analysis_failed', attempt: 1 });
      const found = onlyImage(await core.api('GET', `/images?fulltag=${fulltag}`));
      expect(found).toMatchObject({ analysis_status: 'analysis_failed', analyzed_at: null });
      expect(found.analysis_error).toMatchObject({ code });
      expect(found.analysis_error?.message).toMatch(message);
      expectSentence(found.analysis_error?.message ?? '');
      const events = await sql`
        select details->>'code' as code from events
        where type = 'user.image.analysis.failed' and resource = ${imageDigest}`;
      expect(events).toEqual([{ code }]);
      const check = errorOf(await core.api('GET', `/images/${imageDigest}/check`));
      expect(check).toMatchObject({ httpcode: 404, code: 'analysis_failed' });
      expect(check.message).toContain(found.analysis_error?.message);
    },
  );
});

describe('after all that', () => {
  it('a failed image whose registry works again is analysed when it is submitted again', async () => {
    const composed = composeImage({ layers: [{ tar: newArchive(), compression: 'none' }] });
    const digest = registry.push('healed', '1', composed);
    registry.faults.corruptBlob(layerOf(composed));
    await submitImage(core, `${registry.host}/healed:1`);
    expect((await untilAnalysed(core, digest)).analysis_status).toBe('analysis_failed');
    registry.faults.reset();
    await submitImage(core, `${registry.host}/healed:1`);
    expect(await untilAnalysed(core, digest)).toMatchObject({
      analysis_status: 'analyzed',
      attempt: 2,
      analysis_error: null,
    });
  });

  it('a good image is analysed as usual, and the first one was left alone', async () => {
    registry.push('good', '1', image('good'));
    const { imageDigest } = await submitImage(core, `${registry.host}/good:1`);
    expect(await untilAnalysed(core, imageDigest)).toMatchObject({
      analysis_status: 'analyzed',
      attempt: 1,
      analysis_error: null,
    });
    const first = (await core.api('GET', `/images/${untouched}/progress`)).body;
    expect(first).toMatchObject({ analysis_status: 'analyzed', attempt: 1 });
    const check = await core.api('GET', `/images/${untouched}/check`);
    expect(check.status).toBe(200);
  });
});
