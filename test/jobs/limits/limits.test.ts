import { Buffer } from 'node:buffer';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MAX_CONFIG_BYTES, MAX_CONFIG_ITEMS, MAX_LAYERS } from 'oci-client';
import { type ComposedImage, composeImage, type TarEntry } from 'oci-client/compose';
import type { Limits } from '../../../jobs/contract/index.ts';
import { sourceOf } from '../fuzz/run.ts';
import { item, paxText, tar } from '../layers/tars.ts';
import {
  archive,
  configText,
  file,
  history,
  layer,
  manyLayers,
  nameIn,
  paxPath,
  pieces,
} from './composed.ts';
import {
  bomb,
  deepJar,
  emptyFiles,
  inflatingJar,
  links,
  manyExtensions,
  manyFiles,
  wideJar,
  wordyPackages,
} from './images.ts';
import { type Ending, endingOf, streamedImage } from './streams.ts';

const MIB = 1024 * 1024;
const LIMITS: Limits = {
  uncompressedBytes: 256 * MIB,
  entries: 250_000,
  fileBytes: 4 * MIB,
  heldBytes: 16 * MIB,
};
/** What is generated as it is asked for: `npm run long:fuzz` does so in full. */
const LONG = process.env['TIDEWAITER_LONG_LIMITS'] === '1';
/** Milliseconds of processor time, and bytes, that one image may cost; a slow machine has half. */
const COSTS_MS = LONG ? 60_000 : 10_000;
const GROWTH = 512 * MIB;

type FileCase = readonly [what: string, path: string, reason: string, make: () => Buffer | string];

function ending(image: ComposedImage, limits: Partial<Limits> = {}): Promise<Ending> {
  return endingOf({ image, source: sourceOf(image) }, { ...LIMITS, ...limits });
}

/** What only a patient person waits for. */
const PATIENT: readonly FileCase[] = LONG
  ? [[
    'a jar of 1.1 GiB',
    'a.jar',
    'more than 1073741824 bytes inflated',
    () => inflatingJar(1100),
  ]]
  : [];

function expectCheap({ ms, growth }: Ending): void {
  expect(ms).toBeLessThan(COSTS_MS);
  expect(growth).toBeLessThan(GROWTH);
}

const { uncompressedBytes: BYTES } = LIMITS;

describe('an image beyond a limit ends with its code and says which', () => {
  it.each<[string, string, string, () => ComposedImage, Partial<Limits>?]>([
    [
      'entries',
      'image_limit_exceeded',
      'more than 99 files; raise the limit',
      () => layer(Array.from({ length: 100 }, (_, index) => ({ path: `${index}` }))),
      { entries: 99 },
    ],
    [
      'a path of 65,000 characters',
      'layer_malformed',
      'longer than 4096 bytes',
      () => paxPath('path', 'p'.repeat(65_000)),
    ],
    [
      'a path of 10,000 folders',
      'layer_malformed',
      'longer than 4096 bytes',
      () => paxPath('path', 'd/'.repeat(10_000)),
    ],
    [
      'a link of 65,000 characters',
      'layer_malformed',
      'longer than 4096 bytes',
      () => paxPath('linkpath', 'p'.repeat(65_000), '2'),
    ],
    [
      'folders without end',
      'image_limit_exceeded',
      'directories without an entry',
      () =>
        archive(tar(...Array.from({ length: 100 }, (_, index) => {
          const data = paxText([['path', `${index}/${'d/'.repeat(2000)}f`]]);
          return Buffer.concat([item({ name: 'pax', type: 'x', data }), item({ name: 'f' })]);
        }))),
    ],
    [
      'an extended header of 100 MB',
      'layer_malformed',
      'longer than 1048576 bytes',
      () => archive(item({ name: 'pax', type: 'x', size: 100_000_000 })),
    ],
    [
      'a long name of 100 MB',
      'layer_malformed',
      'longer than 1048576 bytes',
      () => archive(item({ name: '././@LongLink', type: 'L', size: 100_000_000 })),
    ],
    [
      '10,000 layers',
      'manifest_invalid',
      `layers: has more than ${MAX_LAYERS} items, build`,
      () => manyLayers(10_000),
    ],
    [
      'a configuration of 100 MB',
      'body_too_large',
      `${MAX_CONFIG_BYTES} bytes allowed`,
      () => configText(' '.repeat(100_000_000)),
    ],
    [
      'too much history',
      'manifest_invalid',
      `history: has more than ${MAX_CONFIG_ITEMS}`,
      () => history(MAX_CONFIG_ITEMS + 1, ''),
    ],
    [
      'history that is no history',
      'manifest_invalid',
      `more than ${MAX_CONFIG_ITEMS} items`,
      () => configText(`{"history":[${'0,'.repeat(4_000_000)}0]}`),
    ],
    [
      'an environment of no texts',
      'manifest_invalid',
      `more than ${MAX_CONFIG_ITEMS} items`,
      () => configText(`{"config":{"Env":[${'0,'.repeat(4_000_000)}0]}}`),
    ],
    [
      'too many digests',
      'manifest_invalid',
      `diff_ids: has more than ${MAX_LAYERS} items`,
      () => configText(`{"rootfs":{"diff_ids":[${'0,'.repeat(4_000_000)}0]}}`),
    ],
    [
      'labels of no texts',
      'manifest_invalid',
      `Labels: has more than ${MAX_CONFIG_ITEMS}`,
      () =>
        configText(
          `{"config":{"Labels":{${
            Array.from({ length: 200_000 }, (_, index) => `"${index}":0`)
          }}}}`,
        ),
    ],
    [
      'history of 7 MB, told twice',
      'image_limit_exceeded',
      'more than 8388608 bytes',
      () => history(120, `RUN ${'x'.repeat(60_000)}`),
    ],
  ])('%s', async (_, code, says, make, limits) => {
    const ended = await ending(make(), limits);
    expect(ended).toMatchObject({ code, message: expect.stringContaining(says) });
    expectCheap(ended);
  });

  it.each(['gzip', 'zstd'] as const)('10 GiB of zeros in %s are not read', async (compression) => {
    const image = streamedImage(bomb(10, compression), `sha256:${'0'.repeat(64)}`);
    const ended = await endingOf(image, LIMITS);
    expect(ended).toMatchObject({
      code: 'image_limit_exceeded',
      message: expect.stringContaining(`${BYTES} uncompressed bytes; raise the limit`),
    });
    // As many compressed mebibytes as the limit has, and no more.
    const each = 2 * gzipSync(Buffer.alloc(MIB)).length;
    expect(image.read()).toBeLessThan((BYTES / MIB + 2) * each);
    expectCheap(ended);
  });

  it('extended headers of 100 MB in all cost no more than their bytes', async () => {
    const ended = await endingOf(streamedImage(manyExtensions(100)), LIMITS);
    expect(ended).toMatchObject({ code: 'report', lines: { file: 1 } });
    expectCheap(ended);
  });
});

