/**
 * Reading a layer's blob in one pass.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Budget, HELD, readLayer } from '../../../jobs/layers/index.ts';
import { chunked, codeOfAsync, mutate, pax, random, read, tar, WIDE } from './tars.ts';

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('readLayer', () => {
  const big = 'big '.repeat(200_000);
  const archive = tar(
    { name: 'etc', type: '5', mode: 0o755 },
    { name: 'etc/hosts', data: 'localhost', uid: 3, gid: 4 },
    { name: 'etc/empty' },
    { name: 'big', data: big },
    { name: 'link', type: '2', link: '../etc' },
  );

  it.each<[string, Buffer]>([
    ['gzip', gzipSync(archive)],
    [
      'gzip in members',
      Buffer.concat([
        gzipSync(archive.subarray(0, 1000)),
        gzipSync(archive.subarray(1000)),
      ]),
    ],
    ['zstd', zstdCompressSync(archive)],
    ['none', archive],
  ])('reads a blob with the compression %s', async (_kind, blob) => {
    for (const size of [blob.length, 1000, 5]) {
      const seen: number[] = [];
      const layer = await readLayer(chunked(blob, size), {
        interest: (path) => path === 'etc/hosts' || path === 'etc/empty' ? HELD : undefined,
        hashFiles: true,
        budget: new Budget(WIDE),
        onBytes: (count) => seen.push(count),
      });
      expect(layer.diffId).toBe(`sha256:${sha256(archive)}`);
      expect(layer.size).toBe(archive.length);
      expect(seen.reduce((sum, count) => sum + count, 0)).toBe(blob.length);
      expect(layer.entries.map((entry) => [entry.path, entry.sha256])).toEqual([
        ['etc', undefined],
        ['etc/hosts', sha256('localhost')],
        ['etc/empty', sha256('')],
        ['big', sha256(big)],
        ['link', undefined],
      ]);
      expect([...layer.kept].map(([path, { content }]) => [path, content?.toString()])).toEqual([
        ['etc/hosts', 'localhost'],
        ['etc/empty', ''],
      ]);
    }
  });

  it('takes no digests of files unless asked for', async () => {
    const layer = await read(archive, { hashFiles: false });
    expect(layer.entries.every((entry) => entry.sha256 === undefined)).toBe(true);
    expect(layer.kept.get('big')?.content?.toString()).toBe(big);
  });

  it('reads an empty archive, and an empty blob', async () => {
    expect((await read(tar())).entries).toEqual([]);
    expect((await read(gzipSync(Buffer.alloc(0)))).size).toBe(0);
    expect((await read(Buffer.alloc(0))).diffId).toBe(`sha256:${sha256('')}`);
  });

  it('counts what follows the end mark into size and digest', async () => {
    const bytes = Buffer.concat([archive, Buffer.alloc(9999, 'z')]);
    const layer = await read(gzipSync(bytes));
    expect([layer.size, layer.diffId]).toEqual([bytes.length, `sha256:${sha256(bytes)}`]);
  });

  it('tells whiteouts and opaque directories from files', async () => {
    const layer = await read(tar(
      { name: 'a/.wh.gone' },
      { name: '.wh.top' },
      { name: './a/b/.wh..wh..opq' },
      { name: '.wh..wh..opq' },
      { name: '.wh..wh.plnk', type: '5' },
      { name: '.wh..wh.plnk/123' },
      { name: 'a/.wh..wh.aufs' },
      { name: 'a/.wh.' },
      { name: 'a/.wh..' },
      { name: 'a/.wh...' },
      { name: 'a/x.wh.y' },
    ));
    expect([...layer.whiteouts]).toEqual(['a/gone', 'top']);
    expect([...layer.opaque]).toEqual(['a/b', '']);
    expect(layer.entries.map((entry) => entry.path)).toEqual(['a/x.wh.y']);
    expect(layer.dropped.map(({ path }) => path)).toEqual(['a/.wh.', 'a/.wh..', 'a/.wh...']);
  });

  it('keeps the content of the last entry of a path, and of links what they linked to', async () => {
    const layer = await read(tar(
      { name: 'a', data: 'first' },
      { name: 'b', type: '1', link: './a' },
      { name: 'a', data: 'second' },
    ));
    expect(layer.kept.get('a')?.content?.toString()).toBe('second');
    expect(layer.kept.get('b')?.content?.toString()).toBe('first');
  });

  it('forgets the content of a path that becomes something else', async () => {
    const layer = await read(tar({ name: 'a', data: 'x' }, { name: 'a', type: '5' }));
    expect(layer.kept.size).toBe(0);
  });

  it('fails at once when the signal is aborted', async () => {
    const blob = chunked(archive, 512);
    const controller = new AbortController();
    let chunks = 0;
    const reading = readLayer(blob, {
      interest: () => undefined,
      hashFiles: false,
      budget: new Budget(WIDE),
      signal: controller.signal,
      onBytes: () => {
        if (++chunks === 3) controller.abort(new Error('superseded'));
      },
    });
    await expect(reading).rejects.toThrow('superseded');
    expect(chunks).toBe(3);
  });

  it('passes an error of the blob on', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield gzipSync(archive).subarray(0, 100);
      throw new Error('connection reset');
    }
    const options = { interest: () => HELD, hashFiles: true, budget: new Budget(WIDE) };
    await expect(readLayer(failing(), options)).rejects.toThrow('connection reset');
  });
});

describe('limits', () => {
  const files = tar({ name: 'a', data: 'aaaa' }, { name: 'b', data: 'bb' }, { name: 'c' });
  const bomb = gzipSync(Buffer.alloc(50_000_000));

  it.each<[string, Buffer, Partial<typeof WIDE>]>([
    ['bytes', files, { uncompressedBytes: files.length - 1 }],
    ['bytes, in a bomb', bomb, { uncompressedBytes: 1_000_000 }],
    ['entries', files, { entries: 2 }],
    [
      'bytes, in holes',
      tar(
        pax({
          'GNU.sparse.map': '0,1',
          'GNU.sparse.numblocks': '1',
          'GNU.sparse.realsize': '9000000000000000',
        }),
        { name: 'a', data: 'x' },
      ),
      {},
    ],
  ])('end the reading: %s', async (_what, blob, limits) => {
    const budget = new Budget({ ...WIDE, ...limits });
    expect(await codeOfAsync(read(blob, { budget }))).toBe('image_limit_exceeded');
  });

  it('hold for all layers together', async () => {
    const budget = new Budget({ ...WIDE, uncompressedBytes: files.length * 2 });
    await read(files, { budget });
    await read(files, { budget });
    expect(await codeOfAsync(read(tar(), { budget }))).toBe('image_limit_exceeded');
  });

  it('make files unreadable that are too large, but not their digests', async () => {
    const budget = new Budget({ ...WIDE, fileBytes: 3 });
    const layer = await read(files, { budget });
    expect(layer.unreadable.map(({ path }) => path)).toEqual(['a']);
    expect([...layer.kept.keys()]).toEqual(['b', 'c']);
    expect(layer.entries[0]?.sha256).toBe(sha256('aaaa'));
  });

  it('make files unreadable that are too large together, in each layer anew', async () => {
    const budget = new Budget({ ...WIDE, heldBytes: 5 });
    for (let i = 0; i < 2; i++) {
      const layer = await read(files, { budget });
      expect(layer.unreadable.map(({ path }) => path)).toEqual(['b']);
      expect([...layer.kept.keys()]).toEqual(['a', 'c']);
    }
  });

  it('end the analysis where all layers together hold too much', async () => {
    const budget = new Budget({ ...WIDE, heldBytes: 6 });
    const giveBack = budget.mark();
    await read(files, { budget });
    // Each layer's own bound is enough for one.
    giveBack();
    await read(files, { budget });
    await read(files, { budget });
    const error = await read(files, { budget }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'image_limit_exceeded',
      message: expect.stringContaining('12 bytes of files that must be held') as string,
    });
  });

  it('let files be read that would be too large to hold together, and hold what was found', async () => {
    const large = tar(...['a', 'b', 'c'].map((name) => ({ name, data: 'x'.repeat(100) })));
    const interest = () => ({ read: (path: string) => path });
    const roomy = new Budget({ ...WIDE, fileBytes: 100, heldBytes: 9 });
    const layer = await read(large, { budget: roomy, interest });
    expect(layer.unreadable).toEqual([]);
    expect([...layer.kept.values()]).toEqual(['a', 'b', 'c'].map((found) => ({ found })));
    const narrow = new Budget({ ...WIDE, fileBytes: 100, heldBytes: 8 });
    const { kept, unreadable } = await read(large, { budget: narrow, interest });
    expect([...kept.keys()]).toEqual(['a', 'b']);
    expect(unreadable.map(({ path }) => path)).toEqual(['c']);
  });

  it('ask for no digest of holes that nobody wants', async () => {
    const records = {
      'GNU.sparse.map': '0,1',
      'GNU.sparse.numblocks': '1',
      'GNU.sparse.size': '9000000000',
    };
    const layer = await read(tar(pax(records), { name: 'a', data: 'x' }), {
      interest: () => undefined,
      hashFiles: false,
    });
    expect(layer.entries[0]?.size).toBe(9_000_000_000);
  });
});

describe('hostile blobs', () => {
  const archive = tar({ name: 'a', data: 'a'.repeat(2000) }, pax({ path: 'b' }), { name: 'c' });

  it.each<[string, Buffer, string]>([
    ['a gzip stream cut off', gzipSync(archive).subarray(0, 40), 'layer_truncated'],
    ['an archive cut off', gzipSync(archive.subarray(0, 1000)), 'layer_truncated'],
    ['no archive', Buffer.alloc(600, 'text'), 'layer_malformed'],
    ['xz', Buffer.from('fd377a585a0000', 'hex'), 'layer_unsupported_compression'],
    ['two bytes', Buffer.from('1f8b', 'hex'), 'layer_truncated'],
  ])('are refused: %s', async (_what, blob, code) => {
    expect(await codeOfAsync(read(blob))).toBe(code);
  });

  it('fail with nothing but a LayerError', async () => {
    const next = random(11);
    const blobs = [gzipSync(archive), zstdCompressSync(archive), archive];
    for (let i = 0; i < 300; i++) {
      const code = await codeOfAsync(read(mutate(blobs[i % 3] ?? archive, next)));
      expect(code).toMatch(/^(none|layer_[a-z_]+|image_limit_exceeded)$/);
    }
  });
});
