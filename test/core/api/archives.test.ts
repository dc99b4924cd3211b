import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { composeImage, packTar, type TarEntry } from 'oci-client/compose';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import {
  flatSave,
  layoutEntries,
  named,
  newSave,
  oldSave,
} from '../../jobs/oci-client/archives.ts';
import { errorOf, onlyImage } from './samples.ts';

/** An image with one package that has its name. */
function imageWith(name: string) {
  const content = JSON.stringify({ name, version: '1.0.0' });
  return composeImage({
    layers: [
      { entries: [{ path: 'base', content: 'base' }], compression: 'none' },
      {
        entries: [{ path: `app/node_modules/${name}/package.json`, content }],
        compression: 'none',
      },
    ],
  });
}

const [ONE, TWO, THREE, FOUR] = ['one', 'two', 'three', 'four'].map(imageWith);
if (!ONE || !TWO || !THREE || !FOUR) throw new Error('there are four');

let core: TestCore;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tw-archive-'));
  core = await startTestCore({ environment: { TIDEWAITER_PLATFORM: 'linux/amd64' } });
});
afterAll(async () => {
  await core.stop();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Submits a reference; returns its recorded name and the packages that were found. */
async function analysed(reference: string) {
  const { imageDigest } = await submitImage(core, reference);
  const { analysis_status, analysis_error } = await untilAnalysed(core, imageDigest);
  expect(analysis_status, analysis_error?.message).toBe('analyzed');
  const { image_detail } = onlyImage(await core.api('GET', `/images/${imageDigest}`));
  const { body } = await core.api('GET', `/images/${imageDigest}/content/npm`);
  const { content } = body as { content: { package: string }[] };
  return {
    imageDigest,
    fulltag: image_detail[0]?.fulltag,
    packages: content.map((each) => each.package),
  };
}

describe('an archive as a source', () => {
  it.each<[string, string, readonly TarEntry[], string, string]>([
    ['oci-archive', 'one', layoutEntries(ONE, [named(ONE, 'v1')]), ':v1', 'one.x:v1'],
    [
      'docker-archive',
      'two',
      oldSave([{ image: ONE, tags: ['one:1'] }, { image: TWO, tags: ['t/two:2'] }]),
      ':t/two:2',
      'two.x/t/two:2',
    ],
    ['docker-archive', 'three', newSave({ image: THREE }), '', 'three.x:latest'],
    ['docker-archive', 'four', flatSave({ image: FOUR }), '', 'four.x:latest'],
  ])('%s is analysed in a confined Job: %s', async (scheme, name, entries, ref, recorded) => {
    const path = write(`${name}.x.tar`, packTar(entries));
    const found = await analysed(`${scheme}:${path}${ref}`);
    expect(found.packages).toEqual([name]);
    expect(found.fulltag).toBe(`layout.invalid/${recorded.replace('.x', '-x')}`);
  });

  it('is read behind a link to it', async () => {
    const image = imageWith('linked');
    const link = join(folder, 'link.tar');
    symlinkSync(write('target.tar', packTar(layoutEntries(image, [named(image)]))), link);
    expect((await analysed(`oci-archive:${link}`)).packages).toEqual(['linked']);
  });

  it.each<[string, Uint8Array, string, number, string]>([
    [
      'oci-archive',
      gzipSync(packTar(layoutEntries(ONE, [named(ONE)]))),
      '',
      400,
      'archive_invalid',
    ],
    ['docker-archive', packTar(layoutEntries(ONE, [named(ONE)])), '', 400, 'archive_invalid'],
    [
      'docker-archive',
      packTar(oldSave([{ image: ONE, tags: ['one:1'] }])),
      ':two:1',
      404,
      'image_not_found',
    ],
  ])('%s that is something else is refused at once', async (scheme, bytes, ref, httpcode, code) => {
    const path = write('bad.tar', bytes);
    const error = errorOf(await core.api('POST', '/images', { tag: `${scheme}:${path}${ref}` }));
    expect(error).toMatchObject({ httpcode, code });
  });

  it('whose layers are not those of its configuration fails in its analysis', async () => {
    const image = imageWith('other');
    const entries = oldSave([{ image }]).map((entry) =>
      entry.path.endsWith('layer.tar') ? { ...entry, content: packTar([{ path: 'x' }]) } : entry
    );
    const path = write('lying.tar', packTar(entries));
    const { imageDigest } = await submitImage(core, `docker-archive:${path}`);
    const { analysis_status, analysis_error } = await untilAnalysed(core, imageDigest);
    expect(analysis_status).toBe('analysis_failed');
    expect(analysis_error?.code).toBe('diff_id_mismatch');
  });
});
