import { describe, expect, it } from 'vitest';
import {
  type InventoryPackage,
  packageOf,
} from '../../../../core/vulnerabilities/inventory/index.ts';
import { apk } from '../../../../jobs/catalogers/apk.ts';
import { composer } from '../../../../jobs/catalogers/composer.ts';
import { conan } from '../../../../jobs/catalogers/conan.ts';
import { dpkg } from '../../../../jobs/catalogers/dpkg.ts';
import { elixir } from '../../../../jobs/catalogers/elixir.ts';
import { npm } from '../../../../jobs/catalogers/npm.ts';
import { pacman } from '../../../../jobs/catalogers/pacman.ts';
import { portage } from '../../../../jobs/catalogers/portage.ts';
import { purl } from '../../../../jobs/catalogers/purl.ts';
import { fileAllowance } from '../../../../jobs/catalogers/rpm/files.ts';
import { readHeader } from '../../../../jobs/catalogers/rpm/header.ts';
import { packageOf as rpmPackageOf } from '../../../../jobs/catalogers/rpm/package.ts';
import { swift } from '../../../../jobs/catalogers/swift.ts';
import type { Cataloger, FoundPackage } from '../../../../jobs/catalogers/types.ts';
import { Distribution } from '../../../../jobs/contract/index.ts';
import { int32, packageHeader, type Tags } from '../../../jobs/catalogers/rpm/headers.ts';
import { catalog, type Tree } from '../../../jobs/catalogers/support.ts';

/** The package that a URL must name. */
function named(text: string): InventoryPackage {
  const found = packageOf(text);
  if ('problem' in found) throw new Error(`${text} ${found.problem}`);
  return found;
}

type Expected = Omit<InventoryPackage, 'purl' | 'distribution'>;

