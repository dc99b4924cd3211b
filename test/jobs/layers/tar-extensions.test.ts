/**
 * Extended headers, long names and sparse maps, as no writer would write them.
 *
 * @module
 */
import type { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { codeOf, item, pax, paxText, readTar, tar } from './tars.ts';

describe('extended headers', () => {
  it.each<[string, Buffer[], object]>([
    ['path', [pax({ path: 'other' })], { path: 'other' }],
    ['an empty path', [pax({ path: '' })], { path: 'name' }],
    ['uid and gid', [pax({ uid: '70000', gid: '-1' })], { uid: 70_000, gid: -1 }],
    ['size', [pax({ size: '3' })], { size: 3, content: 'abc' }],
    ['the last of two', [pax({ path: 'one' }), pax({ uid: '5' })], { path: 'name', uid: 5 }],
    ['none, if global', [pax({ path: 'global', size: '9' }, 'g')], { path: 'name', size: 3 }],
    ['none before a global one', [pax({ path: 'a' }), pax({ comment: 'b' }, 'g')], {
      path: 'name',
    }],
    ['a GNU name over a pax path', [
      item({ name: 'L', type: 'L', data: 'gnu\0junk' }),
      pax({ path: 'pax' }),
    ], { path: 'gnu' }],
    ['a path with an equals sign and a newline', [pax({ path: 'a=b\nc' })], { path: 'a=b\nc' }],
  ])('give %s', (_what, headers, expected) => {
    expect(readTar(tar(...headers, { name: 'name', data: 'abc' })).seen[0]).toMatchObject(expected);
  });

  it('give link targets', () => {
    const link = 'target/'.repeat(30);
    const bytes = tar(
      pax({ linkpath: link }),
      { name: 'a', type: '2', link: 'x' },
      item({ name: 'K', type: 'K', data: `${link}\0` }),
      { name: 'b', type: '1', link: 'x' },
      { name: 'c', type: '2', link: 'x' },
    );
    expect(readTar(bytes, 333).seen.map((one) => one.link)).toEqual([link, link.slice(0, -1), 'x']);
  });

  it.each([
    ['no length', 'path=a\n'],
    ['a length too long', '99 path=a\n'],
    ['a length too short', '5 path=a\n'],
    ['a length of 0', '0 path=a\n'],
    ['a negative length', '-9 path=a\n'],
    ['no newline', '9 path=ab'],
    ['no equals sign', '9 pathab\n'],
    ['no keyword', '6 =ab\n'],
    ['a NUL in a path', paxText([['path', 'a\0b']])],
    ['a NUL in a keyword', paxText([['x\0y', 'a']])],
    ['a size that is no number', paxText([['size', '1x']])],
    ['a negative size', paxText([['size', '-1']])],
    ['a size too large', paxText([['size', '9'.repeat(30)]])],
    ['sparse offsets without lengths', paxText([['GNU.sparse.numbytes', '1']])],
  ])('are refused with %s', (_what, data) => {
    const bytes = tar({ name: 'x', type: 'x', data }, { name: 'a' });
    expect(codeOf(() => readTar(bytes))).toBe('layer_malformed');
  });

  it.each(['x', 'g', 'L', 'K'])('of type %s are refused above 1 MiB', (type) => {
    const bytes = tar({ name: 'x', type, size: 1024 * 1024 + 1 });
    expect(codeOf(() => readTar(bytes))).toBe('layer_malformed');
  });
});

describe('sparse files', () => {
  const sparse = (map: string, count: string, realsize: string, data = 'abcd'): Buffer =>
    tar(
      pax({
        'GNU.sparse.map': map,
        'GNU.sparse.numblocks': count,
        'GNU.sparse.realsize': realsize,
        'GNU.sparse.name': 'real',
      }),
      { name: 'made-up', data },
      { name: 'next' },
    );

  it.each([
    ['2,1,5,3', '2', '10', '\0\0a\0\0bcd\0\0'],
    ['0,4', '1', '4', 'abcd'],
    ['0,2,2,2,9,0', '3', '9', 'abcd\0\0\0\0\0'],
  ])('are put together by the map %s', (map, count, size, content) => {
    const { seen } = readTar(sparse(map, count, size), 100);
    expect(seen.map((one) => [one.path, one.content])).toEqual([['real', content], ['next', '']]);
  });

  it.each([
    ['overlap', '0,3,2,1', '2', '10'],
    ['out of order', '5,2,0,2', '2', '10'],
    ['beyond the end', '0,2,9,2', '2', '10'],
    ['more than the data', '0,5', '1', '10'],
    ['less than the data', '0,3', '1', '10'],
    ['negative', '0,-4,0,8', '2', '10'],
    ['odd', '0,4,5', '1', '10'],
    ['of another count', '0,4', '2', '10'],
    ['too large', `0,4,${'9'.repeat(18)},0`, '2', '10'],
  ])('are refused with a map that is %s', (_what, map, count, size) => {
    expect(codeOf(() => readTar(sparse(map, count, size)))).toBe('layer_malformed');
  });

  it('of format 1.0 are refused with a map that does not end', () => {
    const records = {
      'GNU.sparse.major': '1',
      'GNU.sparse.minor': '0',
      'GNU.sparse.realsize': '9',
    };
    for (const data of ['1\n0\n', '5\n'.repeat(512), `${'1'.repeat(2000)}`, 'x\n', '-1\n']) {
      const bytes = tar(pax(records), { name: 'a', data });
      expect(codeOf(() => readTar(bytes))).toBe('layer_malformed');
    }
  });
});
