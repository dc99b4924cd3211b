import { describe, expect, it } from 'vitest';
import { apk } from '../../../jobs/catalogers/apk.ts';
import { catalog, fuzz, identities } from './support.ts';

const INSTALLED = 'lib/apk/db/installed';

const LIBCRYPTO = `C:Q1hFGmSLLMyLKhsbzlMSYmfzQ8hyQ=
P:libcrypto3
V:3.3.2-r0
A:x86_64
S:1703244
I:4562944
T:Crypto library from openssl
U:https://www.openssl.org/
L:Apache-2.0
o:openssl
m:Ariadne Conill <ariadne@dereferenced.org>
t:1725347085
c:3c5b8d0ab5c3b1f1bfaf7b4bb5ba1ee9de1d1ce9
D:so:libc.musl-x86_64.so.1
p:so:libcrypto.so.3=3.3.2
F:etc
F:etc/ssl
M:0:0:755
R:ct_log_list.cnf
a:0:0:644
Z:Q1olh8TpdAi2QnTl4FK3TjdUiSwTo=
`;

describe('apk wants', () => {
  it.each([
    ['lib/apk/db/installed', true],
    ['usr/lib/apk/db/installed', true],
    ['srv/lib/apk/db/installed', false],
    ['lib/apk/db/installed.old', false],
    ['lib/apk/db/scripts.tar', false],
  ])('%s: %s', (path, wanted) => {
    expect(apk.wants(path)).toBe(wanted);
  });
});

describe('apk parse', () => {
  it('reads every field and keeps the lines of files apart', () => {
    expect(catalog(apk, { [INSTALLED]: LIBCRYPTO })).toEqual([{
      type: 'apk',
      name: 'libcrypto3',
      version: '3.3.2-r0',
      architecture: 'x86_64',
      source: { name: 'openssl', version: '3.3.2-r0' },
      licenses: ['Apache-2.0'],
      origin: 'Ariadne Conill <ariadne@dereferenced.org>',
      size: 4_562_944,
      owns: ['etc/ssl/ct_log_list.cnf'],
    }]);
  });

  it('tells which files each package owns, as bytes, and reads other text as UTF-8', () => {
    const content = 'P:a\nV:1\nm:Jörg\nF:\nR:top\nF:usr/é\nR:x\nR:y\n\n' +
      'F:lost\nR:z\n\nP:b\nV:1\nR:w\n';
    expect(catalog(apk, { [INSTALLED]: content })).toMatchObject([
      { origin: 'Jörg', owns: ['top', 'usr/\xc3\xa9/x', 'usr/\xc3\xa9/y'] },
      { owns: ['w'] },
    ]);
  });

  it.each([
    ['MIT', ['MIT']],
    ['MIT BSD GPL2+', ['MIT', 'BSD', 'GPL2+']],
    ['GPL-2.0, LGPL-2.1', ['GPL-2.0', 'LGPL-2.1']],
    ['BSD-3-Clause AND MIT', ['BSD-3-Clause AND MIT']],
    ['GPL2 or BSD', ['GPL2 or BSD']],
    ['(MIT OR Apache-2.0)', ['(MIT OR Apache-2.0)']],
    ['GPL-2.0-only WITH Linux-syscall-note', ['GPL-2.0-only WITH Linux-syscall-note']],
    ['FORWARD', ['FORWARD']],
    ['', []],
  ])('the licence "%s" is %j', (text, licenses) => {
    const content = `P:a\nV:1\nL:${text}\n`;
    expect(catalog(apk, { [INSTALLED]: content })[0]?.licenses).toEqual(licenses);
  });

  it('has no source where the origin is the package itself or missing', () => {
    const content = 'P:musl\nV:1.2.5-r0\no:musl\n\nP:.rundeps\nV:0\n\n';
    const sources = catalog(apk, { [INSTALLED]: content }).map(({ source }) => source);
    expect(sources).toEqual([undefined, undefined]);
  });

  it('tells keys of different case apart and takes the first of a repeated one', () => {
    const content = 'p:provided\nP:a\nv:no\nV:1\nV:2\na:0:0:755\nA:noarch\n';
    expect(catalog(apk, { [INSTALLED]: content })).toMatchObject([
      { name: 'a', version: '1', architecture: 'noarch' },
    ]);
  });

  it('skips stanzas without name or version, and reads the last without an empty line', () => {
    const content = 'P:a\n\nV:1\n\n\n\nF:usr\n\nP:b\r\nV:2\r\n\r\nP:c\nV:3';
    expect(identities(catalog(apk, { [INSTALLED]: content }))).toEqual(['b 2', 'c 3']);
  });

  it('reads whatever a mutated database holds', () => {
    const { read, packages } = fuzz(apk, INSTALLED, `${LIBCRYPTO}\n${LIBCRYPTO}`, 2);
    expect(read).toBe(400);
    expect(packages.length).toBeGreaterThan(400);
    expect(packages.every(({ name, version }) => name !== '' && version !== '')).toBe(true);
  });
});