describe('the package of a package URL', () => {
  it.each<[string, Expected]>([
    // Syft.
    ['pkg:deb/debian/bash@5.2.15-2%2Bb13?arch=amd64&distro=debian-12&upstream=bash%405.2.15-2', {
      type: 'deb',
      name: 'bash',
      version: '5.2.15-2+b13',
      architecture: 'amd64',
      source: { name: 'bash', version: '5.2.15-2' },
    }],
    ['pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&upstream=openssl&distro=debian-12', {
      type: 'deb',
      name: 'libssl3',
      version: '3.0.11-1~deb12u2',
      architecture: 'amd64',
      source: { name: 'openssl', version: '3.0.11-1~deb12u2' },
    }],
    ['pkg:deb/ubuntu/libssl1.1@1.1.1f-1ubuntu2?arch=amd64&upstream=openssl@1.1.1', {
      type: 'deb',
      name: 'libssl1.1',
      version: '1.1.1f-1ubuntu2',
      architecture: 'amd64',
      source: { name: 'openssl', version: '1.1.1' },
    }],
    ['pkg:apk/alpine/libcrypto3@3.1.4-r5?arch=x86_64&upstream=openssl&distro=alpine-3.18.6', {
      type: 'apk',
      name: 'libcrypto3',
      version: '3.1.4-r5',
      architecture: 'x86_64',
      source: { name: 'openssl', version: '3.1.4-r5' },
    }],
    [
      'pkg:rpm/redhat/bind-libs@9.16.23-18.el9?arch=x86_64&epoch=32' +
      '&upstream=bind-9.16.23-18.el9.src.rpm&distro=rhel-9.4',
      {
        type: 'rpm',
        name: 'bind-libs',
        version: '32:9.16.23-18.el9',
        architecture: 'x86_64',
        source: { name: 'bind', version: '32:9.16.23-18.el9' },
      },
    ],
    [
      'pkg:rpm/amzn/python3-libs@3.7.16-1.amzn2.0.4?arch=x86_64&epoch=0' +
      '&upstream=python3-3.7.16-1.amzn2.0.4.src.rpm&distro=amzn-2',
      {
        type: 'rpm',
        name: 'python3-libs',
        version: '3.7.16-1.amzn2.0.4',
        architecture: 'x86_64',
        source: { name: 'python3', version: '3.7.16-1.amzn2.0.4' },
      },
    ],
    // The version of a source that is another one's has no epoch that anybody knows.
    ['pkg:rpm/centos/a-libs@2-1?epoch=1&upstream=a-b-3-4.nosrc.rpm', {
      type: 'rpm',
      name: 'a-libs',
      version: '1:2-1',
      source: { name: 'a-b', version: '3-4' },
    }],
    ['pkg:rpm/centos/bash@5-1?upstream=bash-5-1.src.rpm', {
      type: 'rpm',
      name: 'bash',
      version: '5-1',
    }],
    ['pkg:rpm/centos/gpg-pubkey@5-1?arch=%28none%29&upstream=%28none%29', {
      type: 'rpm',
      name: 'gpg-pubkey',
      version: '5-1',
    }],
    ['pkg:rpm/centos/x@5-1?upstream=x.rpm', { type: 'rpm', name: 'x', version: '5-1' }],
    ['pkg:rpm/centos/x@5-1?upstream=-1-1.src.rpm', { type: 'rpm', name: 'x', version: '5-1' }],
    ['pkg:rpm/centos/x@5-1?upstream=x--1.src.rpm', { type: 'rpm', name: 'x', version: '5-1' }],
    ['pkg:rpm/opensuse/x@0:5-1?epoch=1', { type: 'rpm', name: 'x', version: '5-1' }],
    // Trivy.
    ['pkg:deb/debian/passwd@4.13%2Bdfsg1-1?arch=amd64&distro=debian-12.5&epoch=1', {
      type: 'deb',
      name: 'passwd',
      version: '1:4.13+dfsg1-1',
      architecture: 'amd64',
    }],
    [
      'pkg:rpm/redhat/nodejs@18.19.1-1.module%2Bel8?arch=x86_64&distro=redhat-8.9&epoch=1' +
      '&modularitylabel=nodejs:18:8090020240301110609:a75119d5',
      {
        type: 'rpm',
        name: 'nodejs',
        version: '1:18.19.1-1.module+el8',
        architecture: 'x86_64',
        module: 'nodejs:18:8090020240301110609:a75119d5',
      },
    ],
    ['pkg:rpm/redhat/acl@1:2.2.53-1.el8?arch=aarch64', {
      type: 'rpm',
      name: 'acl',
      version: '1:2.2.53-1.el8',
      architecture: 'aarch64',
    }],
    // Red Hat.
    ['pkg:rpm/redhat/perl@5.26?arch=x86_64&rpmmod=perl:5.26:1:2&repository_id=baseos', {
      type: 'rpm',
      name: 'perl',
      version: '5.26',
      architecture: 'x86_64',
      module: 'perl:5.26:1:2',
    }],
    // This product.
    [
      'pkg:rpm/almalinux/bind-libs@9.16.23-18.el9?arch=x86_64&epoch=32' +
      '&upstream=bind%4032:9.16.23-18.el9',
      {
        type: 'rpm',
        name: 'bind-libs',
        version: '32:9.16.23-18.el9',
        architecture: 'x86_64',
        source: { name: 'bind', version: '32:9.16.23-18.el9' },
      },
    ],
    ['pkg:alpm/arch/lib32-glibc@2.38-7?arch=x86_64&upstream=glibc%402.38-7&epoch=2', {
      type: 'alpm',
      name: 'lib32-glibc',
      version: '2:2.38-7',
      architecture: 'x86_64',
      source: { name: 'glibc', version: '2.38-7' },
    }],
    // Languages.
    ['pkg:npm/%40angular/core@17.3.0', { type: 'npm', name: '@angular/core', version: '17.3.0' }],
    ['pkg:npm/@angular/core@17.3.0', { type: 'npm', name: '@angular/core', version: '17.3.0' }],
    ['pkg:npm/%40angular%2Fcore@1', { type: 'npm', name: '@angular/core', version: '1' }],
    ['pkg:npm/JSONStream@1.3.5', { type: 'npm', name: 'JSONStream', version: '1.3.5' }],
    ['pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar', {
      type: 'maven',
      name: 'log4j-core',
      version: '2.14.1',
    }],
    ['pkg:maven/guava@31.0', { type: 'maven', name: 'guava', version: '31.0' }],
    ['pkg:pypi/Django_x@4.2.1', { type: 'pypi', name: 'django-x', version: '4.2.1' }],
    ['pkg:composer/monolog/monolog@v2.0', {
      type: 'composer',
      name: 'monolog/monolog',
      version: 'v2.0',
    }],
    ['pkg:golang/github.com/gin-gonic/gin@v1.9.1', {
      type: 'golang',
      name: 'github.com/gin-gonic/gin',
      version: 'v1.9.1',
    }],
    ['pkg:golang/github.com/go-redis/redis/v8@v8.11.5?goos=linux', {
      type: 'golang',
      name: 'github.com/go-redis/redis/v8',
      version: 'v8.11.5',
    }],
    ['pkg:golang/github.com/go-redis/redis@v8.11.5%2Bincompatible#v8', {
      type: 'golang',
      name: 'github.com/go-redis/redis/v8',
      version: 'v8.11.5+incompatible',
    }],
    ['pkg:golang/golang.org/x/net@v0.1.0?type=package#http2/hpack', {
      type: 'golang',
      name: 'golang.org/x/net',
      version: 'v0.1.0',
    }],
    ['pkg:golang/stdlib@1.20.4', { type: 'golang', name: 'stdlib', version: '1.20.4' }],
    ['pkg:golang/stdlib@v1.20.4', { type: 'golang', name: 'stdlib', version: '1.20.4' }],
    ['pkg:golang/std@go1.20?type=module', { type: 'golang', name: 'stdlib', version: '1.20' }],
    ['pkg:gem/nokogiri@1.16.0?platform=java', {
      type: 'gem',
      name: 'nokogiri',
      version: '1.16.0',
    }],
    ['pkg:cargo/abomination@0.7.3', { type: 'cargo', name: 'abomination', version: '0.7.3' }],
    ['pkg:nuget/Newtonsoft.Json@12.0.1', {
      type: 'nuget',
      name: 'Newtonsoft.Json',
      version: '12.0.1',
    }],
    ['pkg:hex/acme/foo@2.3.1', { type: 'hex', name: 'foo', version: '2.3.1' }],
    ['pkg:swift/github.com/apple/swift-nio@2.0.0', {
      type: 'swift',
      name: 'github.com/apple/swift-nio',
      version: '2.0.0',
    }],
    ['pkg:swift/github.com/apple/swift-nio.git/swift-nio@2.0.0', {
      type: 'swift',
      name: 'github.com/apple/swift-nio',
      version: '2.0.0',
    }],
    ['pkg:conan/openssl.org/openssl@3.0.3?user=a&channel=b', {
      type: 'conan',
      name: 'openssl',
      version: '3.0.3',
    }],
    ['pkg:githubactions/actions/checkout@v4', {
      type: 'githubactions',
      name: 'actions/checkout',
      version: 'v4',
    }],
    ['pkg:ebuild/dev-libs/openssl@3.0.13-r2', {
      type: 'ebuild',
      name: 'dev-libs/openssl',
      version: '3.0.13-r2',
    }],
    ['pkg:generic/oracle/openjdk@17.0.2', {
      type: 'generic',
      name: 'openjdk',
      version: '17.0.2',
    }],
    ['pkg:bitnami/wordpress@6.2.0?arch=arm64&distro=debian-12', {
      type: 'bitnami',
      name: 'wordpress',
      version: '6.2.0',
      architecture: 'arm64',
    }],
  ])('%s is as an analysis finds it', (text, expected) => {
    expect(named(text)).toEqual({
      ...expected,
      purl: text,
      distribution: named(text).distribution,
    });
  });

  it.each([
    ['pkg:npm/lodash', /version/],
    ['pkg:npm/lodash@UNKNOWN', /version/],
    ['pkg:deb/debian/x?epoch=1', /version/],
    ['pkg:oci/alpine@sha256:00', /image/],
    ['pkg:docker/library/alpine@3', /image/],
    ['pkg:npm/%zz@1', /percent/],
    [`pkg:npm/a@${'1'.repeat(1025)}`, /1024/],
  ])('%s names none', (text, problem) => {
    expect(packageOf(text)).toEqual({ problem: expect.stringMatching(problem) as string });
  });

  it('has no text that cannot be stored', () => {
    const text = 'pkg:deb/debian/a%00\ud800@1%00?arch=%00&upstream=s%00&rpmmod=%00';
    const found = named(text.replace('\ud800', ''));
    expect(JSON.stringify(found)).not.toContain('\\u0000');
    expect(found).toMatchObject({ name: 'a\ufffd', version: '1\ufffd', module: '\ufffd' });
    expect(named('pkg:npm/a@1#\ud800').purl).toBe('pkg:npm/a@1#\ufffd');
    const long = 'x'.repeat(1100);
    expect(named(`pkg:deb/debian/a@1?arch=${long}&upstream=${long}`))
      .toEqual({ type: 'deb', name: 'a', version: '1', purl: expect.any(String) as string });
  });
});

