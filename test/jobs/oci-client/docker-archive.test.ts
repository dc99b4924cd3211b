/**
 * Archives of `docker save` in all its forms, whole and damaged.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { composeImage, packTar, type TarEntry } from 'oci-client/compose';
import { afterAll, describe, expect, it } from 'vitest';

import { openDockerArchive } from '../../../jobs/oci-client/docker-archive.ts';
import { resolveImage } from '../../../jobs/oci-client/resolve.ts';
import { seeded } from '../../support/kills.ts';
import {
  flatSave,
  layoutEntries,
  MIXED,
  named,
  newSave,
  oldSave,
  packWith,
  partsOf,
  PLAIN,
} from './archives.ts';
import { bytesOf, read, rejectionOf, sha256 } from './support.ts';

const AMD64 = { os: 'linux', architecture: 'amd64' };

/** Shares its first layer with the plain image. */
const OTHER = composeImage({
  layers: [
    { entries: [{ path: 'a', content: 'a'.repeat(3000) }], compression: 'none' },
    { entries: [{ path: 'c', content: 'c' }], compression: 'none' },
  ],
});
const [APP, TOOL] = [{ image: PLAIN, tags: ['app:1', 'app:2'] }, {
  image: OTHER,
  tags: ['team/tool:1'],
}];

