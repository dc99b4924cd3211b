/**
 * Package documents as Syft writes them now, and as it wrote them before.
 *
 * @module
 */

export const DIFF_ID = `sha256:${'1'.repeat(64)}`;

/** A document of today's form: of a Debian with packages of several kinds. */
export function syftDocument(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    artifacts: [
      {
        id: 'a1',
        name: 'libssl3',
        version: '3.0.9-1',
        type: 'deb',
        foundBy: 'dpkg-db-cataloger',
        locations: [{ path: '/var/lib/dpkg/status', layerID: DIFF_ID, accessPath: '/x' }],
        licenses: [{ value: 'Apache-2.0', spdxExpression: 'Apache-2.0', type: 'declared' }],
        language: '',
        cpes: [{ cpe: 'cpe:2.3:a:libssl3:libssl3:3.0.9-1:*:*:*:*:*:*:*', source: 'generated' }],
        purl: 'pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12&upstream=openssl',
        metadataType: 'dpkg-db-entry',
        metadata: {
          package: 'libssl3',
          source: 'openssl',
          version: '3.0.9-1',
          sourceVersion: '',
          architecture: 'amd64',
          maintainer: 'Debian OpenSSL Team',
          installedSize: 6000,
        },
      },
      {
        id: 'a2',
        name: 'python3-requests',
        version: '2.28.1-1',
        type: 'deb',
        locations: [{ path: '/var/lib/dpkg/status' }],
        licenses: [],
        purl: 'pkg:deb/debian/python3-requests@2.28.1-1',
      },
      {
        id: 'a3',
        name: 'requests',
        version: '2.28.1',
        type: 'python',
        locations: [{ path: '/usr/lib/python3/dist-packages/requests', layerID: 'sha256:other' }],
        licenses: [{ value: 'Apache 2.0' }],
        purl: 'pkg:pypi/requests@2.28.1',
      },
      {
        id: 'a4',
        name: '@angular/core',
        version: '17.3.0',
        type: 'npm',
        locations: [{ path: '/app/node_modules/@angular/core/package.json', layerID: DIFF_ID }],
        licenses: ['MIT'],
        purl: 'pkg:npm/%40angular/core@17.3.0',
      },
    ],
    artifactRelationships: [
      { parent: 'a2', child: 'a3', type: 'ownership-by-file-overlap' },
      { parent: 'a1', child: 'a4', type: 'contains' },
    ],
    source: {
      id: 'x',
      type: 'image',
      metadata: { imageSize: 1234, layers: [{ digest: DIFF_ID, size: 1000 }] },
    },
    distro: {
      prettyName: 'Debian GNU/Linux 12 (bookworm)',
      name: 'Debian GNU/Linux',
      id: 'debian',
      idLike: [],
      version: '12 (bookworm)',
      versionID: '12',
    },
    descriptor: { name: 'syft', version: '1.0.0' },
    schema: { version: '16.0.0', url: 'https://example.org/schema' },
    ...changes,
  };
}

/** A document of the older form: of a CentOS, with packages that have no package URL. */
export function olderDocument() {
  return {
    artifacts: [
      {
        name: 'nodejs',
        version: '1:10.24.0-1.module_el8',
        type: 'rpm',
        locations: [{ path: '/var/lib/rpm/Packages', layerID: DIFF_ID }],
        licenses: ['MIT and ASL 2.0'],
        language: '',
        purl: 'pkg:rpm/centos/nodejs@10.24.0-1.module_el8?arch=x86_64&epoch=1',
        metadataType: 'RpmdbMetadata',
        metadata: {
          sourceRpm: 'nodejs-10.24.0-1.module_el8.src.rpm',
          vendor: 'CentOS',
          modularityLabel: 'nodejs:10:8030020210118191659:229f0a1c',
        },
      },
      {
        name: 'log4j-core',
        version: '2.14.1',
        type: 'java-archive',
        locations: [{ path: '/app/log4j-core-2.14.1.jar', layerID: DIFF_ID }],
        licenses: [],
        purl: '',
        metadata: { pomProperties: { groupId: 'org.apache.logging.log4j' } },
      },
    ],
    source: {
      type: 'image',
      target: { userInput: 'app:1', imageSize: 4321, manifestDigest: '', layers: [] },
    },
    distro: { name: 'centos', version: '8', idLike: 'rhel fedora' },
  };
}
