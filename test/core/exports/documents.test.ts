import { describe, expect, it } from 'vitest';
import { PackageURL } from 'packageurl-js';
import parse from 'spdx-expression-parse';
import { type ExportedImage, SBOM_FORMATS, writeSbom } from '../../../core/exports/index.ts';
import { cycloneDx, type CycloneDxDocument } from '../../../core/exports/cyclonedx.ts';
import { native } from '../../../core/exports/native.ts';
import { spdx, type SpdxDocument } from '../../../core/exports/spdx.ts';
import { digestOf } from '../catalog/samples.ts';
import { seeded } from '../../support/kills.ts';
import * as samples from './samples.ts';
import { cycloneDxProblems, SpdxSchema } from './schemas.ts';

const { IMAGE } = samples;
const BARE: ExportedImage = { ...IMAGE, references: [], distribution: null, packages: [] };
/** Nothing but what the formats must have. */
const ODDER: ExportedImage = {
  ...IMAGE,
  digest: `sha512:${'0'.repeat(128)}`,
  references: ['registry.example/Ünicode"/na me@sha256:0'],
  architecture: '',
  os: '',
  distribution: { id: 'weird / os', version: '', like: ['debian', 'x\n'] },
  analyzedAt: '2026-01-02T03:04:05.678Z',
};

function written<T extends object>(document: T): T {
  return JSON.parse(JSON.stringify(document)) as T;
}

function shuffled(image: ExportedImage, seed: number): ExportedImage {
  const random = seeded(seed);
  const packages = image.packages.map((found) => ({ found, at: random() }))
    .sort((a, b) => a.at - b.at).map(({ found }) => found);
  return { ...image, packages };
}

describe('every document', () => {
  it.each(SBOM_FORMATS)('%s has the same bytes for the same image', (format) => {
    const text = writeSbom(format, IMAGE)?.text;
    expect(text).toBeDefined();
    for (const seed of [1, 2, 3]) {
      expect(writeSbom(format, shuffled(structuredClone(IMAGE), seed))?.text).toBe(text);
    }
    for (
      const other of [
        { analyzedAt: '2026-01-02T03:04:06Z' },
        { digest: digestOf('other') },
        { packages: IMAGE.packages.slice(1) },
      ]
    ) expect(writeSbom(format, { ...IMAGE, ...other })?.text).not.toBe(text);
  });

  it.each([
    ['cyclonedx', 'application/vnd.cyclonedx+json; version=1.6', 'cdx.json'],
    ['spdx', 'application/spdx+json', 'spdx.json'],
    ['native', 'application/json', 'json'],
  ])('%s travels as %s', (format, contentType, ending) => {
    const hash = IMAGE.digest.slice(7, 19);
    const fileName = `App-Server-${hash}.${ending}`;
    expect(writeSbom(format, IMAGE)).toMatchObject({ contentType, fileName });
    expect(writeSbom(format, ODDER)?.fileName).toBe(`na-me-000000000000.${ending}`);
  });

  it.each(['xml', 'constructor', '', 'SPDX'])('is none in the format "%s"', (format) => {
    expect(writeSbom(format, IMAGE)).toBeUndefined();
  });
});

