import { describe, expect, it } from 'vitest';
import { lookupKeys } from '../../../core/vulnerabilities/index.ts';
import { ALMA_8, DEBIAN_12, installed, UBUNTU_22 } from './given.ts';

function keys(...asked: Parameters<typeof lookupKeys>): readonly string[] {
  return lookupKeys(...asked).map((key) => `${key.namespace} ${key.package}`);
}

describe('what to look up', () => {
  it('is each name once, of all feeds of a distribution', () => {
    const packages = [
      installed('deb', 'libssl3', '3.0.2-0ubuntu1', { from: 'openssl' }),
      installed('deb', 'openssl', '3.0.2-0ubuntu1'),
    ];
    expect(keys(packages, UBUNTU_22)).toEqual([
      'ubuntu:22.04 libssl3',
      'ubuntu:22.04 openssl',
      'ubuntu-pro:22.04 libssl3',
      'ubuntu-pro:22.04 openssl',
    ]);
  });

  it('is of whom a distribution is rebuilt from, too', () => {
    expect(keys([installed('rpm', 'vim-minimal', '1-1', { from: 'vim' })], ALMA_8)).toEqual([
      'almalinux:8 vim-minimal',
      'almalinux:8 vim',
      'rhel:8 vim-minimal',
      'rhel:8 vim',
    ]);
  });

  it('is nothing for packages of another kind, or of no known distribution', () => {
    expect(keys([installed('rpm', 'vim', '1-1')], DEBIAN_12)).toEqual([]);
    expect(keys([installed('deb', 'vim', '1-1')], null)).toEqual([]);
    const kali = { id: 'kali', version: '2024.1', like: ['debian'] };
    expect(keys([installed('deb', 'vim', '1-1')], kali)).toEqual([]);
  });

  it.each([
    ['pypi', 'Foo.Bar_Baz', {}, 'pypi foo-bar-baz'],
    ['npm', '@scope/Name', {}, 'npm @scope/Name'],
    [
      'maven',
      'log4j-core',
      { group: 'org.apache.logging.log4j' },
      'maven org.apache.logging.log4j:log4j-core',
    ],
    ['nuget', 'Newtonsoft.Json', {}, 'nuget newtonsoft.json'],
    ['composer', 'Symfony/Http-Kernel', {}, 'composer symfony/http-kernel'],
    ['golang', 'github.com/Masterminds/goutils', {}, 'golang github.com/Masterminds/goutils'],
    ['golang', 'stdlib', {}, 'golang stdlib'],
    ['hex', 'plug', {}, 'hex plug'],
    ['hex', 'plug', { group: 'acme' }, 'hex acme/plug'],
    ['swift', 'github.com/Apple/swift-nio', {}, 'swift github.com/apple/swift-nio'],
    ['cargo', 'time', {}, 'cargo time'],
  ])('of %s is %s: %j', (type, name, given, key) => {
    expect(keys([installed(type, name, '1.0.0', given)], null)).toEqual([key]);
  });

  it.each([['maven', 'log4j-core'], ['conda', 'numpy'], ['luarocks', 'lpeg'], ['otp', 'ssl']])(
    'of %s is nothing for %s',
    (type, name) => {
      expect(keys([installed(type, name, '1.0.0')], null)).toEqual([]);
    },
  );

  it('of programs are the products that are known', () => {
    const packages = ['nginx', 'openjdk', 'busybox', 'bespoke'].map((name) =>
      installed('generic', name, '1.0.0')
    );
    expect(keys(packages, DEBIAN_12)).toEqual([
      'cpe f5:nginx',
      'cpe f5:nginx_open_source',
      'cpe nginx:nginx',
      'cpe oracle:openjdk',
      'cpe oracle:jdk',
      'cpe busybox:busybox',
    ]);
  });
});
