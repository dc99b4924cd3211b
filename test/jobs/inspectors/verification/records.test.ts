import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CatalogError } from '../../../../jobs/catalogers/types.ts';
import { apkRecorder } from '../../../../jobs/inspectors/verification/apk.ts';
import { dpkgRecorder } from '../../../../jobs/inspectors/verification/dpkg.ts';
import {
  allowed,
  recordAllowance,
  type RecordedFile,
  type Recorder,
} from '../../../../jobs/inspectors/verification/records.ts';
import { rpmRecorder } from '../../../../jobs/inspectors/verification/rpm.ts';
import { ndb } from '../../catalogers/rpm/databases.ts';
import { int32, packageHeader, type Tags } from '../../catalogers/rpm/headers.ts';
import { mutations, type Tree, viewOf } from '../../catalogers/support.ts';

const STATUS = 'var/lib/dpkg/status';
const INFO = 'var/lib/dpkg/info';
const INSTALLED = 'lib/apk/db/installed';
const MD5 = '4eb63731c9f5e30903ac4fc07a7fe3d6';
const OTHER = '3ae9b9ff69a78d614864f1957778fecb';

function recorded(
  recorder: Recorder,
  tree: Tree,
  allowance = recordAllowance(),
): readonly RecordedFile[] {
  return Object.entries(tree).filter(([path]) => recorder.isDatabase(path))
    .flatMap(([path, content]) => [
      ...allowed(
        recorder.records({ path, content: Buffer.from(content) }, viewOf(tree), allowance),
        allowance,
      ),
    ]);
}

/** A stanza of a package that is there. */
function stanza(name: string, more = ''): string {
  return `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n${more}\n`;
}

/** `package path`, with `*` for configuration. */
function told(records: readonly RecordedFile[]): readonly string[] {
  return records.map(({ package: name, path, isConfiguration }) =>
    `${name} ${path}${isConfiguration ? '*' : ''}`
  );
}

describe('what dpkg records', () => {
  const CONFFILES = `Conffiles:\n /etc/host.conf ${MD5}\n /etc/issue name ${OTHER}\n` +
    ` /etc/old ${MD5} obsolete\n /etc/gone ${MD5} remove-on-upgrade\n /etc/new newconffile\n`;

  it('is sums and configuration files', () => {
    expect(recorded(dpkgRecorder, {
      [STATUS]: stanza('base-files', CONFFILES),
      [`${INFO}/base-files.md5sums`]: `${OTHER}  etc/issue.net\n`,
    })).toEqual<readonly RecordedFile[]>([
      {
        package: 'base-files',
        path: 'etc/host.conf',
        isConfiguration: true,
        algorithm: 'md5',
        digest: MD5,
      },
      {
        package: 'base-files',
        path: 'etc/issue name',
        isConfiguration: true,
        algorithm: 'md5',
        digest: OTHER,
      },
      {
        package: 'base-files',
        path: 'etc/issue.net',
        isConfiguration: false,
        algorithm: 'md5',
        digest: OTHER,
      },
    ]);
  });

  it.each<[string, Tree, readonly string[]]>([
    [
      'of the architecture first',
      {
        [STATUS]: stanza('libc6'),
        [`${INFO}/libc6:amd64.md5sums`]: `${MD5}  usr/a\n`,
        [`${INFO}/libc6.md5sums`]: `${MD5}  usr/b\n`,
      },
      ['libc6 usr/a'],
    ],
    [
      'of images without dpkg',
      {
        'var/lib/dpkg/status.d/tzdata': `Package: tzdata\nVersion: 1\n${CONFFILES}`,
        'var/lib/dpkg/status.d/tzdata.md5sums': `${MD5}  ./usr/a\n`,
      },
      ['tzdata etc/host.conf*', 'tzdata etc/issue name*', 'tzdata usr/a'],
    ],
    [
      'once, of a file in both places',
      {
        [STATUS]: stanza('a', `Conffiles:\n /etc/x ${MD5}\n`),
        [`${INFO}/a.md5sums`]: `${OTHER}  etc/x\n`,
      },
      ['a etc/x*'],
    ],
    [
      'not of packages that were removed',
      {
        [STATUS]: 'Package: a\nStatus: deinstall ok config-files\nVersion: 1\n',
        [`${INFO}/a.md5sums`]: `${MD5}  usr/a\n`,
      },
      [],
    ],
    [
      'not of files that another package has taken over',
      {
        [STATUS]: stanza('a', `Conffiles:\n /etc/taken ${MD5}\n`),
        [`${INFO}/a.list`]: '/.\n/usr\n/usr/own\n',
        [`${INFO}/a.md5sums`]: `${MD5}  usr/own\n${MD5}  usr/taken\n`,
      },
      ['a usr/own'],
    ],
    [
      'in the place that diversions give it',
      {
        [STATUS]: stanza('dash') + stanza('bash'),
        [`${INFO}/dash.md5sums`]: `${MD5}  bin/sh\n`,
        [`${INFO}/bash.md5sums`]: `${MD5}  bin/sh\n`,
        'var/lib/dpkg/diversions': '/bin/sh\n/bin/sh.distrib\nbash\n',
      },
      ['dash bin/sh.distrib', 'bash bin/sh'],
    ],
    [
      'with names of any bytes',
      {
        [STATUS]: stanza('a', `Conffiles:\n /etc/ü ${MD5}\n`),
        [`${INFO}/a.md5sums`]: `${MD5}  usr/ü\n`,
      },
      ['a etc/\u00c3\u00bc*', 'a usr/\u00c3\u00bc'],
    ],
    [
      'on lines that are no sums passed over',
      {
        [STATUS]: stanza('a'),
        [`${INFO}/a.md5sums`]: `junk\n${MD5} usr/a\n${
          MD5.slice(1)
        }  usr/b\n${MD5}  \n${MD5} *usr/c\n`,
      },
      ['a usr/c'],
    ],
    ['without any sums', { [STATUS]: stanza('a') }, []],
  ])('is read %s', (_, tree, records) => {
    expect(told(recorded(dpkgRecorder, tree))).toEqual(records);
  });

  it('wants the sums beside the database', () => {
    const paths = [
      `${INFO}/a.md5sums`,
      `${INFO}/a/b.md5sums`,
      `${INFO}/a.list`,
      `x/${INFO}/a.md5sums`,
    ];
    expect(paths.filter((path) => dpkgRecorder.wants?.(path))).toEqual([`${INFO}/a.md5sums`]);
  });

  it.each([
    ['files', { records: 2, bytes: 1000 }],
    ['bytes', { records: 1000, bytes: 100 }],
  ])('has a bound of %s', (_, allowance) => {
    const tree = {
      [STATUS]: stanza('a'),
      [`${INFO}/a.md5sums`]: `${MD5}  usr/a\n${MD5}  usr/b\n${MD5}  usr/c\n`,
    };
    expect(() => recorded(dpkgRecorder, tree, { ...allowance })).toThrow(CatalogError);
  });

  it('leaves out what no file system has', () => {
    const tree = {
      [STATUS]: stanza('a'),
      [`${INFO}/a.md5sums`]: `${MD5}  usr/${'x'.repeat(4096)}\n${MD5}  usr/b\n`,
    };
    expect(told(recorded(dpkgRecorder, tree))).toEqual(['a usr/b']);
  });
});

