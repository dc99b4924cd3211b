import { describe, expect, it } from 'vitest';
import { dpkg } from '../../../jobs/catalogers/dpkg.ts';
import { CatalogError } from '../../../jobs/catalogers/types.ts';
import { catalog, fuzz, identities, mutations, viewOf } from './support.ts';
import { cpuMs } from '../../support/cpu.ts';

const STATUS = 'var/lib/dpkg/status';

const OPENSSL = `Package: libssl3
Status: install ok installed
Priority: optional
Section: libs
Installed-Size: 6022
Maintainer: Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>
Architecture: amd64
Multi-Arch: same
Source: openssl
Version: 3.0.15-1~deb12u1
Depends: libc6 (>= 2.34)
Description: Secure Sockets Layer toolkit - shared libraries
 This package is part of the OpenSSL project's implementation of the SSL
 and TLS cryptographic protocols for secure communication over the
 Internet.
 .
 Version: 9.9
Homepage: https://www.openssl.org/
`;

function stanza(fields: Readonly<Record<string, string>>): string {
  const all = { Package: 'a', Status: 'install ok installed', Version: '1', ...fields };
  return Object.entries(all).map(([key, value]) => `${key}: ${value}\n`).join('');
}

describe('dpkg wants', () => {
  it.each([
    ['var/lib/dpkg/status', true],
    ['var/lib/dpkg/status.d/libc6', true],
    ['var/lib/dpkg/status.d/libstdc++6', true],
    ['var/lib/dpkg/status.d/libc6.md5sums', true],
    ['var/lib/dpkg/status.d/deeper/libc6.md5sums', false],
    ['var/lib/dpkg/info/libc6:amd64.list', true],
    ['var/lib/dpkg/info/libc6:amd64.md5sums', false],
    ['var/lib/dpkg/info/deeper/libc6.list', false],
    ['usr/share/doc/libc6/copyright', true],
    ['usr/share/doc/libc6/deeper/copyright', false],
    ['usr/share/doc/copyright', false],
    ['usr/share/doc/libc6/acopyright', false],
    ['var/lib/dpkg/status.d/deeper/libc6', false],
    ['var/lib/dpkg/status-old', false],
    ['var/lib/dpkg/status.d', false],
    ['srv/chroot/var/lib/dpkg/status', false],
  ])('%s: %s', (path, wanted) => {
    expect(dpkg.wants(path)).toBe(wanted);
  });
});