describe('the distribution of a package URL', () => {
  it.each([
    ['deb/debian/x@1?distro=debian-12', 'debian', '12'],
    ['deb/debian/x@1?distro=debian-12.5', 'debian', '12.5'],
    ['deb/debian/x@1?distro=debian-sid', 'debian', 'sid'],
    ['deb/debian/x@1?distro=debian-trixie/sid', 'debian', 'trixie/sid'],
    ['deb/debian/x@1?distro=debian', 'debian', ''],
    ['deb/debian/x@1?distro=jessie', 'debian', 'jessie'],
    ['deb/ubuntu/x@1?distro=ubuntu-22.04', 'ubuntu', '22.04'],
    ['deb/debian/x@1?os_distro=bookworm&os_name=debian&os_version=12', 'debian', '12'],
    ['apk/alpine/x@1?distro=alpine-3.18.4', 'alpine', '3.18.4'],
    ['apk/alpine/x@1?distro=alpine-v3.18', 'alpine', '3.18'],
    ['apk/alpine/x@1?distro=3.18.4', 'alpine', '3.18.4'],
    ['apk/alpine/x@1?distro=3.24.0_alpha20260127', 'alpine', '3.24.0_alpha20260127'],
    ['apk/wolfi/x@1?distro=wolfi-20230201', 'wolfi', '20230201'],
    ['apk/chainguard/x@1?distro=20230214', 'chainguard', '20230214'],
    ['rpm/redhat/x@1?distro=rhel-9.2', 'rhel', '9.2'],
    ['rpm/redhat/x@1?distro=redhat-8.9', 'rhel', '8.9'],
    ['rpm/centos/x@1?distro=centos-7', 'centos', '7'],
    ['rpm/centos/x@1?distro=centos-8.3.2011', 'centos', '8.3.2011'],
    ['rpm/rocky/x@1?distro=Rocky-9.3', 'rocky', '9.3'],
    ['rpm/alma/x@1?distro=alma-9.4', 'almalinux', '9.4'],
    ['rpm/almalinux/x@1?distro=almalinux-9.4', 'almalinux', '9.4'],
    ['rpm/oracle/x@1?distro=oracle-8.7', 'ol', '8.7'],
    ['rpm/amazon/x@1?distro=amazon-2%20%28Karoo%29', 'amzn', '2'],
    ['rpm/amazon/x@1?distro=amazon-2+%28Karoo%29', 'amzn', '2'],
    ['rpm/amzn/x@1?distro=amzn-2023', 'amzn', '2023'],
    ['rpm/fedora/x@1?distro=fedora-39', 'fedora', '39'],
    ['rpm/opensuse/x@1?distro=opensuse-leap-15.5', 'opensuse-leap', '15.5'],
    ['rpm/opensuse.leap/x@1?distro=opensuse.leap-15.5', 'opensuse-leap', '15.5'],
    ['rpm/opensuse/x@1?distro=opensuse-tumbleweed', 'opensuse-tumbleweed', ''],
    ['rpm/opensuse/x@1?distro=opensuse-tumbleweed-20240101', 'opensuse-tumbleweed', '20240101'],
    ['rpm/sles/x@1?distro=sles-15.5', 'sles', '15.5'],
    ['rpm/suse/x@1?distro=slem-5.5', 'sle-micro', '5.5'],
    ['rpm/mariner/x@1?distro=mariner-2.0.20230811', 'mariner', '2.0.20230811'],
    ['rpm/cbl-mariner/x@1?distro=cbl-mariner-2.0.20230811', 'mariner', '2.0.20230811'],
    ['rpm/azurelinux/x@1?distro=azurelinux-3.0', 'azurelinux', '3.0'],
    ['rpm/photon/x@1?distro=photon-4.0', 'photon', '4.0'],
    ['rpm/os-9x/x@1?distro=os-9x-1.0', 'os-9x', '1.0'],
    ['alpm/arch/x@1?distro=arch-rolling', 'arch', 'rolling'],
    ['deb/kali/x@1?distro=kali-2024.1', 'kali', '2024.1'],
    ['deb/x@1?distro=debian', 'debian', ''],
    ['bitnami/x@1?distro=debian-12', 'debian', '12'],
  ])('%s is %s %s', (text, id, version) => {
    const { distribution } = named(`pkg:${text}`);
    expect(distribution).toEqual({ id, version, like: [] });
    expect(Distribution.safeParse(distribution).success).toBe(true);
  });

  it.each(['deb/debian/x@1', 'npm/x@1', 'apk/x@1?distro=3.16.0', 'deb/debian/x@1?distro=%20'])(
    '%s is not told',
    (text) => {
      expect(named(`pkg:${text}`).distribution).toBeUndefined();
    },
  );
});

