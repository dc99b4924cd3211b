import { describe, expect, it } from 'vitest';
import { Budget, readLayer } from '../../../jobs/layers/index.ts';
import { chunked, read, tar, WIDE } from './tars.ts';

describe('what is read as a file ends', () => {
  const large = 'MZ' + 'x'.repeat(3_000_000);
  const archive = tar(
    { name: 'a', data: 'first' },
    { name: 'b', type: '1', link: 'a' },
    { name: 'none', data: 'nothing' },
    { name: 'large', data: large },
    { name: 'empty' },
    { name: 'M', data: 'M' },
    { name: 'other', data: 'm'.repeat(700) },
    { name: 'small', data: 'MZ!' },
  );

  it('is held in place of the content', async () => {
    const layer = await read(archive, {
      budget: new Budget({ ...WIDE, fileBytes: 1e8 }),
      interest: (path) =>
        path === 'b' ? undefined : {
          read: (name, content) => name === 'none' ? undefined : `${name} ${content.length}`,
        },
    });
    expect([...layer.kept].map(([path, { found, content }]) => [path, found, content])).toEqual([
      ['a', 'a 5', undefined],
      ['b', 'a 5', undefined],
      ['large', `large ${large.length}`, undefined],
      ['empty', 'empty 0', undefined],
      ['M', 'M 1', undefined],
      ['other', 'other 700', undefined],
      ['small', 'small 3', undefined],
    ]);
  });

  it.each([1, 7, 63, 64, 65, 511, 100_000])(
    'may be chosen by how it begins, in chunks of %d bytes',
    async (chunk) => {
      const heads: number[] = [];
      const bytes = chunk < 100
        ? tar({ name: 'small', data: 'MZ!' }, {
          name: 'longer',
          data: `MZ${'y'.repeat(500)}`,
        }, { name: 'other', data: 'm'.repeat(700) })
        : archive;
      const layer = await readLayer(chunked(bytes, chunk), {
        hashFiles: true,
        budget: new Budget({ ...WIDE, fileBytes: 1e8 }),
        interest: () => ({
          begins: (head) => {
            heads.push(head.length);
            return head.toString('latin1', 0, 2) === 'MZ';
          },
          read: (path, content) => `${path} ${content.length} ${content.toString('latin1', 0, 3)}`,
        }),
      });
      const found = [...layer.kept.values()].map((kept) => kept.found);
      expect(found).toEqual(
        chunk < 100
          ? ['small 3 MZ!', 'longer 502 MZy']
          : [`large ${large.length} MZx`, 'small 3 MZ!'],
      );
      expect(Math.max(...heads)).toBe(64);
      expect(layer.unreadable).toEqual([]);
    },
  );

  it('is not chosen for nothing: a file that is too large is only named if it is wanted', async () => {
    const layer = await read(archive, {
      budget: new Budget({ ...WIDE, fileBytes: 100 }),
      interest: () => ({
        begins: (head) => head.toString('latin1', 0, 2) === 'MZ',
        read: () => 'found',
      }),
    });
    expect(layer.unreadable.map(({ path }) => path)).toEqual(['large']);
    expect([...layer.kept.keys()]).toEqual(['small']);
  });
});
