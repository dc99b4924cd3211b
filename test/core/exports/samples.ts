/**
 * An image with packages of many kinds, for the tests of the documents.
 *
 * @module
 */
import { Digest, type Package } from '../../../jobs/contract/index.ts';
import type { ExportedImage } from '../../../core/exports/index.ts';
import { digestOf, packageOf } from '../catalog/samples.ts';

function found(
  type: string,
  name: string,
  version: string,
  purl: string,
  changes: Partial<Package> = {},
): Package {
  return packageOf(name, { type, version, purl, location: `/opt/${type}/${name}`, ...changes });
}

/** As a distribution's package manager has them. */
export const LIBC = found(
  'deb',
  'libc6',
  '2.36-9+deb12u8',
  'pkg:deb/debian/libc6@2.36-9%2Bdeb12u8?arch=amd64&distro=debian-12&upstream=glibc%402.36-9%2Bdeb12u8',
  {
    architecture: 'amd64',
    source: { name: 'glibc', version: '2.36-9+deb12u8' },
    licenses: ['LGPL-2.1+', 'GPL-2'],
    origin: 'GNU Libc Maintainers <debian-glibc@lists.debian.org>',
    size: 12_288_000,
    location: '/var/lib/dpkg/status',
  },
);
export const BUSYBOX = found(
  'apk',
  'busybox-binsh',
  '1.36.1-r29',
  'pkg:apk/alpine/busybox-binsh@1.36.1-r29?arch=x86_64&distro=alpine-3.20.3&upstream=busybox%401.36.1-r29',
  {
    source: { name: 'busybox', version: '1.36.1-r29' },
    licenses: ['GPL-2.0-only'],
    origin: 'Sören Tempel <soeren+alpine@soeren-tempel.net>',
    location: '/lib/apk/db/installed',
  },
);
export const BIND = found(
  'rpm',
  'bind-libs',
  '32:9.16.23-18.el9',
  'pkg:rpm/almalinux/bind-libs@9.16.23-18.el9?arch=x86_64&distro=almalinux-9.4&epoch=32&upstream=bind%4032:9.16.23-18.el9',
  {
    source: { name: 'bind', version: '32:9.16.23-18.el9' },
    licenses: ['MPLv2.0 and BSD-local'],
    origin: 'AlmaLinux',
    location: '/var/lib/rpm/rpmdb.sqlite',
  },
);
export const CORE = found('npm', '@angular/core', '17.3.0', 'pkg:npm/%40angular/core@17.3.0', {
  origin: 'Angular Team',
});
export const LODASH = found('npm', 'lodash', '4.17.20', 'pkg:npm/lodash@4.17.20', {
  origin: 'John-David Dalton <john.david.dalton@gmail.com>',
});
export const DJANGO = found('pypi', 'Django', '4.2.1', 'pkg:pypi/django@4.2.1', {
  licenses: ['BSD-3-Clause'],
});
export const JACKSON = found(
  'maven',
  'jackson-databind',
  '2.15.2',
  'pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.15.2',
  { licenses: ['The Apache Software License, Version 2.0'] },
);
export const RACK = found('gem', 'rack', '2.2.3', 'pkg:gem/rack@2.2.3', {
  licenses: ['MIT', 'Ruby'],
});
export const GIN = found(
  'golang',
  'github.com/gin-gonic/gin',
  'v1.9.1',
  'pkg:golang/github.com/gin-gonic/gin@v1.9.1',
  { licenses: [] },
);

/** What is hard on formats: signs of all kinds, long texts, empty ones. */
export const ODD = found('npm', 'odd\u0007 "näme"\n<x>', '1.0 *?:\\', 'pkg:npm/odd@1.0', {
  licenses: ['', ' ', 'SEE LICENSE IN <LICENSE>', 'x'.repeat(20_000), '((MIT', '许可证'],
  origin: '  <not a mail> (http://example.org/x) ',
  location: '/a b/ü\n.json',
  size: 0,
});

export const IMAGE: ExportedImage = {
  digest: digestOf('image'),
  imageId: digestOf('config').slice('sha256:'.length),
  references: [
    'registry.example:5000/team/App-Server:1.0',
    'registry.example:5000/team/App-Server:1',
  ],
  architecture: 'amd64',
  os: 'linux',
  distribution: { id: 'debian', version: '12', like: [] },
  size: 123_456,
  layers: [{
    digest: Digest.parse(digestOf('layer')),
    diffId: Digest.parse(digestOf('diff')),
    compressedSize: 1000,
    size: 123_456,
  }],
  analyzedAt: '2026-01-02T03:04:05Z',
  packages: [
    LODASH,
    LIBC,
    // The same package at another place, and twice at one.
    { ...LODASH, location: '/srv/node_modules/lodash/package.json' },
    { ...LODASH, size: 1 },
    BUSYBOX,
    BIND,
    CORE,
    DJANGO,
    JACKSON,
    RACK,
    GIN,
    ODD,
  ],
  productVersion: '1.2.3',
};
