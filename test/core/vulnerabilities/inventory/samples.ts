/**
 * Inventories as other tools write them, cut down to what tells.
 *
 * @module
 */

interface Property {
  readonly name: string;
  readonly value: string;
}

/** Properties of one tool. */
function properties(prefix: string, values: Readonly<Record<string, string>>): readonly Property[] {
  return Object.entries(values).map(([name, value]) => ({ name: prefix + name, value }));
}

/** An inventory as bytes travel. */
export function bytes(document: unknown): Uint8Array {
  return new TextEncoder().encode(
    typeof document === 'string' ? document : JSON.stringify(document, undefined, 2),
  );
}

const LAYER = 'sha256:cc01584d2d01b86e25619f3eaa159869e1ce3f162a5d41c72112ccb8fd238e8f';

/** Syft 1 of an image of Debian. */
export const SYFT = {
  $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: 'urn:uuid:2f9cd8b3-24cf-4d4c-8f8d-0b8b0f9c7b4e',
  version: 1,
  metadata: {
    timestamp: '2024-05-01T10:00:00Z',
    tools: { components: [{ type: 'application', author: 'anchore', name: 'syft' }] },
    component: {
      'bom-ref': '6f83fabf9500417a',
      type: 'container',
      name: 'registry.example/debian-node',
      version: `sha256:${'a'.repeat(64)}`,
    },
  },
  components: [
    {
      'bom-ref':
        'pkg:deb/debian/adduser@3.134?arch=all&distro=debian-12&package-id=c02171bf930643dd',
      type: 'library',
      publisher: 'Debian Adduser Developers <adduser@packages.debian.org>',
      name: 'adduser',
      version: '3.134',
      licenses: [{ license: { id: 'GPL-2.0-only' } }],
      cpe: 'cpe:2.3:a:adduser:adduser:3.134:*:*:*:*:*:*:*',
      purl: 'pkg:deb/debian/adduser@3.134?arch=all&distro=debian-12',
      properties: properties('syft:', {
        'package:foundBy': 'dpkg-db-cataloger',
        'package:type': 'deb',
        'package:metadataType': 'dpkg-db-entry',
        'location:0:layerID': LAYER,
        'location:0:path': '/var/lib/dpkg/status',
        'metadata:installedSize': '686',
      }),
    },
    {
      type: 'library',
      name: 'libgcc-s1',
      version: '12.2.0-14+deb12u1',
      purl:
        'pkg:deb/debian/libgcc-s1@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12&upstream=gcc-12',
      externalReferences: [{
        url: 'pkg:deb/debian/gcc-12@12.2.0-14%2Bdeb12u1?arch=source&distro=debian-12',
        type: 'source-distribution',
      }],
      properties: properties('syft:metadata:', { installedSize: '140', source: 'gcc-12' }),
    },
    {
      type: 'library',
      name: 'bash',
      version: '5.2.15-2+b13',
      // Syft has no such qualifier in its first versions.
      purl: 'pkg:deb/debian/bash@5.2.15-2%2Bb13?arch=amd64&distro=debian-12',
      properties: properties('syft:metadata:', { source: 'bash', sourceVersion: '5.2.15-2' }),
    },
    {
      type: 'library',
      author: 'Angular Authors',
      name: '@angular-devkit/architect',
      version: '0.803.0',
      purl: 'pkg:npm/%40angular-devkit/architect@0.803.0',
      properties: properties('syft:package:', { language: 'javascript', type: 'npm' }),
    },
    // Found at two places.
    ...['a', 'b'].map((place) => ({
      type: 'library',
      name: 'JSONStream',
      version: '1.3.5',
      purl: 'pkg:npm/JSONStream@1.3.5',
      properties: properties('syft:location:0:', { path: `/${place}/package.json` }),
    })),
    { type: 'library', name: 'rxjs/ajax', version: 'UNKNOWN', purl: 'pkg:npm/rxjs/ajax' },
    {
      type: 'library',
      name: 'stdlib',
      version: 'go1.22.3',
      purl: 'pkg:golang/stdlib@1.22.3',
    },
    { type: 'library', name: 'Notifu', version: '1.6.1', cpe: 'cpe:2.3:a:Notifu:Notifu:1.6.1' },
    { type: 'application', name: 'node', version: '18.20.2', purl: 'pkg:generic/node@18.20.2' },
    {
      'bom-ref': 'os:debian@12',
      type: 'operating-system',
      name: 'debian',
      version: '12',
      description: 'Debian GNU/Linux 12 (bookworm)',
      swid: { tagId: 'debian', name: 'debian', version: '12' },
      properties: properties('syft:distro:', {
        id: 'debian',
        prettyName: 'Debian GNU/Linux 12 (bookworm)',
        versionCodename: 'bookworm',
        versionID: '12',
      }),
    },
    { 'bom-ref': 'f7', type: 'file', name: '/etc/adduser.conf', hashes: [] },
  ],
  dependencies: [{ ref: 'os:debian@12', dependsOn: [] }],
};

