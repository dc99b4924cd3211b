import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { archivedFiles } from '../../../core/feeds/tar.ts';
import { mutatedBytes } from '../../jobs/fuzz/mutators.ts';
import { randomOf } from '../../jobs/fuzz/random.ts';
import { all, tarOf, writtenFile } from './written.ts';

const CASES = 300;

interface Read {
  readonly files: readonly (readonly [name: string, content: string])[];
  readonly notes: readonly string[];
}

async function read(bytes: Uint8Array, wants = (_: string): boolean => true): Promise<Read> {
  const notes: string[] = [];
  const file = writtenFile('feed.tar', bytes);
  const note = (name: string, reason: string) => notes.push(`${name}: ${reason}`);
  const files = await all(archivedFiles(file, { wants, limit: 1000, note }));
  return { files: files.map(({ name, content }) => [name, content.toString()]), notes };
}

const FILES = { 'a.json': '{"a":1}', 'b/b.json': '{"b":2}', 'c.txt': 'c' };

describe('files of a tar archive', () => {
  it('come in their order, the wanted ones', async () => {
    const archive = await tarOf(FILES);
    expect(await read(archive)).toEqual({ files: Object.entries(FILES), notes: [] });
    expect((await read(archive, (name) => name.endsWith('.txt'))).files).toEqual([['c.txt', 'c']]);
  });

  it('are found in a compressed one', async () => {
    expect((await read(gzipSync(await tarOf(FILES)))).files).toEqual(Object.entries(FILES));
  });

  it('have long names', async () => {
    const name = `${'folder/'.repeat(40)}a.json`;
    expect((await read(await tarOf({ [name]: '1' }))).files).toEqual([[name, '1']]);
  });

  it('are noted and passed over where they are too large', async () => {
    const { files, notes } = await read(await tarOf({ 'a': 'x'.repeat(1001), 'b': 'y' }));
    expect(files).toEqual([['b', 'y']]);
    expect(notes).toEqual(['a: its 1001 bytes are more than 1000']);
  });

  it('are not followed by what comes after the caller has enough', async () => {
    const file = writtenFile('feed.tar', await tarOf(FILES));
    const options = { wants: () => true, limit: 1000, note: () => {} };
    const [first] = await Array.fromAsync(take(archivedFiles(file, options), 1));
    expect(first?.name).toBe('a.json');
  });

  it.each([
    ['cut off', async () => (await tarOf(FILES)).subarray(0, 700)],
    ['cut off in its compression', async () => gzipSync(await tarOf(FILES)).subarray(0, 60)],
    ['of no files', () => tarOf({})],
    ['empty', () => Buffer.alloc(0)],
    ['no archive', () => Buffer.from('{"id":"GHSA-1"}'.repeat(100))],
  ])('are malformed where it is %s', async (_, bytes) => {
    await expect(read(await bytes())).rejects.toMatchObject({ code: 'feed_malformed' });
  });

  it('end in files, notes or a malformed feed, whatever the bytes', async () => {
    const random = randomOf(7_312);
    const sample = await tarOf({ ...FILES, [`${'long/'.repeat(40)}d`]: 'x'.repeat(600) });
    for (let time = 0; time < CASES; time++) {
      const mutated = mutatedBytes(sample, random);
      await read(time % 2 === 0 ? mutated : gzipSync(mutated)).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'feed_malformed' });
      });
    }
  });
});

async function* take<T>(items: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  let left = count;
  for await (const item of items) {
    yield item;
    if (--left === 0) return;
  }
}
