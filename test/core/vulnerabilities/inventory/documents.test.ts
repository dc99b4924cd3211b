import { describe, expect, it } from 'vitest';
import {
  type Inventory,
  type InventoryPackage,
  readInventory,
} from '../../../../core/vulnerabilities/inventory/index.ts';
import { writeSbom } from '../../../../core/exports/index.ts';
import type { Package } from '../../../../jobs/contract/index.ts';
import { IMAGE, ODD } from '../../exports/samples.ts';
import {
  bytes,
  SYFT,
  SYFT_OTHERS,
  SYFT_SPDX,
  TRIVY,
  TRIVY_OTHERS,
  TRIVY_SPDX,
  TRIVY_SPDX_2_2,
} from './samples.ts';

interface Noted extends Inventory {
  readonly notes: readonly string[];
}

function read(document: unknown): Noted {
  const notes: string[] = [];
  const inventory = readInventory(
    bytes(document),
    'sbom.json',
    (entry, reason) => notes.push(`${entry} ${reason}`),
  );
  return { ...inventory, notes };
}

/** Name, version and source of each package. */
function shown({ packages }: Inventory): readonly string[] {
  return packages.map(({ type, name, version, source }) =>
    `${type} ${name} ${version}${
      source === undefined ? '' : ` of ${source.name} ${source.version}`
    }`
  );
}

