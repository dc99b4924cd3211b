/**
 * Tar archives of OCI layouts, whole and damaged.
 *
 * @module
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { composeImage, composeIndex, packTar, type TarEntry } from 'oci-client/compose';
import { afterAll, describe, expect, it } from 'vitest';

import { openOciArchive } from '../../../jobs/oci-client/archive.ts';
import { resolveImage } from '../../../jobs/oci-client/resolve.ts';
import { seeded } from '../../support/kills.ts';
import {
  hexOf,
  layoutEntries,
  MIXED,
  named,
  newSave,
  oldSave,
  packWith,
  PLAIN,
} from './archives.ts';
import { bytesOf, read, rejectionOf, sha256 } from './support.ts';

const AMD64 = { os: 'linux', architecture: 'amd64' };
const LAYOUT = layoutEntries(MIXED, [named(MIXED, 'v1')]);
const DIGEST = MIXED.manifest.descriptor.digest;

const root = mkdtempSync(join(tmpdir(), 'oci-archive-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let files = 0;

function write(bytes: Uint8Array): string {
  const path = join(root, `${files++}.tar`);
  writeFileSync(path, bytes);
  return path;
}

/** An archive whose index lists these. */
function listing(...manifests: readonly object[]): string {
  return write(packTar(layoutEntries(MIXED, manifests)));
}

/** Reads an image and all that it points to. */
async function readAll(path: string, reference: string): Promise<string> {
  const source = openOciArchive(path);
  const { manifest, digest } = await resolveImage(source, reference, AMD64);
  for (const layer of manifest.layers) {
    const bytes = await read(source.blob(layer));
    expect(sha256(Buffer.from(bytes, 'latin1'))).toBe(layer.digest);
  }
  await source.close();
  return digest;
}

