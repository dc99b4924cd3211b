import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { composeImage, type TarEntry } from 'oci-client/compose';
import { CatalogError, type FoundPackage } from '../../../jobs/catalogers/types.ts';
import { readHints } from '../../../jobs/inspectors/hints.ts';
import { mutations } from '../catalogers/support.ts';
import { npmFile } from '../samples.ts';
import { asCoreReads, layoutOf, LIMITS, NO_INSPECTIONS, reportOf, taskOf } from '../support.ts';

function read(content: string | Buffer) {
  const problems: string[] = [];
  const packages = readHints(
    Buffer.from(content),
    (within, reason) => void problems.push(`${within} ${reason}`),
  );
  return { packages, problems };
}

function one(hint: object): FoundPackage | undefined {
  return read(JSON.stringify({ packages: [hint] })).packages[0];
}

/** The report of an image with these hints. */
async function reported(hints: boolean, ...layers: readonly (readonly TarEntry[])[]) {
  const image = composeImage({ layers: layers.map((entries) => [...entries]) });
  const task = taskOf(
    image.manifest.descriptor.digest,
    await layoutOf(image),
    LIMITS,
    { ...NO_INSPECTIONS, hints },
  );
  const report = await reportOf(task);
  report.lines.forEach(asCoreReads);
  expect(report.end.packages).toBe(report.packages.length);
  return report;
}

function file(packages: unknown): TarEntry {
  return { path: 'anchore_hints.json', content: JSON.stringify({ packages }) };
}

const SAMPLE = JSON.stringify({
  packages: [
    { name: 'musl', version: '1.1.20', release: 'r8', type: 'apkg', origin: 'alpine' },
    { name: 'wicked', version: '0.6.1', type: 'gem', licenses: ['MIT'] },
  ],
});