describe('a file beyond a limit is named, with the limit, and the rest is analysed', () => {
  it.each<FileCase>([
    ...PATIENT,
    ['jars 9 deep', 'a.jar', 'more than 8 deep', () => deepJar(9)],
    ['jars 100 deep', 'a.jar', 'more than 8 deep', () => deepJar(100)],
    ['150 jars of 150 jars', 'a.jar', 'more than 20000 archives', () => wideJar(150)],
    [
      'a file that is too large',
      'var/lib/dpkg/status',
      'more than the 4194304',
      () => 'x'.repeat(4 * MIB + 1),
    ],
    ['brackets without end', 'node_modules/a/package.json', 'JSON', () => '['.repeat(4 * MIB)],
  ])('%s', async (_, path, reason, make) => {
    const ended = await ending(file(path, make()));
    expect([...ended.reasons]).toEqual([expect.stringContaining(reason)]);
    expectCheap(ended);
  }, LONG ? 300_000 : 30_000);
});

describe('an image that is large or wound but within the limits is analysed', () => {
  const both = (below: readonly TarEntry[], above: readonly TarEntry[]): ComposedImage =>
    composeImage({
      layers: [below, above].map((entries) => ({ entries, compression: 'none' as const })),
    });

  it.each<[string, () => ComposedImage, Readonly<Record<string, number>>]>([
    ['10,000 symbolic links in a circle', () => layer(links(10_000, 'symlink', 'circle')), {
      file: 10_000,
    }],
    ['10,000 symbolic links in a chain, a file behind each', () =>
      both(
        links(10_000, 'symlink', 'file'),
        Array.from({ length: 10_000 }, (_, index) => ({ path: `l${index}/f` })),
      ), {}],
    ['10,000 hard links in a circle', () => layer(links(10_000, 'hardlink', 'circle')), {
      unreadable: 10_000,
    }],
    ['10,000 hard links in a chain', () => layer(links(10_000, 'hardlink', 'file')), {
      unreadable: 9999,
      file: 2,
    }],
    ['a path of 2,000 folders', () => paxPath('path', `${'d/'.repeat(2000)}f`), { file: 2001 }],
    [
      '100,000 whiteouts',
      () => pieces(emptyFiles(100_000, nameIn('f')), emptyFiles(100_000, nameIn('.wh.f'))),
      { file: 100 },
    ],
    [
      '10,000 opaque folders',
      () =>
        pieces(
          emptyFiles(20_000, (index) => `d${index % 10_000}/f${index}`),
          emptyFiles(10_000, (index) => `d${index}/.wh..wh..opq`),
        ),
      { file: 10_000 },
    ],
    ['as much history as there may be', () => history(MAX_CONFIG_ITEMS, ''), { file: 1 }],
    ['as many layers as there may be', () => manyLayers(MAX_LAYERS), { file: 1 }],
  ])('%s', async (_, make, lines) => {
    const ended = await ending(make());
    expect(ended).toMatchObject({ code: 'report', lines });
    expectCheap(ended);
  });

  it('what was found in 40 wordy packages is held up to the limit', async () => {
    const ended = await ending(layer([...wordyPackages(400)]), { uncompressedBytes: 1024 * MIB });
    expect(ended.lines['package']).toBeLessThan(17);
    expect([...ended.reasons]).toEqual([expect.stringContaining(`more than ${LIMITS.heldBytes}`)]);
    expectCheap(ended);
  });

  it(`${LONG ? '1,000,000' : '20,000'} files`, async () => {
    const count = LONG ? 1_000_000 : 20_000;
    const image = streamedImage(manyFiles(count));
    const limits = { ...LIMITS, entries: count, uncompressedBytes: 1024 * MIB };
    const ended = await endingOf(image, limits);
    expect(ended).toMatchObject({ code: 'report', lines: { file: count + count / 1000 } });
    // The task of a Job has 1 GiB for all it does.
    expect(ended.growth).toBeLessThan(1024 * MIB);
    expect(ended.ms).toBeLessThan(2 * COSTS_MS);
    const refused = await endingOf(image, { ...limits, entries: count - 1 });
    expect(refused).toMatchObject({
      code: 'image_limit_exceeded',
      message: expect.stringContaining(`more than ${count - 1} files; raise the limit`),
    });
  }, LONG ? 300_000 : 30_000);
});
