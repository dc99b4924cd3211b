import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { composeImage, type TarEntry } from 'oci-client/compose';
import type { ReportLine } from '../../../../jobs/contract/index.ts';
import { seeded } from '../../../support/kills.ts';
import { ndb } from '../../catalogers/rpm/databases.ts';
import { int32, packageHeader, type Tags } from '../../catalogers/rpm/headers.ts';
import { asCoreReads, layoutOf, LIMITS, NO_INSPECTIONS, reportOf, taskOf } from '../../support.ts';

type Layers = readonly (readonly TarEntry[])[];
type Found = Extract<ReportLine, { kind: 'verification' }>;

function hex(algorithm: string, content: string): string {
  return createHash(algorithm).update(content).digest('hex');
}

function md5(content: string): string {
  return hex('md5', content);
}

function q1(content: string): string {
  return `Q1${createHash('sha1').update(content).digest('base64')}`;
}

/** What an analysis with verification says; every line is one that core reads. */
async function verified(...layers: Layers) {
  const image = composeImage({ layers: layers.map((entries) => [...entries]) });
  const inspections = { ...NO_INSPECTIONS, verification: true };
  const task = taskOf(
    image.manifest.descriptor.digest,
    await layoutOf(image),
    LIMITS,
    inspections,
  );
  const { lines, unreadable, packages } = await reportOf(task);
  const found = lines.map(asCoreReads)
    .filter((line): line is Found => line.kind === 'verification');
  return { found, unreadable, packages };
}

/** `package path state`, with `*` for configuration. */
async function differences(...layers: Layers): Promise<readonly string[]> {
  const { found, unreadable } = await verified(...layers);
  expect(unreadable.filter(({ analyzer }) => analyzer === 'verification')).toEqual([]);
  return found.map(({ package: name, path, state, isConfiguration }) =>
    `${name} ${path} ${state}${isConfiguration ? '*' : ''}`
  );
}

/** Entries of dpkg's database for one package. */
function dpkg(sums: Readonly<Record<string, string>>, conffiles = ''): readonly TarEntry[] {
  return [
    {
      path: 'var/lib/dpkg/status',
      content: `Package: a\nStatus: install ok installed\nVersion: 1\n${conffiles}\n`,
    },
    {
      path: 'var/lib/dpkg/info/a.md5sums',
      content: Object.entries(sums).map(([path, content]) => `${md5(content)}  ${path}\n`).join(''),
    },
  ];
}

function apk(lines: string): TarEntry {
  return { path: 'lib/apk/db/installed', content: `P:a\nV:1-r0\n${lines}\n` };
}

function rpm(tags: Tags): TarEntry {
  return { path: 'var/lib/rpm/Packages.db', content: ndb([packageHeader(tags)]) };
}

const MERGED: readonly TarEntry[] = [
  { path: 'usr/bin/sh', content: 'sh' },
  { path: 'bin', type: 'symlink', link: 'usr/bin' },
];

