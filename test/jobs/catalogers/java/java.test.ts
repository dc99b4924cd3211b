import { describe, expect, it } from 'vitest';
import { java } from '../../../../jobs/catalogers/java/index.ts';
import { CatalogError, type FoundPackage } from '../../../../jobs/catalogers/types.ts';
import { items, zip } from '../../formats/zips.ts';
import { mutate, random } from '../../layers/tars.ts';
import { catalog } from '../support.ts';
import { jar, manifest, project, storing } from './jars.ts';
import { cpuMs } from '../../../support/cpu.ts';

const LIB = jar({}, project('org.a', 'lib', '1.0'));
const PLAIN = jar({ 'Implementation-Vendor': 'Example Inc.', 'Bundle-License': 'MIT' });

function found(path: string, content: Buffer): readonly FoundPackage[] {
  return catalog(java, { [path]: content });
}

/** Packages, and what was told to be unreadable. */
function readJava(path: string, content: Buffer) {
  const skipped: { within: string; reason: string }[] = [];
  const note = (within: string, reason: string) => void skipped.push({ within, reason });
  const view = { has: () => false, content: () => undefined };
  return { packages: java.parse({ path, content }, view, note), skipped };
}

/** `within name version` of each package. */
function places(path: string, content: Buffer): readonly string[] {
  return found(path, content).map(({ within = '.', name, version }) =>
    `${within} ${name} ${version}`
  );
}

describe('java wants', () => {
  it.each([
    ['opt/app.jar', true],
    ['opt/app.JAR', true],
    ['srv/a.war', true],
    ['srv/a.ear', true],
    ['srv/a.hpi', true],
    ['srv/a.jpi', true],
    ['srv/a.par', true],
    ['srv/a.sar', true],
    ['srv/a.nar', true],
    ['srv/a.rar', true],
    ['srv/a.kar', true],
    ['srv/a.lpkg', true],
    ['opt/app.jar.original', false],
    ['opt/jar', false],
    ['ajar', false],
    ['opt/a.zip', false],
    ['opt/java.base.jmod', false],
    ['', false],
  ])('%s: %s', (path, wanted) => {
    expect(java.wants(path)).toBe(wanted);
  });
});

