import { describe, expect, it } from 'vitest';
import { FileEntry, Package, ReportHead, ReportLine } from '../../../jobs/contract/index.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

const HEAD = {
  kind: 'head',
  version: 1,
  digest: DIGEST,
  analyzers: { npm: 1 },
  architecture: 'amd64',
  os: 'linux',
  distribution: { id: 'alpine', version: '3.20', like: [] },
  size: 10,
  layers: [{ digest: DIGEST, diffId: DIGEST, compressedSize: 1, size: 2 }],
  history: [{ createdBy: 'RUN a', layer: DIGEST, size: 2 }, { layer: null, size: 0 }],
  dockerfile: 'FROM scratch\n',
};
const PACKAGE = {
  kind: 'package',
  type: 'npm',
  name: 'a',
  version: '1',
  licenses: ['MIT'],
  purl: 'pkg:npm/a@1',
  location: '/a',
  layer: DIGEST,
};
const OWNED = { ...PACKAGE, owner: 'node-a', javaVersions: { maven: '1' } };
const FILE = { kind: 'file', path: '/a', type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1 };
const UNREADABLE = { kind: 'unreadable', path: '/a', analyzer: 'npm', reason: 'not valid JSON' };
const END = { kind: 'end', packages: 0, files: 0 };

describe('a line of a report', () => {
  it.each([HEAD, PACKAGE, OWNED, FILE, UNREADABLE, END])(
    'of kind $kind is read as it was sent',
    (line) => {
      expect(ReportLine.parse(line)).toEqual(line);
    },
  );

  it.each<[string, object]>([
    ['of no kind', { path: '/a' }],
    ['of an unknown kind', { ...END, kind: 'secret' }],
    ['with another version', { ...HEAD, version: 2 }],
    ['with a digest of another kind', { ...HEAD, digest: `md5:${'a'.repeat(32)}` }],
    ['with a digest in capitals', { ...HEAD, digest: DIGEST.toUpperCase() }],
    ['with a digest and more', { ...HEAD, digest: `${DIGEST}\n` }],
    ['with negative bytes', { ...HEAD, size: -1 }],
    ['with a part of a byte', { ...HEAD, size: 0.5 }],
    ['with too long a text', { ...HEAD, os: 'x'.repeat(65_537) }],
    ['with too long a Dockerfile', { ...HEAD, dockerfile: 'x'.repeat(4_194_305) }],
    ['with an unnamed distribution', { ...HEAD, distribution: { id: '', version: '', like: [] } }],
    ['with an owner without a name', { ...PACKAGE, owner: '' }],
    ['with an odd package type', { ...PACKAGE, type: 'Npm/../x' }],
    ['with a package without a name', { ...PACKAGE, name: '' }],
    ['with too long a name', { ...PACKAGE, name: 'x'.repeat(1025) }],
    ['with too many licences', { ...PACKAGE, licenses: Array.from({ length: 1001 }, () => 'x') }],
    ['with a mode beyond its bits', { ...FILE, mode: 0o10000 }],
    ['with an unknown file type', { ...FILE, type: 'socket' }],
    ['with a hash that is none', { ...FILE, sha256: 'a'.repeat(63) }],
    ['with an owner beyond exact numbers', { ...FILE, uid: 2 ** 53 }],
    ['with too long a link', { ...FILE, link: 'x'.repeat(65_537) }],
    ['with a count below nothing', { ...END, files: -1 }],
  ])('%s is refused', (_, line) => {
    expect(ReportLine.safeParse(line).success).toBe(false);
  });

  it('may hold texts up to their bounds', () => {
    const long = { ...HEAD, os: 'x'.repeat(65_536), dockerfile: 'x'.repeat(4_194_304) };
    expect(ReportLine.parse(long)).toEqual(long);
  });

  it('loses what the database does not store, in every text', () => {
    const odd = 'a\0b\ud800c\udc00';
    const tidy = 'a\ufffdb\ufffdc\ufffd';
    const { kind: _, ...file } = FILE;
    expect(FileEntry.parse({ ...file, path: odd, link: odd })).toMatchObject({
      path: tidy,
      link: tidy,
    });
    const found = { ...PACKAGE, name: odd, version: odd, licenses: [odd], origin: odd, purl: odd };
    expect(Package.parse({ ...found, source: { name: odd, version: odd } })).toMatchObject({
      name: tidy,
      version: tidy,
      licenses: [tidy],
      origin: tidy,
      purl: tidy,
      source: { name: tidy, version: tidy },
    });
    const head = ReportHead.parse({ ...HEAD, analyzers: { [odd]: 1 }, os: odd, dockerfile: odd });
    expect(head).toMatchObject({ analyzers: { [tidy]: 1 }, os: tidy, dockerfile: tidy });
  });

  it('keeps whole characters beyond the basic plane', () => {
    expect(ReportLine.parse({ ...UNREADABLE, path: '/\u{1f433}' })).toMatchObject({
      path: '/\u{1f433}',
    });
  });
});