describe('files of dpkg', () => {
  it.each<[string, Layers, readonly string[]]>([
    ['are alike', [[{ path: 'usr/x', content: 'x' }, ...dpkg({ 'usr/x': 'x' })]], []],
    ['are alike when they are empty', [[{ path: 'usr/x' }, ...dpkg({ 'usr/x': '' })]], []],
    [
      'differ',
      [[{ path: 'usr/x', content: 'y' }, ...dpkg({ 'usr/x': 'x' })]],
      ['a /usr/x changed'],
    ],
    [
      'differ in a later layer',
      [
        [{ path: 'usr/x', content: 'x' }, ...dpkg({ 'usr/x': 'x' })],
        [{ path: 'usr/x', content: 'y' }],
      ],
      ['a /usr/x changed'],
    ],
    [
      'are what a database of a later layer says',
      [[{ path: 'usr/x', content: 'x' }], [...dpkg({ 'usr/x': 'x', 'usr/y': 'y' })]],
      ['a /usr/y missing'],
    ],
    [
      'are missing after a whiteout',
      [
        [{ path: 'usr/x', content: 'x' }, ...dpkg({ 'usr/x': 'x' })],
        [{ path: 'usr/.wh.x' }],
      ],
      ['a /usr/x missing'],
    ],
    ['are found behind links of directories', [[...MERGED, ...dpkg({ 'bin/sh': 'sh' })]], []],
    [
      'are followed as dpkg does it, and no further',
      [[
        { path: 'usr/x', content: 'x' },
        { path: 'usr/same', type: 'symlink', link: 'x' },
        { path: 'usr/other', type: 'symlink', link: '/usr/x' },
        { path: 'usr/nowhere', type: 'symlink', link: 'nothing' },
        ...dpkg({ 'usr/same': 'x', 'usr/other': 'y', 'usr/nowhere': 'z' }),
      ]],
      ['a /usr/other changed', 'a /usr/nowhere missing'],
    ],
    [
      'have become a directory',
      [[{ path: 'usr/x/y' }, ...dpkg({ 'usr/x': 'x' })]],
      ['a /usr/x changed'],
    ],
    [
      'are hard links, also across layers',
      [
        [{ path: 'usr/x', content: 'x' }, { path: 'usr/y', type: 'hardlink', link: 'usr/x' }],
        [
          { path: 'usr/z', type: 'hardlink', link: 'usr/x' },
          ...dpkg({ 'usr/x': 'x', 'usr/y': 'x', 'usr/z': 'x' }),
        ],
      ],
      [],
    ],
    [
      'are configuration',
      [[
        { path: 'etc/x', content: 'changed' },
        ...dpkg({}, `Conffiles:\n /etc/x ${md5('x')}\n /etc/y ${md5('y')}\n`),
      ]],
      ['a /etc/x changed*', 'a /etc/y missing*'],
    ],
    [
      'are diverted',
      [[
        { path: 'usr/x', content: 'own' },
        { path: 'usr/x.distrib', content: 'x' },
        { path: 'var/lib/dpkg/diversions', content: '/usr/x\n/usr/x.distrib\nother\n' },
        ...dpkg({ 'usr/x': 'x' }),
      ]],
      [],
    ],
  ])('%s', async (_, layers, expected) => {
    expect(await differences(...layers)).toEqual(expected);
  });

  it('are told with what is recorded and what is there', async () => {
    const { found } = await verified([
      { path: 'usr/x', content: 'yy', mode: 0o755, uid: 5, gid: 7 },
      ...dpkg({ 'usr/x': 'x' }),
    ]);
    expect(found).toEqual([{
      kind: 'verification',
      package: 'a',
      path: '/usr/x',
      state: 'changed',
      isConfiguration: false,
      recorded: { algorithm: 'md5', digest: md5('x') },
      found: { type: 'file', mode: 0o755, uid: 5, gid: 7, size: 2, digest: md5('yy') },
    }]);
  });
});

describe('files of apk', () => {
  it.each<[string, Layers, readonly string[]]>([
    [
      'are alike, as links are by their targets',
      [[
        { path: 'bin/busybox', content: 'x', mode: 0o755 },
        { path: 'bin/sh', type: 'symlink', link: '/bin/busybox' },
        apk(
          `F:bin\nR:busybox\na:0:0:755\nZ:${q1('x')}\nR:sh\na:0:0:777\n` +
            'Z:Q1pcfTfDNEbNKQc2s1tia7da05M8Q=\n',
        ),
      ]],
      [],
    ],
    [
      'differ in mode where it is recorded',
      [[
        { path: 'bin/x', content: 'x', mode: 0o4755 },
        { path: 'bin/y', content: 'y', mode: 0o4755 },
        apk(`F:bin\nR:x\na:0:0:755\nZ:${q1('x')}\nR:y\nZ:${q1('y')}\n`),
      ]],
      ['a /bin/x changed'],
    ],
    [
      'differ, as links and as files',
      [[
        { path: 'bin/x', content: 'other' },
        { path: 'bin/y', type: 'symlink', link: 'z' },
        { path: 'etc/c', content: 'c' },
        apk(`F:bin\nR:x\nZ:${q1('x')}\nR:y\nZ:${q1('y')}\nF:etc\nR:c\nZ:${q1('x')}\n`),
      ]],
      ['a /bin/x changed', 'a /bin/y changed', 'a /etc/c changed*'],
    ],
  ])('%s', async (_, layers, expected) => {
    expect(await differences(...layers)).toEqual(expected);
  });
});