const BUSYBOX = `C:Q1p78yvTLG094tHE1+dToJGbmYzQE=
P:busybox
V:1.37.0-r9
A:x86_64
F:bin
R:busybox
a:0:0:755
Z:Q1Pf/ZGVVOqQ6qKqUeMiOkJUvIZUc=
R:sh
a:0:0:777
Z:Q1pcfTfDNEbNKQc2s1tia7da05M8Q=
F:etc
R:securetty
Z:Q1mB95Hq2NUTZ599RDiSsj9w5FrOU=
F:etc/init.d
R:x
Z:Q1mB95Hq2NUTZ599RDiSsj9w5FrOU=
F:dev
R:null
F:tmp
M:0:0:1777

P:second
F:
R:root
Z:Q2${Buffer.alloc(32, 1).toString('base64')}
a:100:101:4755:Q1mB95Hq2NUTZ599RDiSsj9w5FrOU=
R:old
Z:${MD5}
`;

describe('what apk records', () => {
  it('is checksums, owners and modes', () => {
    const records = recorded(apkRecorder, { [INSTALLED]: BUSYBOX });
    expect(told(records)).toEqual([
      'busybox bin/busybox',
      'busybox bin/sh',
      'busybox etc/securetty*',
      'busybox etc/init.d/x',
      'second root',
      'second old',
    ]);
    expect(records[0]).toEqual<RecordedFile>({
      package: 'busybox',
      path: 'bin/busybox',
      isConfiguration: false,
      algorithm: 'sha1',
      digest: '3dffd919554ea90eaa2aa51e3223a4254bc86547',
      mode: 0o755,
      uid: 0,
      gid: 0,
    });
    expect(records[1]?.digest).toBe(createHash('sha1').update('/bin/busybox').digest('hex'));
    expect(records[2]).not.toHaveProperty('mode');
    expect(records.slice(4)).toMatchObject([
      { algorithm: 'sha256', digest: '01'.repeat(32), mode: 0o4755, uid: 100, gid: 101 },
      { algorithm: 'md5', digest: MD5 },
    ]);
  });

  it.each([
    ['usr/lib/apk/db/installed', 2],
    ['var/lib/apk/db/installed', 0],
  ])('is in %s: %i', (path, count) => {
    const text =
      'P:a\nF:x\nR:y\nZ:Q1mB95Hq2NUTZ599RDiSsj9w5FrOU=\nR:z\nZ:Q1mB95Hq2NUTZ599RDiSsj9w5FrOU=';
    expect(recorded(apkRecorder, { [path]: text })).toHaveLength(count);
  });

  it.each(['Q1short=', 'Q3mB95Hq2NUTZ599RDiSsj9w5FrOU=', '', 'Q1mB95Hq2NUTZ599RDiSsj9w5FrOU=x'])(
    'is nothing of a checksum %j',
    (checksum) => {
      const text = `P:a\nF:x\nR:y\nZ:${checksum}\n`;
      expect(recorded(apkRecorder, { [INSTALLED]: text })).toEqual([]);
    },
  );

  it('is read whatever was changed (seed 5)', () => {
    let read = 0;
    for (const content of mutations(BUSYBOX, 5, 500)) {
      const records = recorded(apkRecorder, { [INSTALLED]: content });
      for (const { digest, path } of records) {
        expect(digest).toMatch(/^[0-9a-f]{32,64}$/);
        expect(path).not.toBe('');
      }
      read += records.length;
    }
    expect(read).toBeGreaterThan(500);
  });
});

