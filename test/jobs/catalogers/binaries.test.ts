import { describe, expect, it } from 'vitest';
import { binaries } from '../../../jobs/catalogers/binaries/index.ts';
import { LIBRARIES } from '../../../jobs/catalogers/binaries/libraries.ts';
import { PROGRAMS } from '../../../jobs/catalogers/binaries/programs.ts';
import { buildElf, damaged } from '../formats/executables/builders.ts';
import { inline } from './go/samples.ts';
import { identities, viewOf } from './support.ts';
import { cpuMs } from '../../support/cpu.ts';

/** A program that has these strings among its constants. */
function program(...strings: readonly string[]): Buffer {
  const noise = Buffer.from(Array.from({ length: 512 }, (_value, index) => (index * 37) % 256));
  const data = Buffer.from(`\0${strings.join('\0')}\0`, 'latin1');
  return buildElf([
    { name: '.text', data: noise, executable: true },
    { name: '.rodata', data: Buffer.concat([data, noise]) },
  ]);
}

function goProgram(modules: string, version?: string): Buffer {
  return buildElf([{ name: '.go.buildinfo', data: inline(`${modules}\n`, version) }]);
}

function found(path: string, content: Buffer): readonly string[] {
  return identities(binaries.parse({ path, content }, viewOf({})));
}

/** What programs hold that are not known by the version alone. */
const HELD: Readonly<Record<string, string>> = {
  musl: 'musl libc (x86_64)\nVersion %s\n',
  python: 'PYTHONHOME',
  sqlite: 'SQLite format 3',
  xz: 'lzma_code',
};

