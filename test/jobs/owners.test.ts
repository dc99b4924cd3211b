import { describe, expect, it } from 'vitest';
import { composeImage, type TarEntry } from 'oci-client/compose';
import { type LayerEntry, squash } from '../../jobs/layers/index.ts';
import { Owners } from '../../jobs/owners.ts';
import { seeded } from './catalogers/support.ts';
import { ndb } from './catalogers/rpm/databases.ts';
import { int32, packageHeader } from './catalogers/rpm/headers.ts';
import { buildElf } from './formats/executables/builders.ts';
import { npmFile } from './samples.ts';
import { reportOfImage } from './support.ts';
import { cpuMs } from '../support/cpu.ts';

const SIX = 'dist-packages/six-1.16.0.egg-info';
const METADATA = 'Metadata-Version: 2.1\nName: six\nVersion: 1.16.0\n';
const STATUS = ['python3-six', 'other'].map((name) =>
  `Package: ${name}\nStatus: install ok installed\nVersion: 1\n\n`
).join('');

function list(name: string, ...paths: readonly string[]): TarEntry {
  return { path: `var/lib/dpkg/info/${name}.list`, content: `/.\n${paths.join('\n')}\n` };
}

function debian(...entries: readonly TarEntry[]): readonly TarEntry[] {
  return [{ path: 'var/lib/dpkg/status', content: STATUS }, ...entries];
}

function six(directory: string): TarEntry {
  return { path: `${directory}/${SIX}`, content: METADATA };
}

/** `type name: owner` of each package that is no distribution's. */
async function ownersIn(...layers: readonly (readonly TarEntry[])[]): Promise<readonly string[]> {
  const { packages } = await reportOfImage(composeImage({ layers: layers.map((one) => [...one]) }));
  return packages.filter(({ type }) => !['deb', 'apk', 'rpm', 'alpm', 'ebuild'].includes(type))
    .map(({ type, name, owner }) => `${type} ${name}: ${owner ?? '-'}`);
}

describe('owners of packages', () => {
  it.each<[string, readonly (readonly TarEntry[])[], string]>([
    [
      'in the list of dpkg',
      [debian(six('usr/lib/python3'), list('python3-six', `/usr/lib/python3/${SIX}`))],
      'pypi six: python3-six',
    ],
    [
      'in the list by way of a link that the tree has',
      [
        [{ path: 'usr/lib/x' }, { path: 'lib', type: 'symlink', link: 'usr/lib' }],
        debian(six('usr/lib/python3'), list('python3-six', `/lib/python3/${SIX}`)),
      ],
      'pypi six: python3-six',
    ],
    [
      'in a list of another layer than the database has become of',
      [debian(list('other', '/usr/x', `/opt/${SIX}`), six('opt')), debian()],
      'pypi six: other',
    ],
    [
      'in the list of apk',
      [[
        six('usr/lib/python3.12'),
        {
          path: 'lib/apk/db/installed',
          content: `P:py3-six\nV:1-r0\nF:usr/lib/python3.12/dist-packages\nR:${SIX.slice(14)}\n\n`,
        },
      ]],
      'pypi six: py3-six',
    ],
    [
      'in the files of pacman',
      [[
        six('usr/lib/python3.12'),
        {
          path: 'var/lib/pacman/local/python-six-1-1/desc',
          content: '%NAME%\npython-six\n\n%VERSION%\n1-1\n\n',
        },
        {
          path: 'var/lib/pacman/local/python-six-1-1/files',
          content: `%FILES%\nusr/\nusr/lib/python3.12/${SIX}\n\n`,
        },
      ]],
      'pypi six: python-six',
    ],
    [
      'in the contents of Portage',
      [[
        six('usr/lib/python3.12'),
        { path: 'var/db/pkg/dev-python/six-1.16.0-r1/PF', content: 'six-1.16.0-r1\n' },
        {
          path: 'var/db/pkg/dev-python/six-1.16.0-r1/CONTENTS',
          content: `dir /usr\nobj /usr/lib/python3.12/${SIX} d41d8cd98f00b204e9800998ecf8427e 1\n`,
        },
      ]],
      'pypi six: dev-python/six',
    ],
    [
      'in the header that rpm keeps',
      [[
        six('usr/lib/python3.12'),
        {
          path: 'var/lib/rpm/Packages.db',
          content: ndb([packageHeader({
            name: 'python3-six',
            basenames: [SIX.slice(14)],
            dirIndexes: int32(0),
            dirNames: ['/usr/lib/python3.12/dist-packages/'],
          })]),
        },
      ]],
      'pypi six: python3-six',
    ],
    [
      'in the sums of an image without dpkg',
      [[
        six('usr/lib'),
        { path: 'var/lib/dpkg/status.d/six', content: 'Package: python3-six\nVersion: 1\n' },
        {
          path: 'var/lib/dpkg/status.d/six.md5sums',
          content: `d41d8cd98f00b204e9800998ecf8427e  usr/lib/${SIX}\n`,
        },
      ]],
      'pypi six: python3-six',
    ],
    [
      'in two lists, of the first',
      [debian(six('a'), list('other', `/a/${SIX}`), list('python3-six', `/a/${SIX}`))],
      'pypi six: python3-six',
    ],
    [
      'in no list',
      [debian(six('usr/local/lib'), list('python3-six', `/usr/${SIX}`))],
      'pypi six: -',
    ],
    ['without lists', [debian(six('usr/lib/python3'))], 'pypi six: -'],
    [
      'under a list of links to it only',
      [debian(
        six('opt/dist'),
        { path: `usr/${SIX}`, type: 'symlink', link: `/opt/dist/${SIX}` },
        list('python3-six', `/usr/${SIX}`),
      )],
      'pypi six: -',
    ],
    [
      'in the place that a diversion gives it',
      [debian(
        six('moved'),
        list('other', `/usr/${SIX}`),
        {
          path: 'var/lib/dpkg/diversions',
          content: `/usr/${SIX}\n/moved/${SIX}\npython3-six\n`,
        },
      )],
      'pypi six: other',
    ],
    [
      'of a file that lists have and a layer took away and put elsewhere',
      [
        debian(six('usr/lib'), list('python3-six', `/usr/lib/${SIX}`)),
        [{ path: 'usr/lib/dist-packages/.wh.six-1.16.0.egg-info' }, six('srv')],
      ],
      'pypi six: -',
    ],
    [
      'of a file that a later layer has put in the place of the listed one',
      [debian(six('usr/lib'), list('python3-six', `/usr/lib/${SIX}`)), [six('usr/lib')]],
      'pypi six: -',
    ],
  ])('%s', async (_name, layers, owner) => {
    expect(await ownersIn(...layers)).toEqual([owner]);
  });

  it('come whichever stands first in the tree', async () => {
    const entries = debian(
      npmFile('own'),
      npmFile('brought'),
      list('other', '/app/node_modules/brought/package.json'),
    );
    expect(await ownersIn(entries)).toEqual(['npm brought: other', 'npm own: -']);
  });

  it('have programs left out, which are known by their content alone', async () => {
    const data = Buffer.from('\0node.js/v20.20.2\0');
    const content = buildElf([{ name: '.rodata', data }]);
    const report = await reportOfImage(composeImage({
      layers: [debian(
        { path: 'usr/bin/node', content },
        { path: 'usr/local/bin/node', content },
        list('other', '/usr/bin/node'),
      )],
    }));
    const [first, second, program, ...rest] = report.packages;
    expect([first?.name, second?.name]).toEqual(['python3-six', 'other']);
    expect(program).toMatchObject({
      type: 'generic',
      purl: 'pkg:generic/node@20.20.2',
      location: '/usr/local/bin/node',
    });
    expect(program).not.toHaveProperty('owner');
    expect(rest).toEqual([]);
    expect(report.end.packages).toBe(3);
    expect(report.unreadable).toEqual([]);
  });
});