describe('hints', () => {
  it.each<[string, object, object]>([
    ['rpm', { release: '2.el8', arch: 'x86_64' }, {
      type: 'rpm',
      version: '1-2.el8',
      architecture: 'x86_64',
    }],
    ['dpkg', { source: 'src' }, { type: 'deb', source: { name: 'src', version: '1' } }],
    ['apkg', { size: '12' }, { type: 'apk', size: 12 }],
    ['npm', { license: 'MIT', licenses: ['MIT', 'ISC'] }, {
      type: 'npm',
      licenses: ['MIT', 'ISC'],
    }],
    ['gem', { size: 5 }, { type: 'gem', size: 5 }],
    ['python', { release: '2', source: 'x' }, { type: 'pypi', version: '1', source: undefined }],
    ['java', { origin: 'org.example' }, { type: 'maven', namespace: 'org.example' }],
    ['JAVA', { origin: 'Example Inc.' }, { type: 'maven', namespace: undefined }],
    ['go', {}, { type: 'golang' }],
    ['binary', { metadata: { any: 'thing' } }, { type: 'generic' }],
  ])('of type %s with %j are packages', (type, more, expected) => {
    expect(one({ name: 'a', version: '1', type, ...more })).toMatchObject({
      name: 'a',
      version: '1',
      ...expected,
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['is no object', 5, /^packages\[0\] the entry: /],
    ['is null', null, /^packages\[0\] the entry: /],
    ['has no name', { version: '1', type: 'npm' }, /^packages\[0\] name: /],
    ['has an empty version', { name: 'a', version: ' ', type: 'npm' }, /^packages\[0\] version: /],
    ['is of another type', { name: 'a', version: '1', type: 'cargo' }, /^packages\[0\] type: /],
    ['has a number for a version', { name: 'a', version: 1, type: 'npm' }, /version: /],
    [
      'is too long',
      { name: 'a'.repeat(2000), version: '1', type: 'npm' },
      /^packages\[0\] its name or version is too long$/,
    ],
  ])('name an entry that %s, and the rest goes on', (_, entry, problem) => {
    const { packages, problems } = read(
      JSON.stringify({ packages: [entry, { name: 'b', version: '1', type: 'npm' }] }),
    );
    expect(packages.map(({ name }) => name)).toEqual(['b']);
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  it.each(['', '{', '[]', '5', 'null', '{"packages":{}}', '{"package":[]}'])(
    'are none in %j',
    (content) => {
      expect(() => read(content)).toThrow(CatalogError);
    },
  );

  it('are bounded, and what is wrong with them', () => {
    const many = Array.from({ length: 10_001 }, (_, index) => (
      { name: `n${index}`, version: '1', type: 'npm' }
    ));
    const { packages, problems } = read(JSON.stringify({ packages: many }));
    expect(packages).toHaveLength(10_000);
    expect(problems).toEqual(['packages[10000] only the first 10000 packages are added']);
    const bad = read(JSON.stringify({ packages: Array(5000).fill(0) }));
    expect(bad.problems).toHaveLength(101);
    expect(bad.problems.at(-1)).toBe('packages 4900 more entries are no packages');
  });

  it('are read or refused whatever was changed (seed 9)', () => {
    let outcomes = 0;
    for (const content of mutations(SAMPLE, 9, 400)) {
      try {
        outcomes += read(content).packages.length;
      } catch (error) {
        expect(error).toBeInstanceOf(CatalogError);
        outcomes += 1;
      }
    }
    expect(outcomes).toBeGreaterThan(200);
  });
});

describe('a report with hints', () => {
  it('adds packages with their own purl and place', async () => {
    const { packages, unreadable, head } = await reported(true, [npmFile('left-pad')], [
      { path: 'etc/os-release', content: 'ID=alpine\nVERSION_ID=3.20\n' },
      { path: 'anchore_hints.json', content: SAMPLE },
    ]);
    expect(unreadable).toEqual([]);
    expect(packages.map(({ purl, location }) => [purl, location]).slice(1)).toEqual([
      ['pkg:apk/alpine/musl@1.1.20-r8?distro=alpine-3.20', '/anchore_hints.json'],
      ['pkg:gem/wicked@0.6.1', '/anchore_hints.json'],
    ]);
    expect(packages.at(1)?.layer).toBe(head.layers[1]?.digest);
  });

  it('changes no package that was found, and tells none twice', async () => {
    const hint = { name: 'left-pad', version: '1.0.0', type: 'npm', license: 'Other' };
    const [without, added] = await Promise.all([
      reported(true, [npmFile('left-pad')]),
      reported(true, [
        npmFile('left-pad'),
        file([hint, { ...hint, version: '2' }, {
          ...hint,
          version: '2',
          license: 'Third',
        }]),
      ]),
    ]);
    expect(added.packages.slice(0, 1).map(({ layer: _, ...rest }) => rest))
      .toEqual(without.packages.map(({ layer: _, ...rest }) => rest));
    expect(added.packages.map(({ version, licenses }) => [version, ...licenses])).toEqual([
      [...without.packages.map(({ version, licenses }) => [version, ...licenses]).flat()],
      ['2', 'Other'],
    ]);
  });

  it.each<[string, TarEntry, string]>([
    ['names bad entries', file([{}]), '/anchore_hints.json:packages[0]'],
    ['names a bad file', file('x'), '/anchore_hints.json'],
    [
      'names a link',
      { path: 'anchore_hints.json', type: 'symlink', link: 'etc/x' },
      '/anchore_hints.json',
    ],
  ])('%s', async (_, entry, path) => {
    const { packages, unreadable } = await reported(true, [entry, npmFile('left-pad')]);
    expect(packages).toHaveLength(1);
    expect(unreadable.map(({ path: told, analyzer }) => [told, analyzer])).toEqual([
      [path, 'hints'],
    ]);
  });

  it('has none of them unless they are asked for', async () => {
    const { packages, unreadable } = await reported(false, [file([
      { name: 'a', version: '1', type: 'npm' },
    ])]);
    expect([packages, unreadable]).toEqual([[], []]);
  });
});