/** File, one string in it, what is found; the strings are those of real builds. */
const SAMPLES: readonly (readonly [file: string, text: string, identity: string])[] = [
  ['apache2', 'Apache/2.4.71 (Debian)', 'apache-httpd 2.4.71'],
  ['httpd', 'Apache/2.4.57', 'apache-httpd 2.4.57'],
  ['bash', '@(#)Bash version 5.2.15(1) release GNU', 'bash 5.2.15'],
  ['busybox', 'BusyBox v1.36.1 (2023-05-18 23:42:45 UTC)', 'busybox 1.36.1'],
  ['busybox.static', 'BusyBox v1.37.0', 'busybox 1.37.0'],
  ['consul', 'CONSUL_VERSION: 1.15.1', 'consul 1.15.1'],
  ['curl', 'curl 7.88.1 (x86_64-pc-linux-gnu)', 'curl 7.88.1'],
  ['libcurl.so.4.8.0', 'libcurl/7.88.1', 'libcurl 7.88.1'],
  ['deno', 'Deno/2.9.5Deno/2.9.5+17fadf317fadf33', 'deno 2.9.5'],
  ['dropbear', 'SSH-2.0-dropbear_2022.83\r\n', 'dropbear 2022.83'],
  ['libexpat.so.1.8.10', 'expat_2.5.0', 'expat 2.5.0'],
  ['git', 'git/2.39.5', 'git 2.39.5'],
  [
    'libc.so.6',
    'GNU C Library (Debian GLIBC 2.36-9+deb12u9) stable release version 2.36.\nCopyright',
    'glibc 2.36',
  ],
  ['haproxy', ' version 2.6.12-1+deb12u4, released 2026/10/17', 'haproxy 2.6.12'],
  ['haproxy', ' version 2.9-dev4-86e043, released 2023/09/07', 'haproxy 2.9-dev4'],
  ['haproxy', 'HA-Proxy version 1.8.30 2021/04/12\n', 'haproxy 1.8.30'],
  ['libpng16.so.16.39.0', '\nlibpng version 1.6.39\nCopyright', 'libpng 1.6.39'],
  ['lighttpd', 'lighttpd/1.4.69 (ssl) - a light and fast webserver', 'lighttpd 1.4.69'],
  ['mariadbd', '10.11.19-MariaDB', 'mariadb 10.11.19'],
  ['mysqld', '10.3.39-MariaDB', 'mariadb 10.3.39'],
  ['memcached', 'memcached 1.6.18', 'memcached 1.6.18'],
  ['ld-musl-x86_64.so.1', '1.2.4', 'musl 1.2.4'],
  ['mysqld', '/build/mysql-8.0.34/mysql-8.0.34/sql/x.cc', 'mysql 8.0.34'],
  ['nginx', 'nginx version: nginx/1.22.1\n', 'nginx 1.22.1'],
  ['nginx', 'nginx version: openresty/1.21.4.1\n', 'openresty 1.21.4.1'],
  ['node', 'node.js/v20.20.2', 'node 20.20.2'],
  ['node', 'node.js/v21.0.0-nightly20230801d396a041f7', 'node 21.0.0-nightly20230801d396a041f7'],
  ['libcrypto.so.43.0.1', 'LibreSSL 2.7.5', 'libressl 2.7.5'],
  ['sshd', 'SSH-2.0-OpenSSH_9.2p1 Debian-2', 'openssh 9.2p1'],
  ['libcrypto.so.3', 'OpenSSL 3.0.22 25 Aug 2026', 'openssl 3.0.22'],
  ['libssl.so.1.1', 'OpenSSL 1.1.1w  11 Sep 2023', 'openssl 1.1.1w'],
  ['openssl', 'OpenSSL 1.0.2k-fips  26 Jan 2017', 'openssl 1.0.2k'],
  ['libcrypto.so.1.0.0', 'OpenSSL 1.0.2zh  30 May 2023', 'openssl 1.0.2zh'],
  ['libcrypto.so.3', 'OpenSSL 3.0.0-beta1 17 Jun 2021', 'openssl 3.0.0-beta1'],
  ['perl', '/usr/local/lib/perl5/5.36.0', 'perl 5.36.0'],
  ['libperl.so.5.36', '/usr/local/share/perl/5.36.0', 'perl 5.36.0'],
  ['php', 'X-Powered-By: PHP/8.2.36', 'php 8.2.36'],
  ['php-fpm8.3', 'X-Powered-By: PHP/8.3.0RC1', 'php 8.3.0RC1'],
  ['libphp7.so', 'X-Powered-By: PHP/7.2.24-0ubuntu0.18.04.17', 'php 7.2.24'],
  ['postgres', 'postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n', 'postgresql 15.20'],
  ['psql', 'psql (PostgreSQL) 9.6.24\n', 'postgresql 9.6.24'],
  ['postgres', 'postgres (PostgreSQL) 17beta1\n', 'postgresql 17beta1'],
  ['python3.11', '3.11.2', 'python 3.11.2'],
  ['libpython3.10.so.1.0', '/root/versions/3.10.13', 'python 3.10.13'],
  ['libpython2.7.so.1.0', '2.7.18', 'python 2.7.18'],
  ['libpython3.7m.so.1.0', '3.7.16', 'python 3.7.16'],
  ['libpython3.13t.so.1.0', '3.13.0rc2', 'python 3.13.0rc2'],
  ['python3.12', '3.12.0a1+', 'python 3.12.0a1+'],
  ['redis-server', '7.2.1buildkitsandbox-1694002142000000000', 'redis 7.2.1'],
  ['redis-server', '7.0.114d5dce7cd1ec-1688419420000000000', 'redis 7.0.11'],
  ['redis-server', '7.0.01d5dce7cd1ec-1688419420000000000', 'redis 7.0.0'],
  ['redis-check-rdb', 'A7.0.151790282056000000000', 'redis 7.0.15'],
  ['ruby', 'ruby 3.2.2 (2023-03-30 revision e51014f9c0) [x86_64-linux]', 'ruby 3.2.2'],
  ['libruby-3.1.so.3.1.2', 'ruby 3.1.2p20 (2022-04-12 revision 4491) +YJIT [x86]', 'ruby 3.1.2'],
  ['ruby', 'ruby 3.3.0preview1 (2023-05-12 master a1b01e7701)', 'ruby 3.3.0preview1'],
  ['libsqlite3.so.0.8.6', '3.40.1', 'sqlite 3.40.1'],
  ['valkey-server', '8.0.1buildkitsandbox-1727920000000000000', 'valkey 8.0.1'],
  ['liblzma.so.5.4.1', '5.4.1', 'xz 5.4.1'],
  [
    'libjvm.so',
    'OpenJDK 64-Bit Server VM (21.0.1+12) for linux-amd64 JRE (21.0.1+12), built on 2023-10-17',
    'openjdk 21.0.1',
  ],
  [
    'libjvm.so',
    'Java HotSpot(TM) 64-Bit Server VM (21+35) for linux-aarch64 JRE (21+35), built on 2023-08-11',
    'oracle-jdk 21',
  ],
  ['libz.so.1.2.13', ' deflate 1.2.13 Copyright 1995-2022 Jean-loup Gailly', 'zlib 1.2.13'],
];

