/**
 * The composer's images and layouts: their digests hold, and their documents are as specified.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  composeImage,
  composeIndex,
  type ComposeOptions,
  packTar,
  type TarEntry,
  writeLayout,
} from '../../../jobs/oci-client/compose/index.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'compose-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function parse(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}

const LAYER: readonly TarEntry[] = [{ path: 'etc/hostname', content: 'demo\n'.repeat(500) }];
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';
const DOCKER_LAYER = 'application/vnd.docker.image.rootfs.diff.tar';

describe('composeImage', () => {
  it.each(
    [
      ['gzip', `${OCI_LAYER}+gzip`, `${DOCKER_LAYER}.gzip`, gunzipSync],
      ['gzip-members', `${OCI_LAYER}+gzip`, `${DOCKER_LAYER}.gzip`, gunzipSync],
      ['zstd', `${OCI_LAYER}+zstd`, `${DOCKER_LAYER}.zstd`, zstdDecompressSync],
      ['none', OCI_LAYER, DOCKER_LAYER, (bytes: Uint8Array) => Buffer.from(bytes)],
    ] as const,
  )('compresses a layer with %s', (compression, oci, docker, decompress) => {
    const tar = packTar(LAYER);
    for (const [isDocker, mediaType] of [[false, oci], [true, docker]] as const) {
      const layers = [{ tar, compression }];
      const image = composeImage({ layers, docker: isDocker });
      expect(parse(image.manifest.bytes)).toMatchObject({ layers: [{ mediaType }] });
      expect(parse(image.config)).toMatchObject({
        rootfs: { diff_ids: [`sha256:${sha256(tar)}`] },
      });
      const [, blob = new Uint8Array()] = [...image.blobs.values()];
      expect(decompress(blob).equals(tar)).toBe(true);
    }
  });

  it('splits gzip-members into several members that stand for themselves', () => {
    const image = composeImage({ layers: [{ entries: LAYER, compression: 'gzip-members' }] });
    const plain = composeImage({ layers: [LAYER] });
    const [, members = new Uint8Array()] = [...image.blobs.values()];
    const magics = Buffer.from(members).toString('latin1').split('\x1f\x8b\x08').length - 1;
    expect(magics).toBeGreaterThanOrEqual(3);
    expect(parse(image.config)).toEqual(parse(plain.config));
  });

  it('compresses an empty archive', () => {
    const image = composeImage({
      layers: [{ tar: new Uint8Array(), compression: 'gzip-members' }],
    });
    const [, blob = new Uint8Array()] = [...image.blobs.values()];
    expect(gunzipSync(blob).length).toBe(0);
  });

  it('names every blob and document by the digest and size of its bytes', () => {
    const { manifest, config, blobs } = composeImage({ layers: [LAYER, { entries: [] }] });
    expect(manifest.descriptor).toEqual({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${sha256(manifest.bytes)}`,
      size: manifest.bytes.length,
    });
    for (const [digest, bytes] of blobs) expect(digest).toBe(`sha256:${sha256(bytes)}`);
    const [configDigest, firstLayer, secondLayer] = [...blobs.keys()];
    expect(parse(manifest.bytes)).toMatchObject({
      schemaVersion: 2,
      config: { digest: configDigest, size: config.length },
      layers: [{ digest: firstLayer }, { digest: secondLayer }],
    });
  });

  it('writes the configuration as Docker spells it', () => {
    const history = [{ created_by: 'x', empty_layer: true }];
    const image = composeImage({
      platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
      layers: [],
      config: { User: '1000', ExposedPorts: ['80/tcp'], Volumes: ['/data'], StopSignal: 'SIGQUIT' },
      history,
      created: '2026-01-02T03:04:05Z',
    });
    expect(parse(image.config)).toEqual({
      created: '2026-01-02T03:04:05Z',
      architecture: 'arm',
      os: 'linux',
      variant: 'v7',
      config: {
        User: '1000',
        StopSignal: 'SIGQUIT',
        ExposedPorts: { '80/tcp': {} },
        Volumes: { '/data': {} },
      },
      rootfs: { type: 'layers', diff_ids: [] },
      history,
    });
  });

  it('gives every layer a history entry where none is given', () => {
    const { config } = composeImage({ layers: [LAYER, LAYER] });
    const entry = { created: '1970-01-01T00:00:00Z', created_by: expect.stringContaining('ADD') };
    expect(parse(config)).toMatchObject({ history: [entry, entry] });
  });

  it('takes a media type in place of its own', () => {
    const { manifest } = composeImage({ layers: [{ entries: LAYER, mediaType: 'a/b' }] });
    expect(parse(manifest.bytes)).toMatchObject({ layers: [{ mediaType: 'a/b' }] });
  });

  it('composes equal digests for equal options, and others for others', () => {
    const options: ComposeOptions = { layers: [LAYER], config: { Cmd: ['sh'] } };
    const { digest } = composeImage(options).manifest.descriptor;
    expect(composeImage(structuredClone(options)).manifest.descriptor.digest).toBe(digest);
    expect(composeImage({ ...options, docker: true }).manifest.descriptor.digest).not.toBe(digest);
  });
});

describe('composeIndex', () => {
  it.each([
    [false, 'application/vnd.oci.image.index.v1+json'],
    [true, 'application/vnd.docker.distribution.manifest.list.v2+json'],
  ])('lists each image with its platform (docker: %s)', (docker, mediaType) => {
    const platforms = [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
    ];
    const images = platforms.map((platform) => composeImage({ platform, layers: [LAYER], docker }));
    const index = composeIndex(images, { docker });
    expect(index.descriptor).toEqual({
      mediaType,
      digest: `sha256:${sha256(index.bytes)}`,
      size: index.bytes.length,
    });
    expect(parse(index.bytes)).toEqual({
      schemaVersion: 2,
      mediaType,
      manifests: images.map(({ manifest, platform }) => ({ ...manifest.descriptor, platform })),
    });
  });
});

describe('writeLayout', () => {
  const image = composeImage({ layers: [LAYER] });
  const other = composeImage({ platform: { os: 'linux', architecture: 'arm64' }, layers: [LAYER] });

  async function index(): Promise<unknown> {
    return parse(await readFile(join(directory, 'index.json')));
  }

  it('writes blobs under their digests and the reference by name', async () => {
    const both = composeIndex([image, other]);
    await writeLayout(directory, [
      { name: '1.0', image },
      { name: 'multi', index: both, images: [image, other] },
    ]);
    expect(parse(await readFile(join(directory, 'oci-layout')))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
    expect(await index()).toMatchObject({
      schemaVersion: 2,
      manifests: [
        { ...image.manifest.descriptor, annotations: { [REF_NAME]: '1.0' } },
        { ...both.descriptor, annotations: { [REF_NAME]: 'multi' } },
      ],
    });
    const blobs = join(directory, 'blobs', 'sha256');
    const names = await readdir(blobs);
    for (const name of names) expect(sha256(await readFile(join(blobs, name)))).toBe(name);
    const digests = [
      ...image.blobs.keys(),
      ...other.blobs.keys(),
      ...[image.manifest, other.manifest, both].map(({ descriptor }) => descriptor.digest),
    ];
    expect(names.sort()).toEqual([...new Set(digests.map((digest) => digest.slice(7)))].sort());
  });

  it('changes nothing when it writes the same again', async () => {
    await writeLayout(directory, [{ name: 'a', image }]);
    const before = await stat(join(directory, 'index.json'));
    await writeLayout(directory, [{ name: 'a', image }]);
    const after = await stat(join(directory, 'index.json'));
    expect({ ino: after.ino, mtimeMs: after.mtimeMs }).toEqual({
      ino: before.ino,
      mtimeMs: before.mtimeMs,
    });
  });

  it('moves a name and keeps the others, also nameless ones and unknown fields', async () => {
    const nameless = { mediaType: 'a/b', digest: 'sha256:00', size: 1, artifactType: 'x/y' };
    const existing = { schemaVersion: 2, annotations: { kept: 'yes' }, manifests: [nameless] };
    await writeFile(join(directory, 'index.json'), JSON.stringify(existing));
    await writeLayout(directory, [{ name: 'a', image }, { name: 'b', image }]);
    await writeLayout(directory, [{ name: 'a', image: other }]);
    const named = (name: string, { manifest }: typeof image) => ({
      ...manifest.descriptor,
      annotations: { [REF_NAME]: name },
    });
    expect(await index()).toEqual({
      ...existing,
      manifests: [nameless, named('a', other), named('b', image)],
    });
  });

  it('mends a blob whose content is wrong', async () => {
    await writeLayout(directory, [{ name: 'a', image }]);
    const path = join(directory, 'blobs', 'sha256', sha256(image.config));
    await writeFile(path, 'broken');
    await writeLayout(directory, [{ name: 'a', image }]);
    expect(await readFile(path)).toEqual(Buffer.from(image.config));
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['an object without manifests', '{}'],
    ['null', 'null'],
  ])('refuses a directory whose index.json holds %s', async (_, text) => {
    await writeFile(join(directory, 'index.json'), text);
    const refused = expect(writeLayout(directory, [{ name: 'a', image }])).rejects;
    await refused.toMatchObject({ name: 'ComposeError', code: 'layout_invalid' });
    expect(await readdir(directory)).toEqual(['index.json']);
  });
});