/** Packages of other distributions, as Syft has them in a document of theirs. */
export const SYFT_OTHERS = [
  {
    type: 'library',
    name: 'ca-certificates-base',
    version: '1:2.0.0-1.cm2',
    purl: 'pkg:rpm/mariner/ca-certificates-base@2.0.0-1.cm2?arch=noarch' +
      '&distro=mariner-2.0.20230811&epoch=1&upstream=ca-certificates-2.0.0-1.cm2.src.rpm',
    properties: properties('syft:metadata:', {
      epoch: '1',
      release: '1.cm2',
      sourceRpm: 'ca-certificates-2.0.0-1.cm2.src.rpm',
    }),
  },
  {
    type: 'library',
    name: 'nodejs',
    version: '1:18.20.8-1.module+el8.10.0',
    purl: 'pkg:rpm/redhat/nodejs@18.20.8-1.module%2Bel8.10.0?arch=x86_64&epoch=1&distro=rhel-8.10',
    properties: properties('syft:metadata:', {
      modularityLabel: 'nodejs:18:8100020250506132245:489197e6',
      sourceRpm: 'nodejs-18.20.8-1.module+el8.10.0.src.rpm',
    }),
  },
  {
    type: 'library',
    name: 'libcrypto1.1',
    version: '1.1.1s-r0',
    purl: 'pkg:apk/alpine/libcrypto1.1@1.1.1s-r0?arch=x86_64&distro=alpine-3.16.3',
    properties: properties('syft:metadata:', { originPackage: 'openssl' }),
  },
];

/** Trivy of an image of CentOS, with the parts of each file beside each other. */
export const TRIVY = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: {
    tools: [{ vendor: 'aquasecurity', name: 'trivy', version: '0.50.0' }],
    component: {
      'bom-ref': '3ff14136-e09f-4df9-80ea-000000000002',
      type: 'container',
      name: 'rails:latest',
      purl: `pkg:oci/rails@sha256:${'b'.repeat(64)}?arch=arm64`,
    },
  },
  components: [
    {
      'bom-ref': '3ff14136-e09f-4df9-80ea-000000000003',
      type: 'operating-system',
      name: 'centos',
      version: '8.3.2011',
      properties: properties('aquasecurity:trivy:', { Class: 'os-pkgs', Type: 'centos' }),
    },
    {
      type: 'library',
      name: 'acl',
      version: '2.2.53-1.el8',
      purl: 'pkg:rpm/centos/acl@2.2.53-1.el8?arch=aarch64&epoch=1&distro=centos-8.3.2011',
      properties: properties('aquasecurity:trivy:', {
        PkgID: 'acl@2.2.53-1.el8',
        PkgType: 'centos',
        SrcEpoch: '1',
        SrcName: 'acl',
        SrcRelease: '1.el8',
        SrcVersion: '2.2.53',
      }),
    },
    {
      type: 'library',
      name: 'python3-libs',
      version: '3.6.8-37.el8',
      purl: 'pkg:rpm/centos/python3-libs@3.6.8-37.el8?arch=aarch64&distro=centos-8.3.2011',
      properties: properties('aquasecurity:trivy:', {
        Modularitylabel: 'python36:3.6:8030020201104034153:24f1489c',
        SrcName: 'python3',
        SrcRelease: '37.el8',
        SrcVersion: '3.6.8',
      }),
    },
    {
      type: 'application',
      name: 'app/gobinary/gobinary',
      properties: properties('aquasecurity:trivy:', { Class: 'lang-pkgs', Type: 'gobinary' }),
    },
    {
      type: 'library',
      name: 'github.com/Masterminds/semver/v3',
      version: 'v3.2.1',
      purl: 'pkg:golang/github.com/masterminds/semver/v3@v3.2.1',
      properties: properties('aquasecurity:trivy:', { PkgType: 'gobinary' }),
    },
    {
      type: 'library',
      group: 'org.springframework',
      name: 'spring-web',
      version: '5.3.22',
      purl: 'pkg:maven/org.springframework/spring-web@5.3.22',
      properties: properties('aquasecurity:trivy:', { SrcName: 'x:y', SrcVersion: '1' }),
    },
    {
      type: 'library',
      name: 'Zope.Interface',
      version: '5.5',
      purl: 'pkg:pypi/zope.interface@5.5',
    },
    { type: 'library', group: '@scope', name: 'Name', version: '1', purl: 'pkg:npm/@scope/name@1' },
  ],
};

/** Trivy's packages of Debian and Alpine. */
export const TRIVY_OTHERS = [
  {
    type: 'library',
    name: 'libexample1',
    version: '1:2.3-4+b2',
    purl: 'pkg:deb/debian/libexample1@2.3-4%2Bb2?arch=amd64&distro=debian-12.5&epoch=1',
    properties: properties('aquasecurity:trivy:', {
      SrcEpoch: '1',
      SrcName: 'example',
      SrcRelease: '4',
      SrcVersion: '2.3',
    }),
  },
  {
    type: 'library',
    name: 'libcrypto3',
    version: '3.1.4-r5',
    purl: 'pkg:apk/alpine/libcrypto3@3.1.4-r5?arch=x86_64&distro=3.18.6',
    properties: properties('aquasecurity:trivy:', {
      SrcName: 'openssl',
      SrcVersion: '3.1.4-r5',
    }),
  },
];

