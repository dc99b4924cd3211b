import { describe, expect, it } from 'vitest';
import type { Package } from '../../../jobs/contract/index.ts';
import { cpesOf } from '../../../core/exports/cpes.ts';
import { upstreamVersion } from '../../../core/exports/cpe-vendors.ts';
import { packageOf } from '../catalog/samples.ts';
import { seeded } from '../../support/kills.ts';
import * as samples from './samples.ts';

/** A formatted string by the grammar of NIST IR 7695, 6.2.3.1. */
const FORMATTED =
  /^cpe:2\.3:[aho](?::(?:[*-]|(?:[a-z0-9._-]|\\[\\*?!"#$%&'()+,/:;<=>@[\]^`{|}~-])+)){5}(?::[*-]){1}(?::(?:[*-]|[a-z0-9._-]+)){4}$/;

function cpe(vendor: string, product: string, version: string, target = '*'): string {
  return `cpe:2.3:a:${vendor}:${product}:${version}:*:*:*:*:${target}:*:*`;
}

function named(type: string, name: string, version: string, purl: string, changes = {}): Package {
  return packageOf(name, { type, name, version, purl, ...changes });
}

const DEB = 'pkg:deb/debian/x@1';

describe('the CPEs of a package', () => {
  it.each<[string, Package, string]>([
    ['a source with a known vendor', samples.LIBC, cpe('gnu', 'glibc', '2.36')],
    ['another with its number', samples.BIND, cpe('isc', 'bind', '9.16.23')],
    [
      'a program that is known by its content',
      named('generic', 'node', '20.20.2', 'pkg:generic/node@20.20.2'),
      cpe('nodejs', 'node.js', '20.20.2'),
    ],
    [
      'such a program that is named as its source',
      named('generic', 'nginx', '1.25.3', 'pkg:generic/nginx@1.25.3'),
      cpe('f5', 'nginx', '1.25.3'),
    ],
    ['busybox', samples.BUSYBOX, cpe('busybox', 'busybox', '1.36.1')],
    [
      'curl',
      named('deb', 'curl', '7.88.1-10+deb12u5', DEB),
      cpe('haxx', 'curl', '7.88.1'),
    ],
    ['Python', named('deb', 'python3.11', '3.11.2-6', DEB), cpe('python', 'python', '3.11.2')],
    [
      'PostgreSQL',
      named('deb', 'postgresql-15', '15.6-0', DEB),
      cpe('postgresql', 'postgresql', '15.6'),
    ],
    [
      'OpenSSL',
      named('apk', 'openssl', '3.3.1-r0', 'pkg:apk/alpine/openssl@3.3.1-r0'),
      cpe('openssl', 'openssl', '3.3.1'),
    ],
    ['npm', samples.LODASH, cpe('lodash', 'lodash', '4.17.20', 'node.js')],
    ['an npm scope', samples.CORE, cpe('angular', 'core', '17.3.0', 'node.js')],
    ['Django', samples.DJANGO, cpe('djangoproject', 'django', '4.2.1')],
    [
      'PyYAML',
      named('pypi', 'PyYAML', '5.3', 'pkg:pypi/pyyaml@5.3'),
      cpe('pyyaml', 'pyyaml', '5.3'),
    ],
    ['Jackson', samples.JACKSON, cpe('fasterxml', 'jackson-databind', '2.15.2')],
    [
      'Commons Text',
      named('maven', 'commons-text', '1.9', 'pkg:maven/org.apache.commons/commons-text@1.9'),
      cpe('apache', 'commons-text', '1.9'),
    ],
    [
      'Log4j',
      named(
        'maven',
        'log4j-core',
        '2.14.1',
        'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1',
      ),
      cpe('apache', 'log4j', '2.14.1'),
    ],
    [
      'Spring',
      named('maven', 'spring-core', '5.3.9', 'pkg:maven/org.springframework/spring-core@5.3.9'),
      cpe('vmware', 'spring_framework', '5.3.9'),
    ],
    ['rack', samples.RACK, cpe('rack', 'rack', '2.2.3')],
    ['gin', samples.GIN, cpe('gin-gonic', 'gin', '1.9.1')],
    [
      'a Go module of a later major version',
      named(
        'golang',
        'github.com/labstack/echo/v4',
        'v4.9.0',
        'pkg:golang/github.com/labstack/echo/v4@v4.9.0',
      ),
      cpe('labstack', 'echo', '4.9.0'),
    ],
    [
      'Go itself',
      named('golang', 'stdlib', '1.21.0', 'pkg:golang/stdlib@1.21.0'),
      cpe('golang', 'go', '1.21.0'),
    ],
    [
      'Composer',
      named('composer', 'symfony/http-kernel', '5.4.1', 'pkg:composer/symfony/http-kernel@5.4.1'),
      cpe('symfony', 'http-kernel', '5.4.1'),
    ],
    [
      'cargo',
      named('cargo', 'time', '0.1.43', 'pkg:cargo/time@0.1.43'),
      cpe('time', 'time', '0.1.43', 'rust'),
    ],
    [
      'NuGet',
      named('nuget', 'Newtonsoft.Json', '12.0.3', 'pkg:nuget/Newtonsoft.Json@12.0.3'),
      cpe('newtonsoft', 'newtonsoft.json', '12.0.3'),
    ],
  ])('%s', (_name, found, best) => {
    expect(cpesOf(found)[0]).toBe(best);
  });

  it('have others after the likeliest', () => {
    expect(cpesOf(samples.JACKSON)).toEqual([
      cpe('fasterxml', 'jackson-databind', '2.15.2'),
      cpe('fasterxml', 'jackson-databind', '2.15.2', 'java'),
      cpe('fasterxml', 'jackson_databind', '2.15.2'),
      cpe('fasterxml', 'jackson_databind', '2.15.2', 'java'),
      cpe('jackson', 'jackson-databind', '2.15.2'),
      cpe('jackson', 'jackson-databind', '2.15.2', 'java'),
      cpe('jackson', 'jackson_databind', '2.15.2'),
      cpe('jackson', 'jackson_databind', '2.15.2', 'java'),
    ]);
    expect(cpesOf(samples.LODASH)).toContain(cpe('john-david_dalton', 'lodash', '4.17.20'));
    expect(cpesOf(samples.LIBC)).toContain(cpe('debian', 'glibc', '2.36-9\\+deb12u8'));
    expect(cpesOf(samples.BUSYBOX)).toContain(cpe('alpinelinux', 'busybox', '1.36.1-r29'));
  });

  it('tell the kernel as an operating system', () => {
    const [first] = cpesOf(named('deb', 'linux-image-6.1', '6.1.90-1', DEB, {
      source: { name: 'linux', version: '6.1.90-1' },
    }));
    expect(first).toBe('cpe:2.3:o:linux:linux_kernel:6.1.90:*:*:*:*:*:*:*');
  });

  it('escape what is not a letter, a digit or one of three signs', () => {
    const odd = named('gem', 'a b+c/d*e', '1:2~rc1', 'pkg:gem/a%20b%2Bc%2Fd%2Ae@1');
    expect(cpesOf(odd)[0]).toBe(cpe('a_b\\+c\\/d\\*e', 'a_b\\+c\\/d\\*e', '1\\:2\\~rc1'));
    expect(cpesOf(named('gem', '-', '-', 'pkg:gem/-@-'))[0]).toBe(cpe('\\-', '\\-', '\\-'));
  });

  it('are none for names that no dictionary has', () => {
    expect(cpesOf(named('gem', 'größe', '1', 'pkg:gem/gr%C3%B6%C3%9Fe@1'))).toEqual([]);
    expect(cpesOf(named('gem', 'x'.repeat(900), '1', 'pkg:gem/x@1', {
      purl: `pkg:gem/${'x'.repeat(900)}@1`,
    }))).toEqual([]);
  });

  it('are well formed, few, without repetition and the same again', () => {
    const random = seeded(7);
    const types = ['deb', 'rpm', 'apk', 'npm', 'pypi', 'maven', 'golang', 'gem', 'nuget', 'conan'];
    const signs = [...'abcXYZ0129.-_/@:+~*?\\"\'()[]{}<>|&%#^`=;,!$ \tä\u0000'];
    const word = () =>
      Array.from(
        { length: 1 + Math.floor(random() * 12) },
        () => signs[Math.floor(random() * signs.length)],
      ).join('');
    let count = 0;
    for (let round = 0; round < 2000; round += 1) {
      const type = types[round % types.length] ?? '';
      const name = word();
      const found = named(type, name, word(), `pkg:${type}/${word()}/${word()}@${word()}`, {
        origin: word(),
        ...(random() < 0.5 ? { source: { name: word(), version: word() } } : {}),
      });
      const cpes = cpesOf(found);
      count += cpes.length;
      expect(cpes.length).toBeLessThanOrEqual(12);
      expect(new Set(cpes).size).toBe(cpes.length);
      for (const each of cpes) expect(each).toMatch(FORMATTED);
      expect(cpesOf(structuredClone(found))).toEqual(cpes);
    }
    expect(count).toBeGreaterThan(1000);
  });
});

describe('the version that the makers count by', () => {
  it.each([
    ['deb', '1:2.36-9+deb12u8', '2.36'],
    ['deb', '1.2.13.dfsg-1', '1.2.13'],
    ['deb', '5.2.0+dfsg1-1', '5.2.0'],
    ['deb', '9.55.0~dfsg1-0ubuntu5', '9.55.0'],
    ['deb', '1.2-rc1-3', '1.2-rc1'],
    ['deb', '5.6.1+really5.4.5-1', '5.4.5'],
    ['deb', '12.4', '12.4'],
    ['rpm', '32:9.16.23-18.el9_4.1', '9.16.23'],
    ['apk', '1.36.1-r29', '1.36.1'],
    ['apk', '3.4_git20231219-r0', '3.4_git20231219'],
    ['alpm', '1:1.3.1-2', '1.3.1'],
    ['ebuild', '5.2_p26-r3', '5.2_p26'],
    ['golang', 'v2.0.0+incompatible', '2.0.0'],
    ['npm', '1.0.0-rc.1', '1.0.0-rc.1'],
  ])('%s %s is %s', (type, version, expected) => {
    expect(upstreamVersion(type, version)).toBe(expected);
  });
});
