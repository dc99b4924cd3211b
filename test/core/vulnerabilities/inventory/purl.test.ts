import { describe, expect, it } from 'vitest';
import { PackageURL } from 'packageurl-js';
import { parsePurl, type Purl } from '../../../../core/vulnerabilities/inventory/purl.ts';
import { seeded } from '../../../support/kills.ts';

/** A package URL that must be one, without the parts that it does not have. */
function parts(text: string): Purl {
  const purl = parsePurl(text);
  if ('problem' in purl) throw new Error(`${text} ${purl.problem}`);
  return purl;
}

type Expected = Omit<Purl, 'qualifiers'> & { readonly qualifiers?: Purl['qualifiers'] };

const VALID: readonly (readonly [string, Expected])[] = [
  ['pkg:alpm/arch/pacman@6.0.1-1?arch=x86_64', {
    type: 'alpm',
    namespace: 'arch',
    name: 'pacman',
    version: '6.0.1-1',
    qualifiers: { arch: 'x86_64' },
  }],
  ['pkg:apk/Alpine/Curl@7.83.0-r0?arch=x86', {
    type: 'apk',
    namespace: 'alpine',
    name: 'curl',
    version: '7.83.0-r0',
    qualifiers: { arch: 'x86' },
  }],
  ['pkg:bitbucket/birKenfeld/pyGments-main@244fd47e07d1014f0aed9c', {
    type: 'bitbucket',
    namespace: 'birkenfeld',
    name: 'pygments-main',
    version: '244fd47e07d1014f0aed9c',
  }],
  ['pkg:bitnami/WordPress@6.2.0?arch=arm64&distro=debian-12', {
    type: 'bitnami',
    name: 'wordpress',
    version: '6.2.0',
    qualifiers: { arch: 'arm64', distro: 'debian-12' },
  }],
  ['pkg:cargo/RustCrypto@0.1.0', { type: 'cargo', name: 'RustCrypto', version: '0.1.0' }],
  ['pkg:cocoapods/GoogleUtilities@7.5.2#NSData+zlib', {
    type: 'cocoapods',
    name: 'GoogleUtilities',
    version: '7.5.2',
    subpath: 'NSData+zlib',
  }],
  ['pkg:composer/Laravel/Framework@v5.5.0', {
    type: 'composer',
    namespace: 'laravel',
    name: 'framework',
    version: 'v5.5.0',
  }],
  ['pkg:conan/openssl.org/openssl@3.0.3?user=bincrafters&channel=stable', {
    type: 'conan',
    namespace: 'openssl.org',
    name: 'openssl',
    version: '3.0.3',
    qualifiers: { user: 'bincrafters', channel: 'stable' },
  }],
  ['pkg:conda/absl-py@0.4.1?build=py36h06a4308_0&channel=main&subdir=linux-64', {
    type: 'conda',
    name: 'absl-py',
    version: '0.4.1',
    qualifiers: { build: 'py36h06a4308_0', channel: 'main', subdir: 'linux-64' },
  }],
  ['pkg:cran/caret@6.0-88', { type: 'cran', name: 'caret', version: '6.0-88' }],
  ['pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12', {
    type: 'deb',
    namespace: 'debian',
    name: 'libstdc++6',
    version: '12.2.0-14+deb12u1',
    qualifiers: { arch: 'amd64', distro: 'debian-12' },
  }],
  ['pkg:gem/ruby-advisory-db-check@0.12.4', {
    type: 'gem',
    name: 'ruby-advisory-db-check',
    version: '0.12.4',
  }],
  ['pkg:generic/openssl@1.1.10g?checksum=sha1:ad9503c3e994a4f%2Csha256:41bf9088b3a1e6c1ef1d', {
    type: 'generic',
    name: 'openssl',
    version: '1.1.10g',
    qualifiers: { checksum: 'sha1:ad9503c3e994a4f,sha256:41bf9088b3a1e6c1ef1d' },
  }],
  ['pkg:github/Package-URL/Purl-Spec@244fd47e07d1004f0aed9c', {
    type: 'github',
    namespace: 'package-url',
    name: 'purl-spec',
    version: '244fd47e07d1004f0aed9c',
  }],
  ['pkg:golang/google.golang.org/genproto#/googleapis/./api//annotations/', {
    type: 'golang',
    namespace: 'google.golang.org',
    name: 'genproto',
    subpath: 'googleapis/api/annotations',
  }],
  ['pkg:hex/Acme/Foo@2.3.1', { type: 'hex', namespace: 'acme', name: 'foo', version: '2.3.1' }],
  ['pkg:huggingface/microsoft/deberta-v3-base@559062AD13D311B87B2C455E67DCD5F1C8F65111', {
    type: 'huggingface',
    namespace: 'microsoft',
    name: 'deberta-v3-base',
    version: '559062ad13d311b87b2c455e67dcd5f1c8f65111',
  }],
  ['pkg:maven/org.apache.xmlgraphics/batik-anim@1.9.1?type=zip&classifier=dist', {
    type: 'maven',
    namespace: 'org.apache.xmlgraphics',
    name: 'batik-anim',
    version: '1.9.1',
    qualifiers: { type: 'zip', classifier: 'dist' },
  }],
  [
    'pkg:mlflow/CreditFraud@3?repository_url=https://adb-52.0.azuredatabricks.net/api/2.0/mlflow',
    {
      type: 'mlflow',
      name: 'creditfraud',
      version: '3',
      qualifiers: { repository_url: 'https://adb-52.0.azuredatabricks.net/api/2.0/mlflow' },
    },
  ],
  ['pkg:npm/%40angular/animation@12.3.1', {
    type: 'npm',
    namespace: '@angular',
    name: 'animation',
    version: '12.3.1',
  }],
  ['pkg:nuget/EnterpriseLibrary.Common@6.0.1304', {
    type: 'nuget',
    name: 'EnterpriseLibrary.Common',
    version: '6.0.1304',
  }],
  ['pkg:oci/Debian@sha256%3A244fd47e07d10?repository_url=docker.io/library/debian', {
    type: 'oci',
    name: 'debian',
    version: 'sha256:244fd47e07d10',
    qualifiers: { repository_url: 'docker.io/library/debian' },
  }],
  ['pkg:pypi/Django_allauth@12.23', { type: 'pypi', name: 'django-allauth', version: '12.23' }],
  ['pkg:rpm/Fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25', {
    type: 'rpm',
    namespace: 'fedora',
    name: 'curl',
    version: '7.50.3-1.fc25',
    qualifiers: { arch: 'i386', distro: 'fedora-25' },
  }],
  ['pkg:swift/github.com/Alamofire/Alamofire@5.4.3', {
    type: 'swift',
    namespace: 'github.com/Alamofire',
    name: 'Alamofire',
    version: '5.4.3',
  }],
  ['PKG:NPM/x@1', { type: 'npm', name: 'x', version: '1' }],
  ['pkg://npm/x@1', { type: 'npm', name: 'x', version: '1' }],
  ['pkg:/npm//a///b@1', { type: 'npm', namespace: 'a', name: 'b', version: '1' }],
  ['pkg:gem/x?Platform=java&empty=', { type: 'gem', name: 'x', qualifiers: { platform: 'java' } }],
];