describe('files of rpm', () => {
  const tags: Tags = {
    name: 'a',
    basenames: ['x'],
    dirIndexes: int32(0),
    dirNames: ['/usr/'],
    fileModes: { bytes: 2, of: [0o100_644] },
    fileSizes: int32(1),
    fileDigests: [hex('sha256', 'x')],
    fileDigestAlgo: int32(8),
  };
  const file = { path: 'usr/x', content: 'x' };

  it.each<[string, readonly TarEntry[], Tags, readonly string[]]>([
    ['are alike', [file], {}, []],
    ['differ', [{ ...file, content: 'y' }], {}, ['a /usr/x changed']],
    ['differ in mode', [{ ...file, mode: 0o755 }], {}, ['a /usr/x changed']],
    ['may differ in mode', [{ ...file, mode: 0o755 }], { fileVerifyFlags: int32(3) }, []],
    [
      'differ in size alone',
      [file],
      { fileSizes: int32(2), fileVerifyFlags: int32(2) },
      ['a /usr/x changed'],
    ],
    ['may have any content', [{ ...file, content: 'y' }], { fileVerifyFlags: int32(64) }, []],
    ['are missing', [], {}, ['a /usr/x missing']],
    ['may be missing', [], { fileFlags: int32(8) }, []],
    [
      'are links where files should be',
      [{ path: 'usr/x', type: 'symlink', link: 'y' }, { path: 'usr/y', content: 'x' }],
      {},
      ['a /usr/x changed'],
    ],
    ['are alike by MD5', [file], { fileDigests: [md5('x')], fileDigestAlgo: int32(1) }, []],
  ])('%s', async (_, entries, changes, expected) => {
    expect(await differences([...entries, rpm({ ...tags, ...changes })])).toEqual(expected);
  });

  it('are named where their digests are of a kind that is not made', async () => {
    const sha512 = { fileDigests: [hex('sha512', 'y')], fileDigestAlgo: int32(10) };
    const { found, unreadable } = await verified([file, rpm({ ...tags, ...sha512 })]);
    expect(found).toEqual([]);
    expect(unreadable).toEqual([{
      kind: 'unreadable',
      path: '/var/lib/rpm/Packages.db',
      analyzer: 'verification',
      reason: '1 digests are sha512, which is not compared',
    }]);
  });
});

describe('an image', () => {
  it.each<[string, Layers]>([
    [
      'that seems to be of another package manager',
      [[
        { path: 'etc/apk/arch', content: 'x' },
        { path: 'usr/x', content: 'y' },
        ...dpkg({ 'usr/x': 'x' }),
      ]],
    ],
    [
      'with files where packages put none',
      [[{ path: 'app/x', content: 'y' }, ...dpkg({ 'app/x': 'x' })]],
    ],
    [
      'whose database is of another kind than that of layers below',
      [
        [{ path: 'etc/yum.repos.d/a' }, { path: 'usr/x', content: 'y' }],
        [apk(`F:usr\nR:x\nZ:${q1('x')}\n`)],
      ],
    ],
  ])('%s is compared all the same', async (_, layers) => {
    const { found, packages } = await verified(...layers);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ state: 'changed' });
    expect(found[0]?.found?.digest).toMatch(/^[0-9a-f]+$/);
    expect(packages).toHaveLength(1);
  });

  it('that is read again says so by its progress', async () => {
    const image = composeImage({
      layers: [[{ path: 'app/x', content: 'y' }, ...dpkg({ 'app/x': 'x' })]],
    });
    const inspections = { ...NO_INSPECTIONS, verification: true };
    const task = taskOf(
      image.manifest.descriptor.digest,
      await layoutOf(image),
      LIMITS,
      inspections,
    );
    const phases: string[] = [];
    await reportOf(task, undefined, ({ phase, bytes, layers }) => {
      const now = `${phase} ${layers}${bytes > 0 ? '' : ' from 0'}`;
      if (phases.at(-1) !== now) phases.push(now);
    });
    const once = ['reading 0 from 0', 'reading 0', 'reading 1', 'reporting 1'];
    expect(phases).toEqual([...once, ...once]);
  });

  it('is not compared unless that is asked for', async () => {
    const image = composeImage({ layers: [[...dpkg({ 'usr/x': 'x' })]] });
    const task = taskOf(image.manifest.descriptor.digest, await layoutOf(image));
    const { lines } = await reportOf(task);
    expect(lines.filter(({ kind }) => kind === 'verification')).toEqual([]);
  });

  it('has its broken databases named', async () => {
    const { unreadable } = await verified([{ path: 'var/lib/rpm/Packages', content: 'junk' }]);
    expect(unreadable.map(({ analyzer }) => analyzer)).toEqual(['rpm', 'verification']);
  });

  it('ends in lines that core reads, whatever databases say (seed 3)', async () => {
    const random = seeded(3);
    const parts = ['usr', '..', 'x', '', 'link', '\xff', '/', '.', 'y'];
    const path = () => Array.from({ length: 3 }, () => parts[Math.floor(random() * 9)]).join('/');
    const sums = Object.fromEntries(Array.from({ length: 400 }, () => [path(), 'x']));
    const { found } = await verified([
      { path: 'usr/x', content: 'x' },
      { path: 'link', type: 'symlink', link: 'link/link' },
      { path: 'y', type: 'symlink', link: 'usr' },
      ...dpkg(sums),
    ]);
    expect(found.length).toBeGreaterThan(20);
    expect(found.map(({ path: told }) => told)).not.toContain('/usr/x');
  });
});
