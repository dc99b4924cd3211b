/**
 * The cases of the image `layers-edge` of the corpus.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { binaryPath, displayPath, squash, type SquashedTree } from '../../../jobs/layers/index.ts';
import { pax, read, tar } from './tars.ts';
import { contentOf, dir, file, hard, link, list, type Spec } from './trees.ts';

describe('the image layers-edge', () => {
  const long = `data/${'long-'.repeat(60)}name`;
  const deep = `app/node_modules/${'nest/node_modules/'.repeat(12)}deep-one/package.json`;
  const layers: Spec[][] = [
    [
      ...['etc', 'usr', 'usr/lib', 'opt', 'opt/opaque', 'data', 'app'].map(dir),
      link('lib', 'usr/lib'),
      file('var/lib/dpkg/status', 'first'),
      ...['stays', 'gone', 'changed', 'dir-to-file'].map((name) =>
        file(`app/node_modules/${name}/package.json`)
      ),
      file('app/node_modules/file-to-dir', 'just a file'),
      file('opt/opaque/node_modules/opq-x/package.json'),
      file('app/old/node_modules/old-a/package.json'),
      file('data/a', 'hard link target\n'),
      hard('data/b', 'data/a'),
      { name: 'data/su', data: '#!/bin/sh\n', mode: 0o755 },
      { name: 'data/fifo', type: '6' },
      { name: 'data/null', type: '3' },
      pax({ path: long }),
      file('x'),
      pax({ path: deep }),
      file('x'),
      pax({ path: 'app/node_modules/ünïcode-✓/package.json' }),
      file('x'),
    ],
    [
      file('app/node_modules/.wh.gone', ''),
      file('app/node_modules/changed/package.json', 'second'),
      file('app/node_modules/.wh.never-was-there', ''),
      file('app/node_modules/.wh.dir-to-file', ''),
      file('app/node_modules/dir-to-file', 'now a file'),
      file('app/node_modules/file-to-dir/package.json'),
      dir('opt/opaque'),
      file('opt/opaque/.wh..wh..opq', ''),
      file('opt/opaque/node_modules/opq-z/package.json'),
      file('var/lib/dpkg/status', 'second'),
      hard('data/c', 'data/a'),
      { name: 'data/su', data: '#!/bin/sh\n', mode: 0o4755 },
    ],
    [
      file('lib/node_modules/via-symlink/package.json'),
      file('app/old/node_modules/old-c/package.json'),
      file('app/old/.wh..wh..opq', ''),
      file('./app/node_modules/dot-slash/package.json'),
      file('app/node_modules/twice/package.json', 'once'),
      file('app/node_modules/twice/package.json', 'twice'),
      link('data/loop-a', 'loop-b'),
      link('data/loop-b', 'loop-a'),
      link('data/out', '../../../../etc'),
      pax({ uid: String(2 ** 31), gid: String(2 ** 31) }),
      file('data/huge-uid'),
    ],
    [],
    [
      pax({ comment: 'a global header' }, 'g'),
      file('app/node_modules/last/package.json'),
      file('.wh.nothing-here', ''),
    ],
  ];

  async function edge(): Promise<SquashedTree<string>> {
    const [a, b, c, d, e] = layers.map((items) => tar(...items));
    const members = Buffer.concat([
      gzipSync(b?.subarray(0, 777) ?? ''),
      gzipSync(b?.subarray(777) ?? ''),
    ]);
    const blobs = [gzipSync(a ?? ''), members, c, zstdCompressSync(d ?? ''), gzipSync(e ?? '')];
    return squash(await Promise.all(blobs.map((blob) => read(blob ?? Buffer.alloc(0)))));
  }

  it('has the packages it should have', async () => {
    const tree = await edge();
    const packages = Array.from(tree, (entry) => displayPath(entry.path))
      .filter((path) => path.endsWith('/package.json'))
      .map((path) => path.split('/').at(-2));
    expect(packages.sort()).toEqual([
      'changed',
      'deep-one',
      'dot-slash',
      'file-to-dir',
      'last',
      'old-c',
      'opq-z',
      'stays',
      'twice',
      'via-symlink',
      'ünïcode-✓',
    ]);
  });

  it.each([
    ['var/lib/dpkg/status', 'second'],
    ['app/node_modules/changed/package.json', 'second'],
    ['app/node_modules/twice/package.json', 'twice'],
    ['app/node_modules/dir-to-file', 'now a file'],
    ['data/b', 'hard link target\n'],
    ['data/c', 'hard link target\n'],
    ['usr/lib/node_modules/via-symlink/package.json', 'lib/node_modules/via-symlink/package.json'],
    [deep, 'x'],
    [long, 'x'],
  ])('has the content of %s', async (path, content) => {
    expect(contentOf(await edge(), path)).toBe(content);
  });

  it('has the other entries as they are', async () => {
    const tree = await edge();
    expect(tree.get('data/su')?.mode).toBe(0o4755);
    expect(tree.get('data/huge-uid')).toMatchObject({ uid: 2 ** 31, gid: 2 ** 31 });
    expect(tree.get('data/out')?.path).toBe('etc');
    expect(tree.get('data/fifo')?.type).toBe('fifo');
    expect(tree.get('data/null')?.type).toBe('character');
    expect(tree.get(binaryPath('app/node_modules/ünïcode-✓'))?.implicit).toBe(true);
    expect(tree.get('data/loop-a')).toBeUndefined();
    expect(list(tree)).toContain('data/loop-a -> loop-b');
  });
});