const ALL = [...PROGRAMS, ...LIBRARIES];

describe('binaries', () => {
  it('wants no file for its path, and executables for their first bytes', () => {
    expect(binaries.wants('usr/bin/node')).toBe(false);
    expect(binaries.recognizes(program())).toBe(true);
    expect(binaries.recognizes(Buffer.from('go1.22.3\n'))).toBe(false);
  });

  it('tells programs without a licence', () => {
    expect(binaries.parse({ path: 'node', content: program('node.js/v20.20.2') }, viewOf({})))
      .toEqual([expect.objectContaining({
        type: 'generic',
        name: 'node',
        version: '20.20.2',
        licenses: [],
      })]);
  });
});

describe('binaries of programs', () => {
  it.each(SAMPLES)('%s with %j: %s', (file, text, identity) => {
    const held = HELD[identity.slice(0, identity.indexOf(' '))] ?? '';
    expect(found(`opt/x/${file}`, program('usage: %s', text, held))).toEqual([identity]);
    expect(found(file, program(held, text))).toEqual([identity]);
    expect(found(`opt/x/not-${file}`, program(held, text))).toEqual([]);
    if (held !== '') expect(found(file, program(text))).toEqual([]);
  });

  it('has a sample of every program', () => {
    const names = SAMPLES.map(([, , identity]) => identity.slice(0, identity.indexOf(' ')));
    expect(new Set(names)).toEqual(new Set(ALL.map(({ name }) => name)));
  });

  it.each([
    ['nginx', 'nginx/1.22.1 is what we replace'],
    ['node', 'node.js/version'],
    ['python3.11', '3.10.1'],
    ['python3.1', '3.11.2'],
    ['python3.11', '13.11.2'],
    ['python3.11', '3.11.2.1'],
    ['python3', '3.11.2'],
    ['libsqlite3.so.0', '13.40.1'],
    ['liblzma.so.5.4.1', 'XZ_5.1.2'],
    ['openssl', 'OpenSSL 3.0 or newer'],
    ['libc.so', '1.2'],
    ['mariadbd', 'for example 10.1.1-MariaDB-mariadb1precise'],
    ['redis-server', '000000000'],
    ['redis-server', '5.1.51'],
    ['ruby', 'ruby 1.8)'],
    ['deno', 'Deno/0.79.0grpc-timeout'],
    ['memcached', 'memcached %s'],
  ])('%s with %j shows no version', (file, text) => {
    expect(found(file, program(text, ...Object.values(HELD)))).toEqual([]);
  });

  it('takes the first place that fits', () => {
    const content = program('nginx version: nginx/', 'nginx version: nginx/1.2.3', 'ruby 1.8');
    expect(found('nginx', content)).toEqual(['nginx 1.2.3']);
  });

  it('recognizes no script that has a name of a program', () => {
    const script = Buffer.from(`#!/bin/sh\n${' '.repeat(80)}node.js/v1.2.3`);
    expect(binaries.recognizes(script)).toBe(false);
  });

  it.each([
    ['vault', 'mod\tgithub.com/hashicorp/vault\tv1.15.0\t', ['vault 1.15.0']],
    ['traefik', 'mod\tgithub.com/traefik/traefik/v3\tv3.0.0-rc1\t', ['traefik 3.0.0-rc1']],
    [
      'traefik',
      'mod\tgithub.com/traefik/traefik/v2\t(devel)\t\n' +
      'build\t-ldflags="-X github.com/traefik/traefik/v2/pkg/version.Version=2.10.4"',
      ['traefik 2.10.4'],
    ],
    ['etcd', 'mod\tgo.etcd.io/etcd/server/v3\tv3.6.4\t', ['etcd 3.6.4']],
    ['traefik', 'mod\tgithub.com/traefik/traefik/v3\t(devel)\t', []],
    ['consul', 'mod\tgithub.com/hashicorp/consul\tv0.0.0-20240502100001-0123456789ab\t', []],
    ['vault', 'mod\texample.com/vault\tv1.15.0\t', []],
    ['other', 'mod\tgithub.com/hashicorp/vault\tv1.15.0\t', []],
  ])('Go program %s of %j: %j', (file, modules, identity) => {
    expect(found(`bin/${file}`, goProgram(modules))).toEqual(identity);
  });

  it('reads a large program in little time', () => {
    const large = (text: string) =>
      Buffer.concat([program(...Object.values(HELD)), Buffer.alloc(64 * 1024 * 1024, text)]);
    const numbers = large('3.\0');
    const machines = large('OpenJDK VM ( JRE (');
    const start = cpuMs();
    expect(found('python3.11', numbers)).toEqual([]);
    expect(found('sqlite3', numbers)).toEqual([]);
    expect(found('libjvm.so', machines)).toEqual([]);
    expect(cpuMs() - start).toBeLessThan(10_000);
  });

  it('reads whatever happened to a program', () => {
    const start = cpuMs();
    let versions = 0;
    for (const content of damaged(program('node.js/v20.20.2', 'more'), 5, 400)) {
      versions += found('node', content).length;
    }
    expect(versions).toBeGreaterThan(100);
    expect(cpuMs() - start).toBeLessThan(10_000);
  });
});