describe('a CycloneDX document', () => {
  it.each<[string, ExportedImage]>([['full', IMAGE], ['bare', BARE], ['odd', ODDER]])(
    'fits the schema, %s',
    (_name, image) => {
      expect(cycloneDxProblems(written(cycloneDx(image)))).toEqual([]);
    },
  );

  it('that is broken does not fit', () => {
    const document = written(cycloneDx(IMAGE));
    const [first] = document.components;
    expect(cycloneDxProblems({ ...document, serialNumber: 'x' })).not.toEqual([]);
    expect(cycloneDxProblems({ ...document, components: [{ ...first, type: 'x' }] })).not.toEqual(
      [],
    );
    expect(
      cycloneDxProblems({
        ...document,
        components: [{ ...first, licenses: [{ license: { id: 'x' } }] }],
      }),
    )
      .not.toEqual([]);
  });

  const document: CycloneDxDocument = written(cycloneDx(IMAGE));
  const component = (name: string) => document.components.filter((each) => each.name === name);

  it('is about the image and its distribution', () => {
    expect(document.metadata).toMatchObject({
      timestamp: IMAGE.analyzedAt,
      component: {
        type: 'container',
        name: 'App-Server',
        version: IMAGE.digest,
        purl: `pkg:oci/app-server@${IMAGE.digest}` +
          '?arch=amd64&repository_url=registry.example:5000%2Fteam%2FApp-Server&tag=1.0',
      },
    });
    expect(document.components[0]).toMatchObject({
      type: 'operating-system',
      name: 'debian',
      version: '12',
    });
    expect(document.serialNumber).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('has a component for each package, each with a name of its own', () => {
    expect(document.components).toHaveLength(IMAGE.packages.length + 1);
    const refs = [document.metadata.component, ...document.components]
      .map((each) => each['bom-ref']);
    expect(new Set(refs).size).toBe(refs.length);
    expect(component('lodash').map(({ purl }) => purl)).toEqual([
      'pkg:npm/lodash@4.17.20',
      'pkg:npm/lodash@4.17.20',
      'pkg:npm/lodash@4.17.20',
    ]);
  });

  it('keeps the names of components when others come and go', () => {
    const less = cycloneDx({ ...IMAGE, packages: [samples.DJANGO] });
    expect(less.components[1]?.['bom-ref']).toBe(component('Django')[0]?.['bom-ref']);
  });

  it('says of a package of a distribution what matchers need', () => {
    expect(component('libc6')).toEqual([{
      type: 'library',
      'bom-ref': expect.stringMatching(/^deb-libc6-[0-9a-f]{16}$/) as string,
      supplier: {
        name: 'GNU Libc Maintainers',
        contact: [{ email: 'debian-glibc@lists.debian.org' }],
      },
      publisher: 'GNU Libc Maintainers <debian-glibc@lists.debian.org>',
      name: 'libc6',
      version: '2.36-9+deb12u8',
      licenses: [{
        expression: 'LGPL-2.1-or-later AND GPL-2.0-only',
        acknowledgement: 'declared',
      }],
      cpe: 'cpe:2.3:a:gnu:glibc:2.36:*:*:*:*:*:*:*',
      purl: samples.LIBC.purl,
      evidence: { occurrences: [{ location: '/var/lib/dpkg/status' }] },
      properties: expect.arrayContaining([
        { name: 'tidewaiter:location', value: '/var/lib/dpkg/status' },
        { name: 'tidewaiter:layer', value: digestOf('layer') },
        { name: 'tidewaiter:architecture', value: 'amd64' },
        { name: 'tidewaiter:size', value: '12288000' },
        { name: 'tidewaiter:source-name', value: 'glibc' },
        { name: 'tidewaiter:source-version', value: '2.36-9+deb12u8' },
      ]) as unknown[],
    }]);
    expect(component('bind-libs')[0]).toMatchObject({
      version: '32:9.16.23-18.el9',
      purl: 'pkg:rpm/almalinux/bind-libs@9.16.23-18.el9?arch=x86_64&distro=almalinux-9.4&epoch=32' +
        '&upstream=bind-9.16.23-18.el9.src.rpm',
    });
  });

  it('says of packages of languages their groups and licences', () => {
    expect(component('core')[0]).toMatchObject({ group: '@angular', publisher: 'Angular Team' });
    expect(component('core')[0]?.supplier).toBeUndefined();
    expect(component('jackson-databind')[0]).toMatchObject({
      group: 'com.fasterxml.jackson.core',
      licenses: [{ license: { id: 'Apache-2.0' } }],
    });
    expect(component('github.com/gin-gonic/gin')[0]?.licenses).toBeUndefined();
    expect(component('rack')[0]?.licenses).toMatchObject([
      { license: { id: 'MIT' } },
      { license: { id: 'Ruby' } },
    ]);
    expect(component('bind-libs')[0]?.licenses).toMatchObject([
      { license: { name: 'MPLv2.0 and BSD-local' } },
    ]);
  });

  it('has package URLs that can be read', () => {
    const all = [document.metadata.component, ...document.components.slice(1)];
    for (const { purl = '' } of all) expect(() => PackageURL.fromString(purl)).not.toThrow();
    expect(PackageURL.fromString(document.metadata.component.purl ?? '')).toMatchObject({
      type: 'oci',
      name: 'app-server',
      version: IMAGE.digest,
      qualifiers: { repository_url: 'registry.example:5000/team/App-Server', tag: '1.0' },
    });
    const odd = PackageURL.fromString(cycloneDx(ODDER).metadata.component.purl ?? '');
    expect(odd).toMatchObject({ name: 'na me', version: ODDER.digest });
    const bare = cycloneDx(BARE).metadata.component;
    expect(bare.purl).toBe(`pkg:oci/${bare.name}@${IMAGE.digest}?arch=amd64`);
  });
});

/** What the specification of SPDX 2.3 asks of a document, as far as this product writes it. */
function expectSpdx(document: SpdxDocument): void {
  expect(SpdxSchema.safeParse(document).error?.issues ?? []).toEqual([]);
  expect(document).toMatchObject({
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    creationInfo: {
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      creators: ['Tool: tidewaiter-1.2.3'],
    },
  });
  expect(document.name).not.toBe('');
  expect(document.documentNamespace).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
  const ids = document.packages.map(({ SPDXID }) => SPDXID);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
  const [described, ...contained] = document.relationships;
  expect(described).toEqual({
    spdxElementId: 'SPDXRef-DOCUMENT',
    relationshipType: 'DESCRIBES',
    relatedSpdxElement: ids[0],
  });
  expect(contained.map(({ relatedSpdxElement }) => relatedSpdxElement)).toEqual(ids.slice(1));
  const extracted = document.hasExtractedLicensingInfos ?? [];
  const references = extracted.map(({ licenseId }) => licenseId);
  expect(new Set(references).size).toBe(references.length);
  for (const { licenseId, extractedText } of extracted) {
    expect(licenseId).toMatch(/^LicenseRef-[A-Za-z0-9.-]+$/);
    expect(extractedText).not.toBe('');
  }
  const used = new Set<string>();
  for (const each of document.packages) {
    expect(each.name).not.toBe('');
    expect(each).toMatchObject({ downloadLocation: 'NOASSERTION', filesAnalyzed: false });
    for (const actor of [each.supplier, each.originator]) {
      expect(actor ?? 'NOASSERTION').toMatch(
        /^(?:NOASSERTION|(?:Person|Organization): [^()\n]+(?: \([^()\s]+@[^()\s]+\))?)$/,
      );
    }
    if (each.licenseDeclared === 'NOASSERTION') continue;
    expect(() => parse(each.licenseDeclared)).not.toThrow();
    for (const [ref] of each.licenseDeclared.matchAll(/LicenseRef-[A-Za-z0-9.-]+/g)) used.add(ref);
  }
  expect([...used].sort()).toEqual(references.sort());
}

describe('an SPDX document', () => {
  it.each<[string, ExportedImage]>([['full', IMAGE], ['bare', BARE], ['odd', ODDER]])(
    'has what the specification asks for, %s',
    (_name, image) => {
      expectSpdx(written(spdx(image)));
    },
  );

  const document: SpdxDocument = written(spdx(IMAGE));
  const named = (name: string) => document.packages.filter((each) => each.name === name);

  it('tells of the image by its digest', () => {
    expect(document.packages[0]).toMatchObject({
      name: 'App-Server',
      versionInfo: IMAGE.digest,
      checksums: [{ algorithm: 'SHA256', checksumValue: IMAGE.digest.slice(7) }],
      primaryPackagePurpose: 'CONTAINER',
    });
    expect(named('lodash')[0]?.checksums).toBeUndefined();
  });

  it('refers to packages by package URL and CPE', () => {
    expect(named('lodash')[0]?.externalRefs?.slice(0, 2)).toEqual([
      {
        referenceCategory: 'PACKAGE-MANAGER',
        referenceType: 'purl',
        referenceLocator: 'pkg:npm/lodash@4.17.20',
      },
      {
        referenceCategory: 'SECURITY',
        referenceType: 'cpe23Type',
        referenceLocator: 'cpe:2.3:a:lodash:lodash:4.17.20:*:*:*:*:node.js:*:*',
      },
    ]);
  });

  it('says who supplies packages of a distribution, and who wrote the others', () => {
    expect(named('libc6')[0]).toMatchObject({
      supplier: 'Organization: GNU Libc Maintainers (debian-glibc@lists.debian.org)',
      licenseDeclared: 'LGPL-2.1-or-later AND GPL-2.0-only',
      sourceInfo: `told of by /var/lib/dpkg/status in layer ${digestOf('layer')}`,
    });
    expect(named('busybox-binsh')[0]?.supplier)
      .toBe('Person: Sören Tempel (soeren+alpine@soeren-tempel.net)');
    expect(named('lodash')[0]).toMatchObject({
      supplier: 'NOASSERTION',
      originator: 'Person: John-David Dalton (john.david.dalton@gmail.com)',
    });
  });

  it('refers to what has no identifier', () => {
    const text = (name: string) => {
      const declared = named(name)[0]?.licenseDeclared;
      return document.hasExtractedLicensingInfos
        ?.filter(({ licenseId }) => declared?.includes(licenseId))
        .map(({ extractedText }) => extractedText);
    };
    expect(text('rack')).toEqual(['MIT, Ruby']);
    expect(text('bind-libs')).toEqual(['MPLv2.0 and BSD-local']);
    expect(text(samples.ODD.name)).toEqual([
      'SEE LICENSE IN <LICENSE>',
      'x'.repeat(20_000),
      '((MIT',
      '许可证',
    ]);
    expect(named('github.com/gin-gonic/gin')[0]?.licenseDeclared).toBe('NOASSERTION');
    const mixed = spdx({
      ...IMAGE,
      packages: [{ ...samples.LIBC, licenses: ['GPL-2 or Expat', 'custom'] }],
    });
    expect(mixed.packages[2]?.licenseDeclared)
      .toMatch(/^\(GPL-2\.0-only OR MIT\) AND LicenseRef-custom-[0-9a-f]{8}$/);
  });
});

describe('the native document', () => {
  it('has all that is known', () => {
    const { packages, distribution, layers, productVersion, ...image } = IMAGE;
    const document = written(native(IMAGE));
    expect(document).toEqual({
      kind: 'tidewaiter-sbom',
      version: 1,
      generator: { name: 'tidewaiter', version: productVersion },
      image,
      distribution,
      layers,
      packages: expect.arrayContaining([...packages]) as unknown[],
    });
    expect(document.packages).toHaveLength(packages.length);
  });
});