describe('openOciArchive', () => {
  it.each<[string, Uint8Array]>([
    ['in pax', packTar(LAYOUT)],
    ['in the format of GNU', packTar(LAYOUT, { format: 'gnu' })],
    [
      'with paths that begin with a dot',
      packWith(LAYOUT, (entry) => ({ ...entry, path: `./${entry.path}` })),
    ],
    ['with its index first', packTar(LAYOUT.toReversed())],
    [
      'without folders',
      packWith(LAYOUT, (entry) => entry.type === 'directory' ? undefined : entry),
    ],
    ['with other files', packTar([...LAYOUT, { path: 'notes', content: 'x' }])],
    [
      'with an older index before the last one',
      packTar([{ path: 'index.json', content: '{' }, ...LAYOUT]),
    ],
    [
      'with a blob that is a link',
      packTar([
        ...LAYOUT.map((entry) =>
          entry.path.endsWith(hexOf(DIGEST)) ? { ...entry, path: 'm' } : entry
        ),
        { path: `blobs/sha256/${hexOf(DIGEST)}`, type: 'symlink', link: '../../m' },
      ]),
    ],
  ])('reads an archive %s', async (_, tar) => {
    const path = write(tar);
    expect(await readAll(path, 'v1')).toBe(DIGEST);
    expect(await readAll(path, DIGEST)).toBe(DIGEST);
    expect((await openOciArchive(path).head('v1')).digest).toBe(DIGEST);
  });

  it('is found behind a link to it', async () => {
    const link = join(root, 'link.tar');
    symlinkSync(write(packTar(LAYOUT)), link);
    expect(await readAll(link, '')).toBe(DIGEST);
  });

  it('finds an image in an index', async () => {
    const other = composeImage({ platform: { os: 'linux', architecture: 'arm64' }, layers: [] });
    const index = composeIndex([other, MIXED]);
    const entries = [
      ...layoutEntries(MIXED, [{ ...index.descriptor }]),
      { path: `blobs/sha256/${hexOf(index.descriptor.digest)}`, content: index.bytes },
    ];
    expect(await readAll(write(packTar(entries)), '')).toBe(DIGEST);
  });

  it('takes the empty name for its only image, whatever that is called', async () => {
    expect(await readAll(listing(named(MIXED)), '')).toBe(DIGEST);
    expect(await readAll(listing(named(MIXED, 'docker.io/library/app:1')), '')).toBe(DIGEST);
    expect(await readAll(listing(named(MIXED, 'a'), named(MIXED, 'b')), '')).toBe(DIGEST);
    for (const several of [listing(named(MIXED, 'a'), named(PLAIN, 'b')), listing()]) {
      const error = await rejectionOf(openOciArchive(several).head(''));
      expect(error.code).toBe('image_not_found');
    }
  });

  it('knows an image by the whole name beside its tag', async () => {
    const path = listing(
      named(PLAIN, 'latest', 'docker.io/library/other:latest'),
      named(MIXED, 'latest', 'docker.io/library/app:latest'),
    );
    expect(await readAll(path, 'docker.io/library/app:latest')).toBe(DIGEST);
    const error = await rejectionOf(openOciArchive(path).head('app'));
    expect(error.code).toBe('image_not_found');
    expect(error.message).toContain('docker.io/library/other:latest, docker.io/library/app:latest');
  });

  const layer = LAYOUT.find(({ path }) => path.startsWith('blobs/sha256/')) ?? { path: '' };
  const replace = (wanted: string, entry: TarEntry | undefined) =>
    packWith(LAYOUT, (each) => each.path === wanted ? entry : each);
  const whole = packTar(LAYOUT);

  it.each<[string, Uint8Array, string, RegExp]>([
    ['nothing', new Uint8Array(0), 'archive_invalid', /empty; write it again/],
    ['text', Buffer.from('no archive '.repeat(100)), 'archive_invalid', /write it again/],
    ['zeros', new Uint8Array(10_240), 'archive_invalid', /no file "oci-layout"/],
    [
      'gzip',
      gzipSync(whole),
      'archive_invalid',
      /compressed with gzip; decompress it first, with gunzip/,
    ],
    ['zstd', zstdCompressSync(whole), 'archive_invalid', /compressed with zstd; .*unzstd/],
    ['bzip2', Buffer.from('BZh91AY&SY'), 'archive_invalid', /bunzip2/],
    ['xz', Buffer.from('\xfd7zXZ\0\0', 'latin1'), 'archive_invalid', /unxz/],
    ['half of it', whole.subarray(0, 3000), 'archive_invalid', /middle/],
    ['no version', replace('oci-layout', undefined), 'archive_invalid', /no file "oci-layout"/],
    [
      'another version',
      replace('oci-layout', { path: 'oci-layout', content: '{"imageLayoutVersion":"2"}' }),
      'archive_invalid',
      /version/,
    ],
    ['no index', replace('index.json', undefined), 'archive_invalid', /no file "index.json"/],
    [
      'an index that is no JSON',
      replace('index.json', { path: 'index.json', content: '{' }),
      'archive_invalid',
      /index/,
    ],
    [
      'an index that is a folder',
      replace('index.json', { path: 'index.json', type: 'directory' }),
      'archive_invalid',
      /regular/,
    ],
    [
      'an index that links to itself',
      replace('index.json', { path: 'index.json', type: 'symlink', link: 'index.json' }),
      'archive_invalid',
      /on and on/,
    ],
    [
      'an index that links out',
      replace('index.json', { path: 'index.json', type: 'symlink', link: '../../etc/passwd' }),
      'archive_invalid',
      /leads out/,
    ],
    [
      'an index that links to nothing',
      replace('index.json', { path: 'index.json', type: 'symlink', link: '/etc/passwd' }),
      'archive_invalid',
      /to nothing/,
    ],
    [
      'a huge index',
      replace('index.json', { path: 'index.json', content: ' '.repeat(5_000_000) }),
      'body_too_large',
      /index.json/,
    ],
    [
      'a path that leads out',
      packTar([...LAYOUT, { path: '../x' }]),
      'archive_invalid',
      /leads out/,
    ],
    [
      'no manifest',
      replace(`blobs/sha256/${hexOf(DIGEST)}`, undefined),
      'blob_not_found',
      /no file "blobs/,
    ],
    [
      'another manifest',
      replace(`blobs/sha256/${hexOf(DIGEST)}`, {
        path: `blobs/sha256/${hexOf(DIGEST)}`,
        content: ' '.repeat(MIXED.manifest.descriptor.size),
      }),
      'digest_mismatch',
      /digest/,
    ],
    ['no layer', replace(layer.path, undefined), 'blob_not_found', /blobs/],
    [
      'another layer',
      replace(layer.path, { path: layer.path, content: 'x' }),
      'size_mismatch',
      /bytes/,
    ],
    [
      'a docker archive in its place',
      packTar(oldSave([{ image: PLAIN }])),
      'archive_invalid',
      /name it as docker-archive:/,
    ],
  ])('refuses %s', async (_, bytes, code, message) => {
    const path = write(bytes);
    const error = await rejectionOf(readAll(path, 'v1'));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it('refuses a folder, and a file that is not there', async () => {
    const folder = await rejectionOf(openOciArchive(root).head('v1'));
    expect(folder).toMatchObject({ code: 'archive_invalid' });
    expect(folder.message).toContain('oci:DIR');
    const missing = await rejectionOf(openOciArchive(join(root, 'none.tar')).head('v1'));
    expect(missing).toMatchObject({ code: 'archive_invalid' });
    expect(missing.message).toContain('no such file');
  });

  it('does not mix up an archive with what it became', async () => {
    const path = write(packTar(LAYOUT));
    const source = openOciArchive(path);
    await source.head('v1');
    writeFileSync(path, packTar([{ path: 'more', content: 'x'.repeat(5000) }, ...LAYOUT]));
    const error = await rejectionOf(source.head('v1'));
    expect(error).toMatchObject({ code: 'archive_invalid' });
    expect(error.message).toContain('changed');
  });

  it('stops reading when its signal fires', async () => {
    const path = write(packTar(LAYOUT));
    expect((await rejectionOf(openOciArchive(path).head('v1', AbortSignal.abort()))).code)
      .toBe('aborted');
    const source = openOciArchive(path);
    const { manifest } = await resolveImage(source, 'v1', AMD64);
    const [first] = manifest.layers;
    if (first === undefined) throw new Error('no layer');
    const blob = source.blob(first, { signal: AbortSignal.abort() });
    expect((await rejectionOf(read(blob))).code).toBe('aborted');
  });

  it('reads a damaged archive as it was, or fails as it should', async () => {
    const random = seeded(20_261);
    const tar = packTar(newSave({ image: MIXED }), { format: 'gnu' });
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
        expect(await readAll(path, '')).toBe(DIGEST);
      } catch (error) {
        failures += 1;
        expect(error).toMatchObject({ name: 'OciError' });
      }
    }
    expect(failures).toBeGreaterThan(50);
    expect(failures).toBeLessThan(250);
  });

  it('keeps to what its entries say in an index of its own making', async () => {
    const huge = { ...MIXED.manifest.descriptor, size: 2 ** 40 };
    const error = await rejectionOf(openOciArchive(listing(huge)).head(''));
    expect(error.code).toBe('body_too_large');
    const outside = { ...MIXED.manifest.descriptor, digest: `sha256:../../../${'a'.repeat(55)}` };
    const escape = await rejectionOf(openOciArchive(listing(outside)).head(''));
    expect(escape.code).toBe('archive_invalid');
    expect(bytesOf(escape.message).length).toBeLessThan(700);
  });
});