describe('java parse', () => {
  it('tells group, licences and who made it', () => {
    const model =
      '<project><licenses><license><name>Apache-2.0</name></license></licenses></project>';
    const content = jar({ 'Bundle-License': 'MIT', 'Implementation-Vendor': 'Example Inc.' }, {
      ...project('org.a', 'lib', '1.0'),
      'META-INF/maven/org.a/lib/pom.xml': model,
    });
    expect(found('lib.jar', content)).toEqual([{
      type: 'maven',
      namespace: 'org.a',
      name: 'lib',
      version: '1.0',
      licenses: ['Apache-2.0'],
      origin: 'org.a',
      javaVersions: { maven: '1.0' },
    }]);
    expect(found('b-1.0.jar', PLAIN)).toEqual([{
      type: 'maven',
      name: 'b',
      version: '1.0',
      licenses: ['MIT'],
      origin: 'Example Inc.',
      javaVersions: {},
    }]);
  });

  it('tells what manifest and project say of versions, each as it is written', () => {
    const content = jar(
      { 'Specification-Version': '1.2 (draft)', 'Implementation-Version': '2.0-b1' },
      { ...project('org.a', 'lib', '2.0'), ...project('org.b', 'merged', '3.1') },
    );
    expect(found('lib-2.0.jar', content)).toMatchObject([
      {
        name: 'lib',
        javaVersions: { specification: '1.2 (draft)', implementation: '2.0-b1', maven: '2.0' },
      },
      { name: 'merged', javaVersions: { maven: '3.1' } },
    ]);
  });

  it.each<[string, string, Buffer, readonly string[]]>([
    [
      'an executable archive',
      'opt/shop-1.0.jar',
      storing({
        'META-INF/MANIFEST.MF': manifest({ 'Start-Class': 'a.B' }),
        'BOOT-INF/lib/lib-1.0.jar': LIB,
        'BOOT-INF/lib/b-2.0.jar': PLAIN,
      }, { prefix: '#!/bin/bash\nexec java -jar "$0"\n' }),
      ['. shop 1.0', 'BOOT-INF/lib/lib-1.0.jar lib 1.0', 'BOOT-INF/lib/b-2.0.jar b 2.0'],
    ],
    [
      'an enterprise archive',
      'opt/all-1.0.ear',
      jar({}, {
        'lib/lib-1.0.jar': LIB,
        'web-1.1.war': jar({}, { 'WEB-INF/lib/b-2.0.jar': PLAIN, 'WEB-INF/lib/inner.rar': LIB }),
      }),
      [
        '. all 1.0',
        'lib/lib-1.0.jar lib 1.0',
        'web-1.1.war web 1.1',
        'web-1.1.war:WEB-INF/lib/b-2.0.jar b 2.0',
        'web-1.1.war:WEB-INF/lib/inner.rar lib 1.0',
      ],
    ],
    [
      'one that holds the same library twice',
      'x.kar',
      jar({}, { 'repository/org/a/b/1.0/b-1.0.jar': PLAIN, 'b-1.0.jar': PLAIN }),
      ['repository/org/a/b/1.0/b-1.0.jar b 1.0', 'b-1.0.jar b 1.0'],
    ],
    ['one without a manifest', 'b-1.0.jar', zip(items({ 'a.class': '' })), ['. b 1.0']],
    [
      'one with its manifest in small letters',
      'b.jar',
      zip(items({
        'meta-inf/manifest.mf': manifest({ 'Implementation-Version': '3.0' }),
      })),
      ['. b 3.0'],
    ],
  ])('%s', (_name, path, content, expected) => {
    expect(places(path, content)).toEqual(expected);
  });

  it.each<[string, string, Buffer]>([
    ['an archive of Perl', 'opt/Module-1.0.par', zip(items({ 'META.yml': '', MANIFEST: '' }))],
    ['an archive of WinRAR', 'opt/files-1.0.rar', Buffer.from('Rar!\x1a\x07\x00')],
    ['an empty file', 'opt/a-1.0.jar', Buffer.alloc(0)],
    ['an archive of those', 'opt/a.jar', jar({}, { 'x-1.0.rar': 'Rar!', 'y-1.0.jar': '' })],
  ])('has nothing to say of %s', (_name, path, content) => {
    expect(readJava(path, content)).toEqual({ packages: [], skipped: [] });
  });

  it('goes on past broken parts and names them', () => {
    const path = 'a-1.0.ear';
    const content = zip([
      { name: 'META-INF/MANIFEST.MF', data: 'x', method: 14 },
      { name: 'META-INF/maven/g/n/pom.properties', data: 'version=1', claimed: { size: 3 } },
      { name: 'broken-1.0.jar', data: 'no archive' },
      { name: 'secret-1.0.jar', data: LIB, flags: 1 },
      { name: 'text-3.0.jar', data: 'x'.repeat(1000), stored: true },
      { name: 'w.war', data: jar({}, { 'broken.jar': 'PK', 'b-2.0.jar': PLAIN }) },
    ]);
    const { packages, skipped } = readJava(path, content);
    expect(packages.map(({ name, version }) => `${name} ${version}`)).toEqual(['a 1.0', 'b 2.0']);
    expect(skipped).toEqual([
      { within: 'META-INF/MANIFEST.MF', reason: 'compression method 14' },
      { within: 'META-INF/maven/g/n/pom.properties', reason: 'damaged compressed data' },
      { within: 'broken-1.0.jar', reason: 'no ZIP archive, or one that was cut off' },
      { within: 'secret-1.0.jar', reason: 'encrypted' },
      { within: 'text-3.0.jar', reason: 'no ZIP archive, or one that was cut off' },
      { within: 'w.war:broken.jar', reason: 'no ZIP archive, or one that was cut off' },
    ]);
  });

  it('knows an archive that is too large to look into by its file name', () => {
    const noise = Buffer.alloc(65 * 1024 * 1024).fill(
      Buffer.from(Array.from({ length: 251 }, (_, i) => i)),
    );
    for (let at = 0; at < noise.length; at += 1024) {
      noise.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
    }
    const content = jar({}, { 'lib/native-2.0.jar': noise, 'lib/lib.jar': LIB });
    const { packages, skipped } = readJava('x.war', content);
    expect(packages.map(({ within }) => within)).toEqual(['lib/native-2.0.jar', 'lib/lib.jar']);
    expect(skipped).toEqual([{
      within: 'lib/native-2.0.jar',
      reason: 'larger than 67108864 bytes',
    }]);
  });

  it.each<[string, Buffer, RegExp]>([
    ['no archive', Buffer.from('<html>'), /^no ZIP archive/],
    ['one cut off', LIB.subarray(0, -10), /^no ZIP archive/],
    [
      'entries that share bytes',
      zip([
        { name: 'a.jar', data: LIB },
        { name: 'b.jar', claimed: { offset: 0 } },
      ]),
      /^entries that share bytes/,
    ],
    ['a bomb', jar({}, { 'x.jar': Buffer.alloc(8 * 1024 * 1024) }), /more than 200 times/],
    ['a deep nest', nest(9), /more than 8 deep/],
    [
      'very many archives',
      jar(
        {},
        Object.fromEntries(
          Array.from({ length: 20_001 }, (_, index) => [`${index}.jar`, zip([])]),
        ),
      ),
      /more than 20000 archives/,
    ],
  ])('refuses %s', (_name, content, message) => {
    const error = expect.objectContaining({ message: expect.stringMatching(message) });
    expect(() => found('a.jar', content)).toThrow(CatalogError);
    expect(() => found('a.jar', content)).toThrow(error);
  });

  it('reads as deep as anyone nests', () => {
    expect(found('a.jar', nest(8)).at(-1)?.within).toBe(Array(7).fill('x.jar').join(':'));
  });

  it('counts what inflates over all archives inside', () => {
    // One MiB alone may have any ratio.
    const part = Buffer.alloc(1024 * 1024);
    const files = Array.from({ length: 300 }, (_, index) => [`${index}.jar`, part] as const);
    const inner = zip(items(Object.fromEntries(files)));
    const content = zip(items({ 'a.jar': inner, 'b.jar': inner, 'c.jar': inner, 'd.jar': inner }));
    const start = cpuMs();
    expect(() => found('bomb.jar', content)).toThrow(/more than 1073741824 bytes inflated/);
    expect(cpuMs() - start).toBeLessThan(20_000);
  });

  it('meets a limit with very many entries', () => {
    const inner = zip(
      Array.from({ length: 60_000 }, (_, index) => ({ name: `${index}`, stored: true })),
    );
    const files = Array.from({ length: 20 }, (_, index) => [`${index}.jar`, inner] as const);
    expect(() => found('a.jar', storing(Object.fromEntries(files)))).toThrow(
      /more than 1000000 entries/,
    );
  });

  it('reads or refuses whatever a mutated archive holds', () => {
    const next = random(14);
    const sample = storing({
      'META-INF/MANIFEST.MF': manifest({ 'Bundle-SymbolicName': 'a.b', 'Bundle-Version': '1.0' }),
      ...project('org.a', 'lib', '1.0'),
      'lib/b-1.0.jar': LIB,
      'lib/c-1.0.war': jar({}, { 'WEB-INF/lib/b-2.0.jar': PLAIN }),
    });
    const outcome = { read: 0, refused: 0, packages: 0 };
    const start = cpuMs();
    for (let round = 0; round < 1000; round++) {
      try {
        outcome.packages += found('x-1.0.jar', mutate(sample, next)).length;
        outcome.read++;
      } catch (error) {
        if (!(error instanceof CatalogError)) throw error;
        outcome.refused++;
      }
    }
    expect(outcome.read).toBeGreaterThan(300);
    expect(outcome.refused).toBeGreaterThan(50);
    expect(outcome.packages).toBeGreaterThan(1000);
    expect(cpuMs() - start).toBeLessThan(20_000);
  });
});

/** Archives inside one another, so many in all. */
function nest(depth: number): Buffer {
  let content = LIB;
  for (let level = 1; level < depth; level++) content = storing({ 'x.jar': content });
  return content;
}