const DEBIAN = { id: 'debian', version: '12', like: [] };
const ALPINE = { id: 'alpine', version: '3.20.3', like: [] };
const ROCKY = { id: 'rocky', version: '9.3', like: [] };

function rpm(tags: Tags): FoundPackage {
  const found = rpmPackageOf(readHeader(packageHeader(tags)), fileAllowance());
  if (found === undefined) throw new Error('no package');
  return found;
}

function of(cataloger: Cataloger, tree: Tree): readonly FoundPackage[] {
  const found = catalog(cataloger, tree);
  expect(found.length).toBeGreaterThan(0);
  return found;
}

/** What an analysis tells of a package, as far as its URL does. */
function analysed(found: FoundPackage, distribution: Distribution | null): InventoryPackage {
  const { type, name, version, architecture, source, qualifiers } = found;
  const url = purl(found, distribution);
  return {
    type,
    name,
    version,
    architecture,
    source,
    purl: url,
    module: qualifiers?.['rpmmod'],
    distribution: url.includes('distro=') && distribution !== null ? distribution : undefined,
  };
}

describe('what this product itself catalogs', () => {
  it('comes back from the package URLs of Debian', () => {
    const status = [
      'Package: curl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 7.88.1-10',
      'Package: libgcc-s1\nStatus: install ok installed\nArchitecture: amd64\n' +
      'Source: gcc-12 (12.2.0-14)\nVersion: 1:12.2.0-14+b1',
      'Package: libstdc++6\nStatus: install ok installed\nSource: gcc-12\nVersion: 12.2.0-14~x',
    ].join('\n\n');
    for (const found of of(dpkg, { 'var/lib/dpkg/status': `${status}\n` })) {
      expect(named(purl(found, DEBIAN))).toEqual(analysed(found, DEBIAN));
      expect(named(purl(found, null))).toEqual(analysed(found, null));
    }
  });

  it('comes back from the package URLs of Alpine', () => {
    const installed = 'P:libcrypto3\nV:3.3.2-r0\nA:x86_64\no:openssl\n\n' +
      'P:musl\nV:1.2.5-r0\nA:x86_64\no:musl\n\nP:.python-rundeps\nV:20221112.072824\nA:noarch\n';
    for (const found of of(apk, { 'lib/apk/db/installed': installed })) {
      expect(named(purl(found, ALPINE))).toEqual(analysed(found, ALPINE));
    }
  });

  it.each<Tags>([
    { name: 'NetworkManager', epoch: int32(1), sourceRpm: 'NetworkManager-1-1.src.rpm' },
    { name: 'bind-libs', epoch: int32(32), arch: 'x86_64', sourceRpm: 'bind-1-1.src.rpm' },
    { name: 'libgcc', sourceRpm: 'gcc-toolset-12-gcc-12.2.1-7.4.el9.src.rpm' },
    { name: 'libgcc', epoch: int32(3), sourceRpm: 'gcc-toolset-12-gcc-12.2.1-7.4.el9.src.rpm' },
    { name: 'nodejs', epoch: int32(1), modularityLabel: 'nodejs:18:8090020240228:a75119d5' },
    { name: 'gpg-pubkey', arch: '(none)', sourceRpm: '(none)' },
  ])('comes back from the package URL of the rpm %j', (tags) => {
    const found = rpm(tags);
    expect(named(purl(found, ROCKY))).toEqual(analysed(found, ROCKY));
  });

  it('comes back from the package URLs of others that have their case', () => {
    const all = [
      ...of(pacman, {
        'var/lib/pacman/local/lib32-glibc-2.38-7/desc':
          '%NAME%\nlib32-glibc\n\n%VERSION%\n1:2.38-7\n\n%BASE%\nglibc\n\n%ARCH%\nx86_64\n\n',
      }),
      ...of(portage, { 'var/db/pkg/dev-libs/openssl-3.0.13-r2/PF': 'openssl-3.0.13-r2\n' }),
      ...of(npm, {
        'node_modules/@angular/core/package.json': '{"name":"@angular/core","version":"17.3.0"}',
        'node_modules/JSONStream/package.json': '{"name":"JSONStream","version":"1.3.5"}',
      }),
      ...of(composer, {
        'vendor/composer/installed.json':
          '{"packages":[{"name":"monolog/monolog","version":"v2.0.0"}]}',
      }),
      ...of(conan, { 'conan.lock': '{"version":"0.5","requires":["zlib/1.2.11@user/stable"]}' }),
      ...of(elixir, { 'mix.lock': '%{"a": {:hex, :a, "1.0.0", "ab", [:mix], [], "hexpm:acme"}}' }),
      ...of(swift, {
        'Package.resolved': JSON.stringify({
          version: 2,
          pins: [{
            identity: 'swift-nio',
            location: 'https://github.com/Apple/swift-nio.git',
            state: { version: '2.0.0' },
          }],
        }),
      }),
      ...['golang', 'cargo', 'gem', 'nuget', 'cran', 'generic', 'hackage', 'cocoapods']
        .map((type) => ({ type, name: 'NameOf-It', version: 'v1.0.0+x', licenses: [] })),
      {
        type: 'maven',
        name: 'log4j-core',
        namespace: 'org.apache.logging.log4j',
        version: '2.14.1',
        licenses: [],
      },
      { type: 'golang', name: 'github.com/Masterminds/semver/v3', version: 'v3.2.1', licenses: [] },
      { type: 'golang', name: 'stdlib', version: '1.22.3', licenses: [] },
    ];
    for (const found of all) {
      expect(named(purl(found, null))).toEqual(analysed(found, null));
    }
  });
});