describe('what rpm records', () => {
  const REGULAR = 0o100_644;
  const SHA256 = 'AB'.repeat(32);
  const FILES: Tags = {
    name: 'coreutils',
    basenames: ['a', 'b', 'link', 'ghost', 'doc', 'taken', 'opt', 'shadow'],
    dirIndexes: int32(0, 1, 0, 0, 0, 0, 0, 1),
    dirNames: ['/usr/bin/', '/etc/'],
    fileModes: {
      bytes: 2,
      of: [0o104_755, REGULAR, 0o120_777, REGULAR, REGULAR, REGULAR, REGULAR, REGULAR],
    },
    fileSizes: int32(10, 20, 1, 0, 5, 6, 7, 8),
    fileDigests: [SHA256, SHA256, '', SHA256, SHA256, SHA256, SHA256, SHA256],
    fileDigestAlgo: int32(8),
    fileUserName: ['root', 'root', 'root', 'root', 'root', 'root', 'root', 'root'],
    fileGroupName: ['tty', 'root', 'root', 'root', 'root', 'root', 'root', 'root'],
    fileFlags: int32(0, 17, 0, 64, 2, 0, 8, 1),
    // The last one as `%verify(not md5 size)`.
    fileVerifyFlags: int32(
      -1 >>> 0,
      -1 >>> 0,
      -1 >>> 0,
      -1 >>> 0,
      -1 >>> 0,
      -1 >>> 0,
      -1 >>> 0,
      64,
    ),
    // The documentation was not installed, and another package replaced a file.
    fileStates: { bytes: 1, of: [0, 0, 0, 0, 2, 1, 0, 0] },
  };

  function fromHeader(tags: Tags): readonly RecordedFile[] {
    return recorded(rpmRecorder, { 'var/lib/rpm/Packages.db': ndb([packageHeader(tags)]) });
  }

  it('is what it compares itself', () => {
    const records = fromHeader(FILES);
    expect(told(records)).toEqual([
      'coreutils usr/bin/a',
      'coreutils etc/b*',
      'coreutils usr/bin/opt',
      'coreutils etc/shadow*',
    ]);
    expect(records[0]).toMatchObject({
      algorithm: 'sha256',
      digest: 'ab'.repeat(32),
      mode: 0o4755,
      size: 10,
      user: 'root',
      group: 'tty',
      isContentFree: false,
      mayBeMissing: false,
    });
    expect(records[2]).toMatchObject({ mayBeMissing: true });
    expect(records[3]).toMatchObject({
      isContentFree: true,
      mode: 0o644,
      size: undefined,
      user: undefined,
    });
  });

  it('has the algorithm of its time', () => {
    const tags = { ...FILES, fileDigests: [MD5], fileDigestAlgo: int32(1) };
    expect(fromHeader(tags)[0]).toMatchObject({ algorithm: 'md5', digest: MD5 });
  });

  it('is nothing where digests are none', () => {
    expect(fromHeader({ ...FILES, fileDigests: ['x'.repeat(64), 'ab'] })).toEqual([]);
  });

  it('is nothing of another file', () => {
    const tree = { 'var/lib/rpm/Packages.db': 'no database' };
    expect(() => recorded(rpmRecorder, tree)).toThrow(CatalogError);
  });
});