/** What the other reader refuses, or reads differently. */
const BESIDE: readonly (readonly [string, Expected])[] = [
  ['pkg:npm/JSONStream@1.3.5', { type: 'npm', name: 'JSONStream', version: '1.3.5' }],
  ['pkg:golang/github.com/Masterminds/semver/v3@v3.2.1', {
    type: 'golang',
    namespace: 'github.com/Masterminds/semver',
    name: 'v3',
    version: 'v3.2.1',
  }],
  ['pkg:pypi/Zope.__Interface@5.5', { type: 'pypi', name: 'zope-interface', version: '5.5' }],
  ['pkg:luarocks/Hisham/LuaFileSystem@1.8.0-1', {
    type: 'luarocks',
    namespace: 'hisham',
    name: 'luafilesystem',
    version: '1.8.0-1',
  }],
  ['pkg:otp/Crypto@4.6.4', { type: 'otp', name: 'crypto', version: '4.6.4' }],
  ['pkg:pub/Sound-Pool@1.0.0', { type: 'pub', name: 'sound_pool', version: '1.0.0' }],
  ['pkg:npm/x@', { type: 'npm', name: 'x' }],
  ['pkg:maven/guava@31.0', { type: 'maven', name: 'guava', version: '31.0' }],
  ['pkg:swift/swift-nio@2.0.0', { type: 'swift', name: 'swift-nio', version: '2.0.0' }],
  ['pkg:npm/@scope/name', { type: 'npm', namespace: '@scope', name: 'name' }],
  ['pkg:npm/@scope/name@1.0', {
    type: 'npm',
    namespace: '@scope',
    name: 'name',
    version: '1.0',
  }],
  // A plus sign is itself, not a blank.
  ['pkg:deb/debian/x@1?upstream=a+b%401.0+dfsg', {
    type: 'deb',
    namespace: 'debian',
    name: 'x',
    version: '1',
    qualifiers: { upstream: 'a+b@1.0+dfsg' },
  }],
  ['pkg:npm/x@1?vcs_url=https://a.example?b=c', {
    type: 'npm',
    name: 'x',
    version: '1',
    qualifiers: { vcs_url: 'https://a.example?b=c' },
  }],
  ['pkg:npm/x?a=1&A=2&__proto__=3', {
    type: 'npm',
    name: 'x',
    qualifiers: { a: '1', ['__proto__']: '3' },
  }],
  [' pkg:gem/x@1 ', { type: 'gem', name: 'x', version: '1' }],
  ['pkg:deb/debian/a%2Fb@1%3A2', {
    type: 'deb',
    namespace: 'debian',
    name: 'a/b',
    version: '1:2',
  }],
];

