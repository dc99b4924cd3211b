import { describe, expect, it } from 'vitest';
import { LIBRARIES } from '../../../jobs/catalogers/binaries/libraries.ts';
import { PROGRAMS } from '../../../jobs/catalogers/binaries/programs.ts';
import { binaries, CPE_PRODUCTS } from '../../../jobs/catalogers/binaries.ts';
import { buildElf, damaged } from '../executables/builders.ts';
import { inline } from './go-samples.ts';
import { catalog, identities, type Tree, viewOf } from './support.ts';

/** A program that has these strings among its constants. */
function program(...strings: readonly string[]): Buffer {
  const noise = Buffer.from(Array.from({ length: 512 }, (_value, index) => (index * 37) % 256));
  const data = Buffer.from(`\0${strings.join('\0')}\0`, 'latin1');
  return buildElf([
    { name: '.text', data: noise, executable: true },
    { name: '.rodata', data: Buffer.concat([data, noise]) },
  ]);
}

function goProgram(modules: string): Buffer {
  return buildElf([{ name: '.go.buildinfo', data: inline(`${modules}\n`) }]);
}

function found(path: string, content: Buffer, tree: Tree = {}): readonly string[] {
  return identities(binaries.parse({ path, content }, viewOf(tree)));
}

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
  ['libz.so.1.2.13', ' deflate 1.2.13 Copyright 1995-2022 Jean-loup Gailly', 'zlib 1.2.13'],
];

const ALL = [...PROGRAMS, ...LIBRARIES];

describe('binaries wants', () => {
  it.each([
    ['usr/local/go/VERSION', true],
    ['usr/lib/go-1.22/VERSION', true],
    ['root/sdk/go1.22rc1/VERSION', true],
    ['root/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64/VERSION', true],
    ['go/VERSION', true],
    ['srv/cargo/VERSION', false],
    ['srv/VERSION', false],
    ['usr/local/go/VERSION/x', false],
    ['opt/java/openjdk/release', true],
    ['opt/java/openjdk/xrelease', false],
    ['usr/bin/node', false],
  ])('%s: %s', (path, wanted) => {
    expect(binaries.wants(path)).toBe(wanted);
  });

  it('wants executables for their first bytes', () => {
    expect(binaries.recognizes(program())).toBe(true);
    expect(binaries.recognizes(Buffer.from('go1.22.3\n'))).toBe(false);
  });
});

describe('binaries of programs', () => {
  it.each(SAMPLES)('%s with %j: %s', (file, text, identity) => {
    expect(found(`opt/x/${file}`, program('usage: %s', text, 'more'))).toEqual([identity]);
    expect(found(file, program(text))).toEqual([identity]);
    expect(found(`opt/x/not-${file}`, program(text))).toEqual([]);
  });

  it('has a sample of every program, and a product for every name', () => {
    const names = SAMPLES.map(([, , identity]) => identity.slice(0, identity.indexOf(' ')));
    expect(new Set(names)).toEqual(new Set(ALL.map(({ name }) => name)));
    expect(ALL.every(({ name }) => CPE_PRODUCTS.has(name))).toBe(true);
    expect(CPE_PRODUCTS.get('node')).toEqual({ vendor: 'nodejs', product: 'node.js' });
    expect(CPE_PRODUCTS.get('vault')).toEqual({ vendor: 'hashicorp', product: 'vault' });
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
    expect(found(file, program(text))).toEqual([]);
  });

  it('takes the first place that fits', () => {
    const content = program('nginx version: nginx/', 'nginx version: nginx/1.2.3', 'ruby 1.8');
    expect(found('nginx', content)).toEqual(['nginx 1.2.3']);
  });

  it('reads no script that has a name of a program', () => {
    expect(found('usr/bin/node', Buffer.from(`#!/bin/sh\n${' '.repeat(80)}node.js/v1.2.3`)))
      .toEqual(
        [],
      );
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
    const content = Buffer.alloc(64 * 1024 * 1024, '3.\0');
    program('3.11.2').copy(content, 0, 0, 64);
    const start = performance.now();
    expect(found('python3.11', content)).toEqual([]);
    expect(found('sqlite3', content)).toEqual([]);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('reads whatever happened to a program', () => {
    const start = performance.now();
    let versions = 0;
    for (const content of damaged(program('node.js/v20.20.2', 'more'), 5, 400)) {
      versions += found('node', content).length;
    }
    expect(versions).toBeGreaterThan(100);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('binaries of Go toolchains', () => {
  const GO = { 'usr/local/go/bin/go': '' };

  it.each([
    ['go1.26.8\ntime 2026-08-28T16:20:06Z\n', ['go 1.26.8']],
    ['go1.19', ['go 1.19']],
    ['go1.21rc2\n', ['go 1.21rc2']],
    ['1.19\n', []],
    ['devel\n', []],
    ['', []],
  ])('%j: %j', (text, identity) => {
    const tree = { ...GO, 'usr/local/go/VERSION': text };
    expect(identities(catalog(binaries, tree))).toEqual(identity);
  });

  it('counts only where the toolchain is', () => {
    expect(catalog(binaries, { 'usr/local/go/VERSION': 'go1.26.8\n' })).toEqual([]);
  });
});

describe('binaries of Java', () => {
  it.each([
    [
      'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_RUNTIME_VERSION="17.0.8+7"\nJAVA_VERSION="17.0.8"\n',
      { name: 'openjdk', version: '17.0.8', origin: 'Eclipse Adoptium' },
    ],
    ['JAVA_VERSION="1.8.0_372"\nOS_NAME="Linux"\n', { name: 'openjdk', version: '1.8.0_372' }],
    [
      'BUILD_TYPE="commercial"\r\nIMPLEMENTOR="Oracle Corporation"\r\nJAVA_VERSION="21.0.1"\r\n',
      { name: 'oracle-jdk', version: '21.0.1', origin: 'Oracle Corporation' },
    ],
    [
      'GRAALVM_VERSION="22.3.0"\nJAVA_VERSION="17.0.5"\n',
      { name: 'graalvm', version: '22.3.0' },
    ],
  ])('release %j', (text, runtime) => {
    expect(catalog(binaries, { 'opt/java/release': text })).toMatchObject([
      { type: 'generic', licenses: [], ...runtime },
    ]);
  });

  it.each([['stable\n'], ['JAVA_VERSION=""\n'], ['JAVA_VERSION="unknown"\n'], ['']])(
    'release %j is of no runtime',
    (text) => {
      expect(catalog(binaries, { 'etc/release': text })).toEqual([]);
    },
  );

  it.each([
    ['usr/lib/jvm/x/lib/server/libjvm.so', '17.0.21.1+2-1-deb12u1-Debian', 'usr/lib/jvm/x/release'],
    ['opt/jre/lib/amd64/server/libjvm.so', '1.8.0_372-b07', 'opt/release'],
    ['lib/server/libjvm.so', '21+35-LTS', 'release'],
  ])('%s tells where there is no release', (path, version, release) => {
    const content = program(`OpenJDK 64-Bit Server VM (x) for linux-amd64 JRE (${version}), built`);
    const exact = version.split(/[-+]/)[0];
    expect(found(path, content)).toEqual([`openjdk ${exact}`]);
    expect(found(path, content, { [release]: '' })).toEqual([]);
  });
});