const root = mkdtempSync(join(tmpdir(), 'docker-archive-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let files = 0;

function write(bytes: Uint8Array): string {
  const path = join(root, `${files++}.tar`);
  writeFileSync(path, bytes);
  return path;
}

/** Reads an image and all that it points to; returns what its layers are. */
async function readAll(path: string, reference = '') {
  const source = openDockerArchive(path);
  const resolved = await resolveImage(source, reference, AMD64);
  const { manifest, digest, config, manifestBytes } = resolved;
  expect(sha256(manifestBytes)).toBe(digest);
  for (const layer of manifest.layers) {
    const bytes = await read(source.blob(layer));
    expect(sha256(Buffer.from(bytes, 'latin1'))).toBe(layer.digest);
  }
  await source.close();
  return { digest, diffIds: config.diffIds, layers: manifest.layers };
}

describe('openDockerArchive', () => {
  it.each<[string, readonly TarEntry[]]>([
    ['the old form', oldSave([APP])],
    ['the old form with links, of several images', oldSave([APP, TOOL])],
    ['the old form with hard links', oldSave([TOOL, APP], 'hardlink')],
    ['the form of skopeo', flatSave(APP)],
    ['the form that is a layout', newSave(APP)],
    ['any order', oldSave([APP]).toReversed()],
    [
      'entries that begin with a dot',
      oldSave([APP]).map((entry) => ({ ...entry, path: `./${entry.path}` })),
    ],
    ['an older list before the last one', [
      { path: 'manifest.json', content: '{' },
      ...oldSave([APP]),
    ]],
  ])('reads %s, and makes the same manifest of it', async (_, entries) => {
    for (const format of ['pax', 'gnu'] as const) {
      const { digest, layers, diffIds } = await readAll(
        write(packTar(entries, { format })),
        'app:2',
      );
      // These layers are plain, so the composed manifest is the one that is made here.
      expect(digest).toBe(PLAIN.manifest.descriptor.digest);
      expect(layers.map((layer) => layer.digest)).toEqual(diffIds);
    }
  });

  it('names layers as they are compressed', async () => {
    const { layers } = await readAll(write(packTar(newSave({ image: MIXED }))));
    expect(layers).toEqual(partsOf(MIXED).layers);
  });

  it.each<[string, typeof PLAIN | undefined]>([
    ['app:1', PLAIN],
    ['app:2', PLAIN],
    ['docker.io/library/app:1', PLAIN],
    ['docker.io/team/tool:1', OTHER],
    ['@0', PLAIN],
    ['@1', OTHER],
    ['@2', undefined],
    ['', undefined],
    ['app', undefined],
    ['1', undefined],
    ['NO NAME', undefined],
  ])('finds an image named %j among two', async (reference, image) => {
    const path = write(packTar(oldSave([APP, TOOL])));
    if (image !== undefined) {
      expect((await readAll(path, reference)).digest).toBe(image.manifest.descriptor.digest);
      return;
    }
    const error = await rejectionOf(readAll(path, reference));
    expect(error.code).toBe('image_not_found');
    expect(error.message).toContain('app:1, app:2, team/tool:1');
  });

  it('takes the last of two images with one name, and counts those without', async () => {
    const twice = write(
      packTar(oldSave([APP, { image: OTHER, tags: ['docker.io/x/y:1', 'app:1'] }])),
    );
    expect((await readAll(twice, 'app:1')).digest).toBe(OTHER.manifest.descriptor.digest);
    const nameless = write(packTar(oldSave([{ image: PLAIN }, { image: OTHER }])));
    const error = await rejectionOf(readAll(nameless));
    expect(error.message).toContain('by its place');
  });

  it('finds manifests and blobs by their digests alone', async () => {
    const source = () => openDockerArchive(write(packTar(oldSave([APP, TOOL]))));
    const { digest } = OTHER.manifest.descriptor;
    expect((await source().head(digest)).digest).toBe(digest);
    const [, layer] = partsOf(OTHER).layers;
    if (layer === undefined) throw new Error('no layer');
    expect(await read(source().blob(layer))).toHaveLength(layer.size);
    const none = sha256('none');
    expect((await rejectionOf(source().manifest(none))).code).toBe('image_not_found');
    const blob = source().blob({ mediaType: '', digest: none, size: 1 });
    expect((await rejectionOf(read(blob))).code).toBe('blob_not_found');
  });

  it('finds an image by its digest behind one that is damaged', async () => {
    const broken = { Config: 'none.json', RepoTags: null, Layers: [] };
    const path = write(packWith(oldSave([APP]), (entry) => {
      if (entry.path !== 'manifest.json') return entry;
      const list = JSON.parse(Buffer.from(bytesOf(contentOf(entry))).toString()) as object[];
      return { ...entry, content: bytesOf([broken, ...list]) };
    }));
    const { digest } = PLAIN.manifest.descriptor;
    expect((await readAll(path, digest)).digest).toBe(digest);
    expect((await rejectionOf(readAll(path, sha256('none')))).code).toBe('archive_invalid');
  });

  const saved = oldSave([{ image: PLAIN }]);
  const isLayer = ({ path }: TarEntry) => path.endsWith('/layer.tar');
  const isConfig = ({ path }: TarEntry) => path.endsWith('.json') && path !== 'manifest.json';
  const replace = (
    fits: (entry: TarEntry) => boolean,
    by: (entry: TarEntry) => TarEntry | undefined,
  ) => packWith(saved, (entry) => fits(entry) ? by(entry) : entry);
  const list = (content: unknown) =>
    replace(
      ({ path }) => path === 'manifest.json',
      (entry) => ({ ...entry, content: bytesOf(content) }),
    );
  const linked = (link: string) =>
    replace(isLayer, ({ path }) => ({ path, type: 'symlink', link }));

  it.each<[string, Uint8Array, string, RegExp]>([
    ['gzip', gzipSync(packTar(saved)), 'archive_invalid', /gunzip/],
    ['half of it', packTar(saved).subarray(0, 2000), 'archive_invalid', /middle/],
    [
      'no list',
      replace(({ path }) => path === 'manifest.json', () => undefined),
      'archive_invalid',
      /no file "manifest.json"; write/,
    ],
    [
      'a layout in its place',
      packTar(layoutEntries(PLAIN, [named(PLAIN)])),
      'archive_invalid',
      /name it as oci-archive:/,
    ],
    ['a list that is no JSON', list('['), 'archive_invalid', /not JSON/],
    ['a list that is none', list({ Config: 'x' }), 'archive_invalid', /not a list/],
    ['a list of nothing', list([]), 'image_not_found', /single image/],
    ['a list with a name twice', list('[{"Config":"x","Config":"y"}]'), 'archive_invalid', /twice/],
    ['a list of numbers', list([{ Config: 'x', Layers: [1] }]), 'archive_invalid', /Layers/],
    [
      'a list that is too long',
      list(Array.from({ length: 5000 }, () => ({ Config: 'x' }))),
      'archive_invalid',
      /list/,
    ],
    ['a list that is too large', list(' '.repeat(5_000_000)), 'body_too_large', /manifest.json/],
    [
      'a configuration outside',
      list([{ Config: '../../etc/passwd' }]),
      'archive_invalid',
      /leads out/,
    ],
    ['no configuration', replace(isConfig, () => undefined), 'archive_invalid', /no file/],
    [
      'a huge configuration',
      replace(isConfig, ({ path }) => ({ path, content: ' '.repeat(9_000_000) })),
      'body_too_large',
      /configuration/,
    ],
    [
      'a configuration that is none',
      replace(isConfig, ({ path }) => ({ path, content: 'x' })),
      'manifest_invalid',
      /configuration/,
    ],
    ['no layers', replace(isLayer, () => undefined), 'archive_invalid', /no file/],
    [
      'layers in other numbers',
      list([{ Config: saved.find(isConfig)?.path, Layers: null }]),
      'manifest_invalid',
      /layers/,
    ],
    [
      'more layers than there can be',
      list([{
        Config: saved.find(isConfig)?.path,
        Layers: Array.from({ length: 2000 }, () => saved.find(isLayer)?.path),
      }]),
      'manifest_invalid',
      /layers/,
    ],
    ['layers that link out', linked('../../../etc/passwd'), 'archive_invalid', /leads out/],
    ['layers that link to nothing', linked('/etc/passwd'), 'archive_invalid', /to nothing/],
    ['layers that link to themselves', linked('layer.tar'), 'archive_invalid', /on and on/],
    ['layers that link to folders', linked('.'), 'archive_invalid', /regular/],
  ])('refuses %s', async (_, bytes, code, message) => {
    const error = await rejectionOf(readAll(write(bytes)));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(error.message.length).toBeLessThan(700);
  });

  it('does not believe the names of layers', async () => {
    const [first] = partsOf(PLAIN).layers;
    const path = `blobs/sha256/${first?.digest.slice(7)}`;
    const lying = packWith(
      newSave({ image: PLAIN }),
      (entry) => entry.path === path ? { path, content: 'something else' } : entry,
    );
    const { layers } = await readAll(write(lying));
    expect(layers[0]).toMatchObject({ digest: sha256('something else'), size: 14 });
  });

  it('stops hashing when its signal fires', async () => {
    const path = write(packTar(saved));
    const source = openDockerArchive(path);
    expect((await rejectionOf(source.head('', AbortSignal.abort()))).code).toBe('aborted');
    const { digest } = PLAIN.manifest.descriptor;
    expect((await rejectionOf(source.head(digest, AbortSignal.abort()))).code).toBe('aborted');
    expect((await source.head(digest)).digest).toBe(digest);
  });

  it('reads a damaged archive to an image of its own, or fails as it should', async () => {
    const random = seeded(31);
    const tar = packTar(oldSave([APP, TOOL]));
    let failures = 0;
    for (let round = 0; round < 250; round += 1) {
      const damaged = Buffer.from(tar);
      for (let change = 0; change <= random() * 3; change += 1) {
        damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
      }
      const end = random() < 0.2 ? Math.floor(random() * damaged.length) : damaged.length;
      const path = join(root, 'fuzz.tar');
      writeFileSync(path, damaged.subarray(0, end));
      try {
        await readAll(path, 'app:1');
      } catch (error) {
        failures += 1;
        expect(error).toMatchObject({ name: 'OciError' });
      }
    }
    expect(failures).toBeGreaterThan(30);
    expect(failures).toBeLessThan(250);
  });
});

function contentOf({ content }: TarEntry): string {
  return typeof content === 'string' ? content : Buffer.from(content ?? []).toString();
}