describe('dpkg parse', () => {
  it('reads every field of a package', () => {
    expect(catalog(dpkg, { [STATUS]: OPENSSL })).toEqual([{
      type: 'deb',
      name: 'libssl3',
      version: '3.0.15-1~deb12u1',
      architecture: 'amd64',
      source: { name: 'openssl', version: '3.0.15-1~deb12u1' },
      licenses: [],
      origin: 'Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>',
      size: 6022 * 1024,
    }]);
  });

  it.each([
    ['install ok installed', true],
    ['install ok half-configured', true],
    ['install reinstreq unpacked', true],
    ['install ok triggers-pending', true],
    ['install ok triggers-awaited', true],
    ['hold  ok   installed', true],
    ['deinstall ok config-files', false],
    ['install reinstreq half-installed', false],
    ['unknown ok not-installed', false],
    ['installed', false],
    ['', false],
  ])('with the status "%s" a package counts: %s', (status, counts) => {
    const text = stanza({ Status: status });
    expect(catalog(dpkg, { [STATUS]: text })).toHaveLength(counts ? 1 : 0);
  });

  it('needs no status in status.d, yet heeds one', () => {
    const found = catalog(dpkg, {
      [STATUS]: 'Package: ghost\nVersion: 1\n',
      'var/lib/dpkg/status.d/base': 'Package: base-files\nVersion: 12.4+deb12u8\n',
      'var/lib/dpkg/status.d/gone': stanza({ Package: 'gone', Status: 'purge ok not-installed' }),
    });
    expect(identities(found)).toEqual(['base-files 12.4+deb12u8']);
  });

  it.each([
    ['no source', {}, undefined],
    ['a source of another name', { Source: 'b' }, { name: 'b', version: '1' }],
    ['a source of its own name', { Source: 'a' }, undefined],
    [
      'a source of another version (a binary rebuild)',
      { Version: '1:2-3+b1', Source: 'a (1:2-3)' },
      {
        name: 'a',
        version: '1:2-3',
      },
    ],
    ['name and version', { Source: 'gcc-12 (12.2.0-14)' }, {
      name: 'gcc-12',
      version: '12.2.0-14',
    }],
    ['an empty source', { Source: '' }, undefined],
    ['an unclosed version', { Source: 'b (2' }, { name: 'b', version: '1' }],
    ['empty brackets', { Source: 'b ()' }, { name: 'b', version: '1' }],
  ])('source: %s', (_name, fields, source) => {
    expect(catalog(dpkg, { [STATUS]: stanza(fields) })[0]?.source).toEqual(source);
  });

  it.each([
    ['0', 0],
    ['12', 12_288],
    ['-1', undefined],
    ['1e3', undefined],
    ['8796093022207', 9_007_199_254_739_968],
    ['8796093022208', undefined],
    ['999999999999999999999', undefined],
  ])('an installed size of %s KiB is %s bytes', (text, size) => {
    expect(catalog(dpkg, { [STATUS]: stanza({ 'Installed-Size': text }) })[0]?.size).toBe(size);
  });

  it('reads CRLF, several empty lines, blanks as empty lines, field names in any case', () => {
    const text = 'package: a\r\nVERSION: 1\r\nstatus: install ok installed\r\n\r\n\r\n' +
      stanza({ Package: 'b' }) + ' \t\n' + stanza({ Package: 'c' });
    expect(identities(catalog(dpkg, { [STATUS]: text }))).toEqual(['a 1', 'b 1', 'c 1']);
  });

  it('skips stanzas without name or version and junk between fields', () => {
    const text = `\n folded without field\nPackage: x\nStatus: install ok installed\n\njunk\n:\n${
      stanza({ Package: '' })
    }\n${stanza({ Version: '' })}\n${stanza({ Package: 'kept' })}`;
    expect(identities(catalog(dpkg, { [STATUS]: text }))).toEqual(['kept 1']);
  });

  it('joins folded values and takes the first of a repeated field', () => {
    const text = 'Package: a\nVersion: 1\nVersion: 2\nMaintainer: One\n Two\n\tThree\n' +
      'Status: install ok installed\n';
    expect(catalog(dpkg, { [STATUS]: text })[0]).toMatchObject({
      version: '1',
      origin: 'One Two Three',
    });
  });

  it('reads a value folded over very many lines in linear time', () => {
    const text = `${stanza({ Maintainer: '' })}${' x\n'.repeat(1_000_000)}`;
    const start = cpuMs();
    expect(catalog(dpkg, { [STATUS]: text })[0]?.origin).toHaveLength(65_536);
    expect(cpuMs() - start).toBeLessThan(5000);
  });

  it('keeps the database readable when one maintainer is not UTF-8', () => {
    const text = Buffer.from(stanza({ Maintainer: 'J\xf6rg' }), 'latin1');
    expect(catalog(dpkg, { [STATUS]: text })[0]?.origin).toBe('J\uFFFDrg');
  });

  it('tells which files each package brought, without the directories they are in', () => {
    const found = catalog(dpkg, {
      [STATUS]: `${stanza({ Architecture: 'amd64' })}\n${stanza({ Package: 'b' })}\n${
        stanza({ Package: 'c' })
      }`,
      'var/lib/dpkg/info/a:amd64.list':
        '/.\n/usr\n/usr/lib\n/usr/lib/a.so\n/usr/lib/a.so.1\n/usr/share/é\n/empty\n',
      'var/lib/dpkg/info/a.list': '/wrong\n',
      'var/lib/dpkg/info/b.list': '/.\n/b',
    });
    expect(found.map(({ name, owns }) => [name, owns])).toEqual([
      ['a', ['usr/lib/a.so', 'usr/lib/a.so.1', 'usr/share/\xc3\xa9', 'empty']],
      ['b', ['b']],
      ['c', undefined],
    ]);
  });

  it('tells files that were moved out of the way of another package where they are', () => {
    const found = catalog(dpkg, {
      [STATUS]: ['a', 'b', 'c'].map((name) => stanza({ Package: name })).join('\n'),
      'var/lib/dpkg/info/a.list': '/bin/sh\n/bin/awk\n/bin/own\n',
      'var/lib/dpkg/info/b.list': '/bin/sh\n',
      'var/lib/dpkg/info/c.list': '/bin/awk\n',
      'var/lib/dpkg/diversions':
        '/bin/sh\n/bin/sh.distrib\nb\n/bin/awk\n/bin/awk.old\n:\n/bin/own\n/cut\n',
    });
    expect(found.map(({ name, owns }) => [name, owns])).toEqual([
      ['a', ['bin/sh.distrib', 'bin/awk.old', 'bin/own']],
      ['b', ['bin/sh']],
      ['c', ['bin/awk.old']],
    ]);
  });

  it('reads the sums beside a file of status.d', () => {
    const path = 'var/lib/dpkg/status.d/bGliYzY';
    const sum = 'd41d8cd98f00b204e9800998ecf8427e';
    const found = catalog(dpkg, {
      [path]: 'Package: libc6\nVersion: 1\n',
      [`${path}.md5sums`]: `${sum}  ./lib/libc.so.6\nno sum\n${sum}  usr/a b\n`,
    });
    expect(found).toMatchObject([{ name: 'libc6', owns: ['lib/libc.so.6', 'usr/a b'] }]);
  });

  it('takes licences from the copyright file', () => {
    const found = catalog(dpkg, {
      [STATUS]: stanza({}),
      'usr/share/doc/a/copyright': 'Format: x\n\nFiles: *\nLicense: GPL-2+\n text\n',
    });
    expect(found).toMatchObject([{ licenses: ['GPL-2+'] }]);
  });

  it.each([
    ['bytes', `/${'a'.repeat(1023)}\n`, 16],
    ['files', '/usr/aa\n', 1],
  ])('reads the files beside the database within a bound of %s', (_name, line, owners) => {
    const list = Buffer.alloc(16 * 1024 * 1024, line);
    const view = { has: () => true, content: () => list };
    const content = Buffer.from(`${stanza({})}\n`.repeat(1000));
    const start = cpuMs();
    const found = dpkg.parse({ path: STATUS, content }, view);
    expect(found).toHaveLength(1000);
    expect(found.filter(({ owns }) => owns !== undefined)).toHaveLength(owners);
    expect(cpuMs() - start).toBeLessThan(10_000);
  }, 30_000);

  it('skips a name that no report could hold', () => {
    const text = `${stanza({ Package: 'a'.repeat(2000) })}\n${stanza({ Package: 'b' })}`;
    expect(identities(catalog(dpkg, { [STATUS]: text }))).toEqual(['b 1']);
  });

  it('refuses a database beyond its bound', () => {
    const content = Buffer.alloc(256 * 1024 * 1024 + 1);
    expect(() => dpkg.parse({ path: STATUS, content }, viewOf({}))).toThrow(CatalogError);
  });

  it('reads or refuses whatever a mutated database holds', () => {
    const sample = `${OPENSSL}\n${stanza({ Source: 'b (2)' })}`;
    const { read, packages } = fuzz(dpkg, STATUS, sample, 1);
    expect(read).toBe(400);
    expect(packages.length).toBeGreaterThan(200);
    expect(packages.every(({ name, version }) => name !== '' && version !== '')).toBe(true);
  });

  it('reads whatever lists and diversions hold', () => {
    const diversions = '/bin/sh\n/bin/sh.distrib\nb\n/bin/awk\n/bin/awk.old\n:\n';
    let moved = 0;
    for (const content of mutations(`${diversions}/bin/sh\n/bin/awk\n`, 23, 400)) {
      const [found] = catalog(dpkg, {
        [STATUS]: stanza({}),
        'var/lib/dpkg/info/a.list': content,
        'var/lib/dpkg/diversions': content,
      });
      moved += found?.owns?.includes('bin/sh.distrib') ? 1 : 0;
      expect(found?.owns?.every((path) => !path.includes('\n')) ?? true).toBe(true);
    }
    expect(moved).toBeGreaterThan(100);
  });
});