function named({ packages }: Inventory, name: string): InventoryPackage {
  const found = packages.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

const DEBIAN = { id: 'debian', version: '12', like: [] };

/** A document of CycloneDX with these components alone. */
function cycloneDx(components: unknown, more: Readonly<Record<string, unknown>> = {}) {
  return { bomFormat: 'CycloneDX', specVersion: '1.5', components, ...more };
}

describe('CycloneDX', () => {
  it('of Syft has packages, their sources and the distribution', () => {
    const inventory = read(SYFT);
    expect(shown(inventory)).toEqual([
      'deb adduser 3.134',
      'deb libgcc-s1 12.2.0-14+deb12u1 of gcc-12 12.2.0-14+deb12u1',
      'deb bash 5.2.15-2+b13 of bash 5.2.15-2',
      'npm @angular-devkit/architect 0.803.0',
      'npm JSONStream 1.3.5',
      'golang stdlib 1.22.3',
      'generic node 18.20.2',
    ]);
    expect(inventory.distribution).toEqual(DEBIAN);
    expect(inventory.notes).toEqual([
      'pkg:npm/rxjs/ajax has no version',
      'Notifu has no package URL',
    ]);
    expect(named(inventory, 'adduser')).toEqual({
      type: 'deb',
      name: 'adduser',
      version: '3.134',
      architecture: 'all',
      purl: 'pkg:deb/debian/adduser@3.134?arch=all&distro=debian-12',
      distribution: DEBIAN,
    });
    expect(named(inventory, 'JSONStream').distribution).toBeUndefined();
  });

  it('of Syft has sources of rpm and apk, and modules', () => {
    const inventory = read({ ...SYFT, specVersion: '1.7', components: SYFT_OTHERS });
    expect(shown(inventory)).toEqual([
      'rpm ca-certificates-base 1:2.0.0-1.cm2 of ca-certificates 1:2.0.0-1.cm2',
      'rpm nodejs 1:18.20.8-1.module+el8.10.0',
      'apk libcrypto1.1 1.1.1s-r0 of openssl 1.1.1s-r0',
    ]);
    expect(named(inventory, 'nodejs').module).toBe('nodejs:18:8100020250506132245:489197e6');
    expect(inventory.distribution).toBeNull();
    expect(inventory.packages.map(({ distribution }) => distribution?.id))
      .toEqual(['mariner', 'rhel', 'alpine']);
    expect(inventory.notes).toEqual([]);
  });

  it('of Trivy has versions of sources in parts, and names with their case', () => {
    const inventory = read(TRIVY);
    expect(shown(inventory)).toEqual([
      'rpm acl 1:2.2.53-1.el8',
      'rpm python3-libs 3.6.8-37.el8 of python3 3.6.8-37.el8',
      'golang github.com/Masterminds/semver/v3 v3.2.1',
      'maven spring-web 5.3.22',
      'pypi Zope.Interface 5.5',
      'npm @scope/Name 1',
    ]);
    expect(inventory.distribution).toEqual({ id: 'centos', version: '8.3.2011', like: [] });
    expect(named(inventory, 'python3-libs').module)
      .toBe('python36:3.6:8030020201104034153:24f1489c');
    expect(inventory.notes).toEqual([]);
    const others = read({ ...TRIVY, components: TRIVY_OTHERS });
    expect(shown(others)).toEqual([
      'deb libexample1 1:2.3-4+b2 of example 1:2.3-4',
      'apk libcrypto3 3.1.4-r5 of openssl 3.1.4-r5',
    ]);
    expect(others.packages.map(({ distribution }) => distribution)).toEqual([
      { id: 'debian', version: '12.5', like: [] },
      { id: 'alpine', version: '3.18.6', like: [] },
    ]);
  });

  it('has components within components, the subject, and what is not shipped', () => {
    const inventory = read(cycloneDx([
      {
        type: 'framework',
        name: 'outer',
        purl: 'pkg:npm/outer@1',
        components: [{
          type: 'library',
          name: 'inner',
          purl: 'pkg:npm/inner@2',
          components: [{ type: 'library', name: 'core', purl: 'pkg:npm/core', version: '3' }],
        }],
      },
      { type: 'library', scope: 'excluded', name: 'test', purl: 'pkg:npm/test@4' },
      { type: 'file', name: 'x.jar', purl: 'pkg:maven/g/x@5' },
    ], {
      metadata: {
        component: {
          type: 'application',
          name: 'app',
          purl: 'pkg:npm/app@0',
          components: [{ type: 'library', name: 'part', purl: 'pkg:npm/part@1' }],
        },
      },
    }));
    expect(shown(inventory).toSorted()).toEqual([
      'maven x 5',
      'npm app 0',
      'npm core 3',
      'npm inner 2',
      'npm outer 1',
      'npm part 1',
      'npm test 4',
    ]);
    expect(inventory.distribution).toBeNull();
  });

  it('loses no more than what is wrong', () => {
    const inventory = read(cycloneDx([
      null,
      'x',
      { type: 'library', name: 'a', purl: 7 },
      { type: 7, name: 7, version: 7, group: 7, purl: 'pkg:npm/b@1', properties: 7 },
      {
        name: 'c',
        purl: 'pkg:deb/debian/c@1',
        components: 'x',
        properties: [
          null,
          { name: 'syft:metadata:source' },
          { name: 'syft:metadata:source', value: 's' },
          { name: 'syft:metadata:source', value: 't' },
        ],
      },
      { type: 'library', name: 'd', purl: 'pkg:npm/%zz@1' },
      { type: 'library', name: 'e' },
      { type: 'operating-system', name: '', version: '1' },
    ], { metadata: 'x' }));
    expect(shown(inventory)).toEqual(['npm b 1', 'deb c 1 of s 1']);
    expect(inventory.notes).toHaveLength(5);
    expect(inventory.notes[3]).toBe('pkg:npm/%zz@1 has a percent sign that encodes nothing');
  });

  it.each([['1.2', true], ['1.3', true], ['1.4', true], ['1.6', true], ['1.10', true]])(
    'is read in the version %s',
    (specVersion) => {
      expect(shown(read(cycloneDx([{ name: 'a', purl: 'pkg:npm/a@1' }], { specVersion }))))
        .toEqual(['npm a 1']);
    },
  );

  it('knows a distribution without a number by its codename, and what it is like', () => {
    const system = (properties: unknown, version?: string) =>
      read(cycloneDx([{ type: 'operating-system', name: 'Debian', version, properties }]))
        .distribution;
    const codename = [{ name: 'syft:distro:versionCodename', value: 'trixie' }];
    expect(system(codename)).toEqual({ id: 'debian', version: 'trixie', like: [] });
    expect(system(codename, '13')).toEqual({ id: 'debian', version: '13', like: [] });
    expect(system([{ name: 'syft:distro:idLike:0', value: 'rhel' }], '9'))
      .toEqual({ id: 'debian', version: '9', like: ['rhel'] });
  });

  it('takes the distribution that its packages agree on where it tells of none', () => {
    const component = (purl: string) => ({ name: 'x', purl });
    const alike = read(cycloneDx([
      component('pkg:deb/debian/a@1?distro=debian-12'),
      component('pkg:deb/debian/b@1'),
    ]));
    expect(alike.distribution).toEqual(DEBIAN);
    const mixed = read(cycloneDx([
      component('pkg:deb/debian/a@1?distro=debian-12'),
      component('pkg:apk/alpine/b@1?distro=3.18.4'),
    ]));
    expect(mixed.distribution).toBeNull();
    expect(mixed.packages.map(({ distribution }) => distribution?.version))
      .toEqual(['12', '3.18.4']);
  });

  it('of several systems has no distribution of its own', () => {
    const inventory = read(cycloneDx([
      { type: 'operating-system', name: 'debian', version: '12' },
      { type: 'operating-system', name: 'alpine', version: '3.18' },
      { type: 'library', name: 'a', purl: 'pkg:deb/debian/a@1?distro=debian-12' },
    ]));
    expect(inventory).toMatchObject({ distribution: null, packages: [{ distribution: DEBIAN }] });
    expect(inventory.notes).toHaveLength(1);
  });

  it('completes what a package leaves out of its distribution', () => {
    const [own, other] = read(cycloneDx([
      {
        type: 'operating-system',
        name: 'rocky',
        version: '9.3',
        properties: [{ name: 'tidewaiter:like', value: 'rhel' }],
      },
      { name: 'a', purl: 'pkg:rpm/rocky/a@1-1?distro=rocky' },
      { name: 'b', purl: 'pkg:rpm/rocky/b@1-1?distro=rocky-8.9' },
    ])).packages;
    expect(own?.distribution).toEqual({ id: 'rocky', version: '9.3', like: ['rhel'] });
    expect(other?.distribution).toEqual({ id: 'rocky', version: '8.9', like: [] });
  });
});

describe('SPDX', () => {
  it('of Syft has packages that tell of the distribution', () => {
    const inventory = read(SYFT_SPDX);
    expect(shown(inventory)).toEqual([
      'deb libgcc-s1 12.2.0-14+deb12u1 of gcc-12 12.2.0-14+deb12u1',
      'npm lodash 4.17.20',
    ]);
    expect(inventory).toMatchObject({ distribution: DEBIAN, notes: [] });
  });

  it('of Trivy has the distribution and sources', () => {
    const inventory = read(TRIVY_SPDX);
    expect(shown(inventory)).toEqual(['rpm bind-libs 32:9.11.36-11.el8 of bind 32:9.11.36-11.el8']);
    expect(inventory.distribution).toEqual({ id: 'rhel', version: '8.9', like: [] });
    expect(inventory.notes).toEqual([]);
    const older = read(TRIVY_SPDX_2_2);
    expect(shown(older)).toEqual([
      'apk libssl1.1 1.1.1w-r1 of openssl 1.1.1w-r1',
      'maven child-project 1.0',
    ]);
    expect(older.distribution).toEqual({ id: 'alpine', version: '3.16.0', like: [] });
  });

  it('loses no more than what is wrong', () => {
    const ref = (referenceLocator: unknown, referenceType: unknown = 'purl') => ({
      referenceCategory: 'PACKAGE-MANAGER',
      referenceType,
      referenceLocator,
    });
    const inventory = read({
      spdxVersion: 'SPDX-2.3',
      packages: [
        7,
        { name: 'a', versionInfo: '2', externalRefs: [null, ref(7), ref('pkg:npm/a', 'x/purl')] },
        { name: 'b', externalRefs: [ref('pkg:npm/b@1'), ref('pkg:npm/c@1')], versionInfo: 7 },
        { name: 'd', versionInfo: '1', externalRefs: 7 },
        { name: 'e', externalRefs: [ref('npm/e@1')] },
        { name: 'f', primaryPackagePurpose: 'ARCHIVE' },
        { name: 'g', versionInfo: 'NOASSERTION', externalRefs: [ref('pkg:npm/g')] },
        {
          name: 'h',
          sourceInfo: 'built package from: ',
          externalRefs: [ref('pkg:deb/debian/h@1?upstream=i')],
        },
      ],
    });
    expect(shown(inventory)).toEqual(['npm a 2', 'npm b 1', 'deb h 1 of i 1']);
    expect(inventory.notes).toEqual([
      'a package is none',
      'd has no package URL',
      'npm/e@1 does not begin with "pkg:"',
      'pkg:npm/g has no version',
    ]);
  });
});

/** A package of an image as far as documents tell. */
function told({ type, name, version, source }: Package): unknown {
  return { type, name, version, source };
}

describe.each(['cyclonedx', 'spdx'])('what this product exports as %s', (format) => {
  const packages = IMAGE.packages.filter((found) => found !== ODD);
  const sbom = writeSbom(format, { ...IMAGE, packages });

  it('comes back as the analysis had it', () => {
    const inventory = read(sbom?.text);
    const expected = new Set(packages.map((found) => JSON.stringify(told(found))));
    expect(
      new Set(inventory.packages.map((found) => JSON.stringify(told({ ...found } as Package)))),
    )
      .toEqual(expected);
    expect(inventory.distribution).toEqual(IMAGE.distribution);
    expect(inventory.notes).toEqual([]);
  });

  it('keeps the distribution of packages that are of another', () => {
    const inventory = read(sbom?.text);
    expect(named(inventory, 'libc6').distribution).toEqual(DEBIAN);
    expect(named(inventory, 'busybox-binsh').distribution)
      .toEqual({ id: 'alpine', version: '3.20.3', like: [] });
    expect(named(inventory, 'bind-libs')).toMatchObject({
      architecture: 'x86_64',
      distribution: { id: 'almalinux', version: '9.4' },
    });
    expect(named(inventory, 'rack').distribution).toBeUndefined();
  });

  it('has no distribution where the image has none', () => {
    const bare = writeSbom(format, { ...IMAGE, distribution: null, packages: [] });
    expect(read(bare?.text)).toEqual({ packages: [], distribution: null, notes: [] });
  });
});

it('an export as CycloneDX tells what the distribution is like', () => {
  const distribution = { id: 'rocky', version: '9.3', like: ['rhel', 'centos', 'fedora'] };
  const sbom = writeSbom('cyclonedx', { ...IMAGE, distribution });
  expect(read(sbom?.text).distribution).toEqual(distribution);
});
