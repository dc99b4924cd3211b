import { describe, expect, it } from 'vitest';
import { purl } from '../../../jobs/catalogers/purl.ts';
import type { FoundPackage } from '../../../jobs/catalogers/types.ts';
import { seeded } from './support.ts';

const DEBIAN = { id: 'debian', version: '12', like: [] };
const ALPINE = { id: 'alpine', version: '3.20.3', like: [] };

function found(type: string, name: string, version: string, more: Partial<FoundPackage> = {}) {
  return { type, name, version, licenses: [], ...more };
}

describe('purl', () => {
  it.each([
    [
      found('deb', 'curl', '7.88.1-10+deb12u8', { architecture: 'amd64' }),
      DEBIAN,
      'pkg:deb/debian/curl@7.88.1-10%2Bdeb12u8?arch=amd64&distro=debian-12',
    ],
    [
      found('deb', 'zlib1g', '1:1.2.13.dfsg-1', {
        architecture: 'amd64',
        source: { name: 'zlib', version: '1:1.2.13.dfsg-1' },
      }),
      DEBIAN,
      'pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=amd64&distro=debian-12' +
      '&upstream=zlib%401:1.2.13.dfsg-1',
    ],
    [
      found('deb', 'libstdc++6', '12.2.0-14~x'),
      { id: 'ubuntu', version: '24.04', like: ['debian'] },
      'pkg:deb/ubuntu/libstdc%2B%2B6@12.2.0-14~x?distro=ubuntu-24.04',
    ],
    [found('deb', 'a', '1'), { ...DEBIAN, version: '' }, 'pkg:deb/debian/a@1?distro=debian'],
    [found('deb', 'a', '1'), null, 'pkg:deb/debian/a@1'],
    [found('deb', 'A/b', '1'), null, 'pkg:deb/debian/a%2Fb@1'],
    [
      found('apk', 'libcrypto3', '3.3.2-r0', {
        architecture: 'x86_64',
        source: { name: 'openssl', version: '3.3.2-r0' },
      }),
      ALPINE,
      'pkg:apk/alpine/libcrypto3@3.3.2-r0?arch=x86_64&distro=alpine-3.20.3' +
      '&upstream=openssl%403.3.2-r0',
    ],
    [found('apk', 'a', '1'), null, 'pkg:apk/alpine/a@1'],
    [found('npm', '@angular/animation', '12.3.1'), DEBIAN, 'pkg:npm/%40angular/animation@12.3.1'],
    [found('npm', 'JSONStream', '1.3.5'), null, 'pkg:npm/JSONStream@1.3.5'],
    [found('npm', "a!'()*b", '1.0.0+x'), null, 'pkg:npm/a%21%27%28%29%2Ab@1.0.0%2Bx'],
    [found('npm', '/', '1'), null, 'pkg:npm/%2F@1'],
    [found('npm', 'a?b#c', '1 2'), null, 'pkg:npm/a%3Fb%23c@1%202'],
    [found('npm', 'é\ud800', '1'), null, 'pkg:npm/%C3%A9%EF%BF%BD@1'],
    [found('pypi', 'Zope.__Interface', '5.5.0.dev0'), DEBIAN, 'pkg:pypi/zope-interface@5.5.0.dev0'],
    [found('pypi', 'a', '1!2.0+local'), null, 'pkg:pypi/a@1%212.0%2Blocal'],
    [
      found('rpm', 'NetworkManager', '1:1.2-3.el9', {
        architecture: 'x86_64',
        qualifiers: { rpmmod: 'a:b', epoch: '1' },
        source: { name: 'NetworkManager', version: '1:1.2-3.el9' },
      }),
      { id: 'Rocky', version: '9.3', like: [] },
      'pkg:rpm/rocky/NetworkManager@1.2-3.el9?arch=x86_64&distro=Rocky-9.3&epoch=1' +
      '&rpmmod=a:b&upstream=NetworkManager%401:1.2-3.el9',
    ],
    [
      found('gem', 'nokogiri', '1.16.0', { qualifiers: { platform: 'java' } }),
      DEBIAN,
      'pkg:gem/nokogiri@1.16.0?platform=java',
    ],
    [found('maven', 'x', '1', { namespace: 'org.a' }), null, 'pkg:maven/org.a/x@1'],
    [found('composer', 'Monolog/Monolog', '1'), null, 'pkg:composer/monolog/monolog@1'],
    [found('maven', 'x', '1', { purl: 'pkg:maven/g/x@1' }), DEBIAN, 'pkg:maven/g/x@1'],
  ])('%j in %j is %s', (item, distribution, expected) => {
    expect(purl(item, distribution)).toBe(expected);
  });

  it('leaves qualifiers out that would make it longer than a report allows', () => {
    const source = { name: 's'.repeat(600), version: '1' };
    const item = found('deb', 'n'.repeat(600), '1', { source });
    expect(purl(item, DEBIAN)).toBe(`pkg:deb/debian/${'n'.repeat(600)}@1`);
  });

  it('always is a URL of permitted characters from which name and version come back', () => {
    const random = seeded(5);
    const text = () =>
      String.fromCharCode(...Array.from({ length: 12 }, () => 1 + random() * 0x250))
        .replaceAll('/', '');
    for (let round = 0; round < 300; round++) {
      const [name, version] = [text(), text()];
      const url = purl(found('npm', name, version), null);
      expect(url).toMatch(/^pkg:npm\/[A-Za-z0-9.\-_~:%]+@[A-Za-z0-9.\-_~:%]+$/);
      const parts = url.slice('pkg:npm/'.length).split('@').map(decodeURIComponent);
      expect(parts).toEqual([name, version]);
    }
  });
});