describe('a package URL', () => {
  it.each([...VALID, ...BESIDE])('%s is taken apart', (text, expected) => {
    expect(parts(text)).toEqual({ qualifiers: {}, ...expected });
  });

  it.each(VALID)('%s is read as another reader does', (text) => {
    const { type, namespace, name, version, qualifiers = {}, subpath } = PackageURL
      .fromString(text);
    const other = { type, namespace, name, version, qualifiers: { ...qualifiers } };
    expect(parts(text)).toEqual({ ...other, subpath });
  });

  it.each([
    ['', /pkg:/],
    ['lodash', /pkg:/],
    ['npm/lodash@1', /pkg:/],
    ['http://example.org/x', /pkg:/],
    ['pkg%3Amaven/org.apache.commons/io', /pkg:/],
    ['pkg:', /type/],
    ['pkg:/', /type/],
    ['pkg:EnterpriseLibrary.Common@6.0.1304', /type/],
    ['pkg:n&g?inx/nginx@0.8.9', /type/],
    ['pkg:3nginx/nginx@0.8.9', /type/],
    ['pkg:nginx:a/nginx@0.8.9', /type/],
    [`pkg:${'a'.repeat(40)}/x@1`, /type/],
    ['pkg:maven/@1.3.4', /name/],
    ['pkg:npm/', /name/],
    ['pkg:npm///?a=b', /name/],
    ['pkg:npm', /name/],
    ['pkg:npm/a%zz@1', /percent/],
    ['pkg:npm/a@1%', /percent/],
    ['pkg:npm/%ff/a@1', /percent/],
    ['pkg:npm/a#%c3', /percent/],
    ['pkg:npm/a@1?in%20production=true', /qualifiers/],
    ['pkg:npm/a@1?0=true', /qualifiers/],
    ['pkg:npm/a@1?=true', /qualifiers/],
    ['pkg:npm/a@1?x=%f', /qualifiers/],
    ['pkg:npm/a@1#b%2Fc', /slash/],
  ])('is not %s', (text, problem) => {
    expect(parsePurl(text)).toEqual({ problem: expect.stringMatching(problem) as string });
  });

  it('has a bound', () => {
    expect(parsePurl(`pkg:npm/${'a'.repeat(4088)}`)).toHaveProperty('name');
    expect(parsePurl(`pkg:npm/${'a'.repeat(4089)}`)).toHaveProperty('problem');
  });

  it('gives back what it was made of', () => {
    const random = seeded(17);
    const text = (signs: string) =>
      Array.from({ length: 1 + random() * 12 }, () => signs[Math.floor(random() * signs.length)])
        .join('');
    const signs = 'abz019.-_~ @/?#&=%+:;,()!\'*\\"<>äß許\u0001\u{1f600}'.normalize();
    const plain = signs.replaceAll('/', '');
    for (let round = 0; round < 2000; round++) {
      const made = {
        type: 'generic',
        namespace: random() < 0.5 ? undefined : `${text(plain)}n/${text(plain)}s`,
        name: `${text(signs)}x`,
        version: random() < 0.2 ? undefined : `${text(signs)}1`,
        qualifiers: random() < 0.5 ? {} : { a: `q${text(signs)}`, 'b.c-d_e': `q${text(signs)}` },
        subpath: random() < 0.7 ? undefined : `s${text(plain)}/${text(plain)}t`,
      };
      const encoded = (value: string) => encodeURIComponent(value.toWellFormed());
      const path = (value: string) => value.split('/').map(encoded).join('/');
      const url = `pkg:generic/${made.namespace === undefined ? '' : `${path(made.namespace)}/`}` +
        encoded(made.name) + (made.version === undefined ? '' : `@${encoded(made.version)}`) +
        `?${Object.entries(made.qualifiers).map(([k, v]) => `${k}=${encoded(v)}`).join('&')}` +
        (made.subpath === undefined ? '' : `#${path(made.subpath)}`);
      const wellFormed: unknown = JSON.parse(
        JSON.stringify(made),
        (_key, value: unknown) => typeof value === 'string' ? value.toWellFormed() : value,
      );
      expect(parts(url)).toEqual(wellFormed);
    }
  });
});