function purlRef(referenceLocator: string, referenceCategory = 'PACKAGE-MANAGER') {
  return { referenceCategory, referenceType: 'purl', referenceLocator };
}

const SPDX = {
  spdxVersion: 'SPDX-2.3',
  dataLicense: 'CC0-1.0',
  SPDXID: 'SPDXRef-DOCUMENT',
  name: 'image',
  documentNamespace: 'https://example.org/image',
};

/** Syft tells the distribution by its packages alone. */
export const SYFT_SPDX = {
  ...SPDX,
  creationInfo: { creators: ['Organization: Anchore, Inc', 'Tool: syft-1.4.1'] },
  packages: [
    {
      name: 'libgcc-s1',
      SPDXID: 'SPDXRef-Package-deb-libgcc-s1-9454a77b5ea4561d',
      versionInfo: '12.2.0-14+deb12u1',
      supplier: 'NOASSERTION',
      downloadLocation: 'NOASSERTION',
      sourceInfo: 'acquired package info from DPKG DB: /var/lib/dpkg/status',
      externalRefs: [
        {
          referenceCategory: 'SECURITY',
          referenceType: 'cpe23Type',
          referenceLocator: 'cpe:2.3:a:libgcc-s1:libgcc-s1:12.2.0-14\\+deb12u1:*:*:*:*:*:*:*',
        },
        purlRef(
          'pkg:deb/debian/libgcc-s1@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12&upstream=gcc-12',
        ),
      ],
    },
    {
      name: 'lodash',
      SPDXID: 'SPDXRef-Package-npm-lodash-1',
      versionInfo: '4.17.20',
      externalRefs: [purlRef('pkg:npm/lodash@4.17.20')],
    },
    {
      name: 'registry.example/debian-node',
      SPDXID: 'SPDXRef-DocumentRoot-Image-registry.example-debian-node',
      versionInfo: `sha256:${'a'.repeat(64)}`,
      externalRefs: [purlRef(`pkg:oci/registry.example%2Fdebian-node@sha256%3A${'a'.repeat(64)}`)],
      primaryPackagePurpose: 'CONTAINER',
    },
  ],
};

/** Trivy before packages had purposes. */
export const TRIVY_SPDX_2_2 = {
  ...SPDX,
  spdxVersion: 'SPDX-2.2',
  creationInfo: { creators: ['Tool: trivy', 'Organization: aquasecurity'] },
  packages: [
    {
      SPDXID: 'SPDXRef-OperatingSystem-bd17bf9010aa612c',
      filesAnalyzed: false,
      name: 'alpine',
      versionInfo: '3.16.0',
    },
    {
      SPDXID: 'SPDXRef-Package-b7ebaf0233f1ef7b',
      attributionTexts: ['LayerDiffID: sha256:dd565ff850e7'],
      externalRefs: [
        purlRef('pkg:apk/alpine/libssl1.1@1.1.1w-r1?distro=3.16.0', 'PACKAGE_MANAGER'),
      ],
      name: 'libssl1.1',
      sourceInfo: 'built package from: openssl 1.1.1w-r1',
      versionInfo: '1.1.1w-r1',
    },
    {
      SPDXID: 'SPDXRef-Package-2a53baa495b9ddaf',
      externalRefs: [purlRef('pkg:maven/org.codehaus.mojo/child-project@1.0')],
      name: 'org.codehaus.mojo:child-project',
      versionInfo: '1.0',
    },
  ],
};

/** Trivy today, of a distribution that it names its own way. */
export const TRIVY_SPDX = {
  ...SPDX,
  creationInfo: { creators: ['Organization: aquasecurity', 'Tool: trivy-0.58.0'] },
  packages: [
    {
      name: 'redhat',
      SPDXID: 'SPDXRef-OperatingSystem-20f7fa3049cc748c',
      versionInfo: '8.9',
      primaryPackagePurpose: 'OPERATING-SYSTEM',
    },
    {
      name: 'usr/lib/node_modules/npm/package.json',
      SPDXID: 'SPDXRef-Application-1',
      primaryPackagePurpose: 'APPLICATION',
    },
    {
      name: 'bind-libs',
      SPDXID: 'SPDXRef-Package-2',
      versionInfo: '32:9.11.36-11.el8',
      sourceInfo: 'built package from: bind 32:9.11.36-11.el8',
      externalRefs: [
        purlRef('pkg:rpm/redhat/bind-libs@9.11.36-11.el8?arch=x86_64&distro=redhat-8.9&epoch=32'),
      ],
      primaryPackagePurpose: 'LIBRARY',
    },
  ],
};