describe('binaries of Go toolchains', () => {
  const COMMAND = 'path\tcmd/go\nbuild\t-compiler=gc';

  it.each([
    ['go1.26.8', COMMAND, ['go 1.26.8']],
    ['go1.19', COMMAND, ['go 1.19']],
    ['go1.21rc2', COMMAND, ['go 1.21rc2']],
    ['go1.22.3 X:boringcrypto', COMMAND, ['go 1.22.3']],
    ['devel go1.23-0123456 Tue Mar 5', COMMAND, []],
    ['go1.22.3', 'path\texample.com/go\nmod\texample.com/go\tv1.0.0\t', []],
  ])('%s of %j: %j', (version, modules, identity) => {
    expect(found('usr/local/go/bin/go', goProgram(modules, version))).toEqual(identity);
    expect(found('usr/local/go/bin/gofmt', goProgram(modules, version))).toEqual([]);
  });
});

describe('binaries of Java', () => {
  const machine = (name: string, version: string, runtime = version) =>
    program(`${name} VM (${version}) for linux-amd64 JRE (${runtime}), built on Jan  1 2026`);

  it.each([
    ['OpenJDK 64-Bit Server', '17.0.21.1+2-1-deb12u1-Debian', 'openjdk 17.0.21.1'],
    ['OpenJDK 64-Bit Minimal', '21+35-LTS', 'openjdk 21'],
    ['OpenJDK Zero', '17.0.5+8-jvmci-22.3-b08', 'openjdk 17.0.5'],
    ['Java HotSpot(TM) 64-Bit Server', '21.0.1+12-LTS-29', 'oracle-jdk 21.0.1'],
  ])('%s VM of %s', (name, version, identity) => {
    expect(found('opt/java/lib/server/libjvm.so', machine(name, version))).toEqual([identity]);
    expect(found('opt/java/lib/libjava.so', machine(name, version))).toEqual([]);
  });

  it('tells the version of the runtime, not that of the machine', () => {
    const content = machine('OpenJDK 64-Bit Server', '25.372-b07', '1.8.0_372-b07');
    expect(found('jre/lib/amd64/server/libjvm.so', content)).toEqual(['openjdk 1.8.0_372']);
  });

  it.each(['OpenJDK 64-Bit Server VM (17+1)', ' JRE (17.0.8+7)', 'Eclipse OpenJ9 VM (x) JRE (8)'])(
    'not of %j',
    (text) => {
      expect(found('lib/server/libjvm.so', program(text))).toEqual([]);
    },
  );
});
