/**
 * Layers on top of each other, rule by rule.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { HELD, squash } from '../../../jobs/layers/index.ts';
import { read, tar } from './tars.ts';
import { contentOf, dir, file, hard, link, list, type Spec, squashed } from './trees.ts';

describe('squash', () => {
  it.each<[string, Spec[][], string[]]>([
    ['puts layers together', [[dir('a'), file('a/b')], [dir('a'), file('a/c')]], [
      'a/',
      'a/b',
      'a/c',
    ]],
    ['lists names in order, directories before their content', [[
      file('b'),
      file('a-b'),
      file('a/x'),
      dir('a'),
      file('a.b'),
    ]], ['a/', 'a/x', 'a-b', 'a.b', 'b']],
    ['makes parents that are missing', [[file('a/b/c')]], ['(a/)', '(a/b/)', 'a/b/c']],
    ['gives parents their entry when it comes', [[file('a/b')], [dir('a')]], ['a/', 'a/b']],
    ['takes the last of two entries', [[dir('a'), file('a')]], ['a']],
    ['hides a file', [[file('a'), file('b')], [file('.wh.a')]], ['b']],
    ['hides a directory with all in it', [[dir('a'), file('a/b/c')], [file('.wh.a')]], []],
    ['hides nothing of the same layer', [[file('a/b')], [
      file('a/c'),
      file('a/.wh.c'),
      file('.wh.a'),
    ]], ['(a/)', 'a/c']],
    ['passes over whiteouts of nothing', [[file('a')], [file('.wh.b'), file('x/.wh.y')]], ['a']],
    ['empties an opaque directory', [[dir('a'), file('a/b'), file('a/c/d')], [
      dir('a'),
      file('a/.wh..wh..opq'),
      file('a/e'),
    ]], ['a/', 'a/e']],
    [
      'empties it wherever the mark stands',
      [[file('a/b')], [file('a/e'), file('a/.wh..wh..opq')]],
      [
        '(a/)',
        'a/e',
      ],
    ],
    ['empties the root', [[file('a'), file('b/c')], [file('.wh..wh..opq'), file('d')]], ['d']],
    ['replaces a directory with a file', [[file('a/b')], [file('a')]], ['a']],
    ['replaces a directory with a link', [[file('a/b')], [link('a', 'c')]], ['a -> c']],
    ['replaces a file with a directory', [[file('a')], [dir('a'), file('a/b')]], ['a/', 'a/b']],
    ['replaces a file with an implicit one', [[file('a')], [file('a/b')]], ['(a/)', 'a/b']],
    ['replaces a link with a directory', [[dir('b'), link('a', 'b')], [dir('a'), file('a/c')]], [
      'a/',
      'a/c',
      'b/',
    ]],
    ['follows links to directories', [[dir('usr/lib'), link('lib', 'usr/lib')], [file('lib/a')]], [
      'lib -> usr/lib',
      '(usr/)',
      'usr/lib/',
      'usr/lib/a',
    ]],
    ['follows absolute links inside the root', [[link('l', '/x/y')], [file('l/a')]], [
      'l -> /x/y',
      '(x/)',
      '(x/y/)',
      'x/y/a',
    ]],
    ['follows links of the same layer', [[link('a', 'b'), file('a/c')]], ['a -> b', '(b/)', 'b/c']],
    ['never leaves the root by a link', [[link('d/l', '../../../e')], [file('d/l/a')]], [
      '(d/)',
      'd/l -> ../../../e',
      '(e/)',
      'e/a',
    ]],
    ['never leaves the root by a name', [[file('../../a')]], ['a']],
    ['keeps what is below a loop', [[link('a', 'b'), link('b', 'a')], [file('a/x'), file('a/y')]], [
      'a -> b',
      'a/x',
      'a/y',
      'b -> a',
    ]],
    ['keeps what is below a link to a file', [[file('f'), link('a', 'f')], [file('a/x')]], [
      'a -> f',
      'a/x',
      'f',
    ]],
    ['hides through links', [[file('u/a'), file('u/b'), link('l', 'u')], [file('l/.wh.a')]], [
      'l -> u',
      '(u/)',
      'u/b',
    ]],
    ['hides a link, not its target', [[file('u/a'), link('l', 'u')], [file('.wh.l')]], [
      '(u/)',
      'u/a',
    ]],
    ['hides nothing through a link that the layer replaces', [[file('u/a'), link('l', 'u')], [
      dir('l'),
      file('l/.wh..wh..opq'),
      file('l/.wh.a'),
      file('l/b'),
    ]], ['l/', 'l/b', '(u/)', 'u/a']],
    ['drops a hard link to nothing', [[hard('a', 'b'), file('b')]], ['b']],
    ['drops a hard link to a directory', [[dir('b'), hard('a', 'b')]], ['b/']],
    ['makes a hard link to a link a link', [[link('l', 'x'), hard('a', 'l')]], [
      'a -> x',
      'l -> x',
    ]],
    ['finds targets of hard links through links', [[file('u/a'), link('l', 'u')], [
      hard('h', 'l/a'),
    ]], ['h', 'l -> u', '(u/)', 'u/a']],
    ['leaves a hard link to itself alone', [[file('a')], [hard('a', 'a')]], ['a']],
    ['passes over the root', [[dir('./'), file('./a')]], ['a']],
  ])('%s', async (_what, layers, expected) => {
    expect(list(await squashed(...layers))).toEqual(expected);
  });

  it('gives a directory the metadata of the uppermost layer', async () => {
    const tree = await squashed([{ ...dir('a'), uid: 1 }, file('a/b')], [
      { ...dir('a'), mode: 0o1777, uid: 2 },
    ], [file('a/c')]);
    expect(tree.get('a')).toMatchObject({ mode: 0o1777, uid: 2, layerIndex: 1 });
    expect(tree.get('a/c')?.layerIndex).toBe(2);
  });

  it('gives a hard link what its target has, even when that is replaced later', async () => {
    const tree = await squashed(
      [{ name: 'a', data: 'one', mode: 0o4755, uid: 7 }],
      [hard('b', 'a'), file('a', 'two'), hard('c', 'a')],
      [file('.wh.a')],
    );
    expect(tree.get('b')).toMatchObject({ type: 'file', mode: 0o4755, uid: 7, layerIndex: 1 });
    expect(['a', 'b', 'c'].map((path) => contentOf(tree, path))).toEqual([undefined, 'one', 'two']);
    expect(tree.get('b')?.sha256).not.toBe(tree.get('c')?.sha256);
  });

  it('tells of hard links it dropped', async () => {
    const tree = await squashed([hard('a', 'nowhere')]);
    expect(tree.dropped.map(({ path }) => path)).toEqual(['a']);
  });

  it('has the content of a link only if its target was asked for', async () => {
    const layers = [
      await read(tar(file('a', 'one')), { interest: (path) => path === 'b' ? HELD : undefined }),
      await read(tar(hard('b', 'a')), { interest: (path) => path === 'b' ? HELD : undefined }),
    ];
    expect(squash(layers).keptOf('b')).toBeUndefined();
  });

  it('has no content of what is hidden or replaced', async () => {
    const layers = [
      await read(tar(file('a', 'one'), file('d/x'))),
      await read(tar(file('a', 'two'), file('.wh.d')), { interest: () => undefined }),
    ];
    const tree = squash(layers);
    expect([tree.keptOf('a'), tree.keptOf('d/x'), tree.keptOf('nowhere')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('finds content under the path that links lead to', async () => {
    const tree = await squashed([dir('usr/lib'), link('lib', 'usr/lib')], [file('lib/a', 'text')]);
    expect(contentOf(tree, 'usr/lib/a')).toBe('text');
    expect(tree.get('/lib/a')?.path).toBe('usr/lib/a');
  });

  it('tells a link itself, behind links of directories', async () => {
    const tree = await squashed([
      file('usr/lib/a'),
      link('usr/lib/b', 'a'),
      link('usr/lib/c', 'nowhere'),
      link('lib', 'usr/lib'),
    ]);
    const found = ['lib', 'lib/a', '/lib/b', 'lib/c', 'lib/d', ''].map((path) =>
      tree.entryAt(path)?.path
    );
    expect(found).toEqual(['lib', 'usr/lib/a', 'usr/lib/b', 'usr/lib/c', undefined, undefined]);
  });

  it('follows links on look-up', async () => {
    const tree = await squashed([
      file('usr/lib/os-release', 'ID=x'),
      link('etc/os-release', '../usr/lib/os-release'),
      link('abs', '/usr/lib/os-release'),
      link('loop', 'loop'),
      link('nowhere', 'a/b'),
      link('through', 'usr/lib/os-release/x'),
    ]);
    expect(tree.get('etc/os-release')?.path).toBe('usr/lib/os-release');
    expect(tree.get('/abs')?.path).toBe('usr/lib/os-release');
    expect(['loop', 'nowhere', 'through', ''].map((path) => tree.get(path))).toEqual(
      [undefined, undefined, undefined, undefined],
    );
  });
});