function entry(path: string, link?: string): LayerEntry {
  const type = link === undefined ? 'file' : 'symlink';
  return { path, type, mode: 0, uid: 0, gid: 0, size: 0, sha256: undefined, link };
}

function treeOf(...entries: readonly LayerEntry[]) {
  return squash([{
    entries,
    whiteouts: new Set(),
    opaque: new Set(),
    kept: new Map(),
    matches: new Map(),
  }]);
}

describe('Owners', () => {
  it.each([
    ['usr/bin/x', 'a'],
    ['/usr/bin/x', 'a'],
    ['./usr/bin/x', 'a'],
    ['bin/x', 'a'],
    ['bin//../bin/./x', 'a'],
    ['bin/x/', undefined],
    ['loop/x', undefined],
    ['nowhere/x', undefined],
    ['x', undefined],
    ['', undefined],
    ['usr/bin/y', undefined],
  ])('knows /usr/bin/x by %j: %s', (path, owner) => {
    const owners = new Owners(
      treeOf(entry('usr/bin/x'), entry('bin', 'usr/bin'), entry('loop', '/loop')),
    );
    owners.want('usr/bin/x');
    owners.take('a', ['other/x', path], 0);
    expect(owners.ownerOf('usr/bin/x', 0)).toBe(owner);
  });

  it('knows files of the root', () => {
    const owners = new Owners(treeOf(entry('init')));
    owners.want('init');
    owners.take('a', ['usr/x', '/init'], 0);
    expect(owners.ownerOf('init', 0)).toBe('a');
  });

  it('takes whatever lists say', () => {
    const random = seeded(17);
    const parts = ['usr', 'bin', 'x', '..', '.', '', 'loop', '\xff', 'y'];
    const owners = new Owners(
      treeOf(entry('usr/bin/x'), entry('bin', 'usr/bin'), entry('loop', 'loop/loop')),
    );
    owners.want('usr/bin/x');
    for (let round = 0; round < 20_000 && owners.ownerOf('usr/bin/x', 0) === undefined; round++) {
      const path = Array.from({ length: 3 }, () => parts[Math.floor(random() * parts.length)]);
      owners.take(path.join('/'), [path.join('/')], 0);
    }
    expect(owners.ownerOf('usr/bin/x', 0)).toMatch(/bin\/+x|bin\/\.\/x/);
  });

  it('looks for a few files in a long list without much time', () => {
    const owners = new Owners(treeOf(entry('usr/bin/x'), entry('bin', 'usr/bin')));
    owners.want('usr/bin/x');
    const start = cpuMs();
    owners.take('a', Array.from({ length: 300_000 }, (_, n) => `usr/share/doc/a/${n}`), 0);
    owners.take('b', Array.from({ length: 100_000 }, (_, n) => n % 2 === 0 ? 'q/x' : 'bin/x'), 0);
    expect(cpuMs() - start).toBeLessThan(10_000);
    expect(owners.ownerOf('usr/bin/x', 0)).toBe('b');
  });
});
