import { describe, expect, it } from 'vitest';
import type { Layers } from '../../../core/imports/artifacts.ts';
import { type ImportedPackages, readPackages } from '../../../core/imports/packages.ts';
import { TidewaiterError } from '../../../core/errors.ts';
import { Distribution, Package } from '../../../jobs/contract/index.ts';
import { digestOf } from '../catalog/samples.ts';
import { mulberry32 } from '../policy/samples.ts';
import { DIFF_ID, olderDocument, syftDocument } from './samples.ts';

const LOWER = digestOf('lower');
const UPPER = digestOf('upper');
const LAYERS: Layers = { byDiffId: new Map([[DIFF_ID, LOWER]]), fallback: UPPER };

function read(document: unknown): ImportedPackages {
  return readPackages(Buffer.from(JSON.stringify(document)), LAYERS);
}

describe('a package document', () => {
  it('of today gives packages as reports have them', () => {
    const told = read(syftDocument());
    expect(told.packages).toEqual([
      {
        type: 'deb',
        name: 'libssl3',
        version: '3.0.9-1',
        architecture: 'amd64',
        source: { name: 'openssl', version: '3.0.9-1' },
        licenses: ['Apache-2.0'],
        origin: 'Debian OpenSSL Team',
        purl: 'pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12&upstream=openssl',
        location: '/var/lib/dpkg/status',
        layer: LOWER,
      },
      {
        type: 'deb',
        name: 'python3-requests',
        version: '2.28.1-1',
        licenses: [],
        purl: 'pkg:deb/debian/python3-requests@2.28.1-1',
        location: '/var/lib/dpkg/status',
        layer: UPPER,
      },
      {
        type: 'pypi',
        name: 'requests',
        version: '2.28.1',
        licenses: ['Apache 2.0'],
        purl: 'pkg:pypi/requests@2.28.1',
        location: '/usr/lib/python3/dist-packages/requests',
        layer: UPPER,
        owner: 'python3-requests',
      },
      {
        type: 'npm',
        name: '@angular/core',
        version: '17.3.0',
        licenses: ['MIT'],
        purl: 'pkg:npm/%40angular/core@17.3.0',
        location: '/app/node_modules/@angular/core/package.json',
        layer: LOWER,
      },
    ]);
    expect(told).toMatchObject({
      distribution: { id: 'debian', version: '12', like: [] },
      leftOut: [],
      manifestDigest: undefined,
      size: 1234,
      sizes: new Map([[DIFF_ID, 1000]]),
    });
  });

  it('of older versions does so, too', () => {
    const told = read(olderDocument());
    expect(told.packages).toMatchObject([
      {
        type: 'rpm',
        name: 'nodejs',
        version: '1:10.24.0-1.module_el8',
        architecture: 'x86_64',
        licenses: ['MIT and ASL 2.0'],
        origin: 'CentOS',
        purl:
          'pkg:rpm/centos/nodejs@10.24.0-1.module_el8?arch=x86_64&epoch=1&rpmmod=nodejs%3A10%3A8030020210118191659%3A229f0a1c',
      },
      {
        type: 'maven',
        name: 'log4j-core',
        version: '2.14.1',
        purl: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1',
      },
    ]);
    expect(told.distribution).toEqual({ id: 'centos', version: '8', like: ['rhel', 'fedora'] });
    expect(told.size).toBe(4321);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no version', { name: 'a', type: 'npm', purl: 'pkg:npm/a' }, 'has no version'],
    ['no URL and an odd type', { name: 'a', version: '1', type: 'odd' }, 'has no package URL'],
    ['no URL and no name', { version: '1', type: 'npm' }, 'has no package URL'],
    ['a URL that is none', { name: 'a', version: '1', purl: 'npm/a@1' }, 'does not begin'],
    ['the image itself', { name: 'a', version: '1', purl: 'pkg:oci/a@1' }, 'names an image'],
    ['a name too long', { name: 'a', version: '1', purl: `pkg:npm/${'a'.repeat(1500)}@1` }, 'more'],
    ['a licence too long', {
      name: 'a',
      version: '1',
      purl: 'pkg:npm/a@1',
      licenses: ['x'.repeat(70_000)],
    }, 'too long'],
  ])('leaves out what has %s', (_, artifact, reason) => {
    const told = read(syftDocument({ artifacts: [artifact] }));
    expect(told.packages).toEqual([]);
    expect(told.leftOut).toEqual([
      { entry: artifact['name'] ?? '', reason: expect.stringContaining(reason) as string },
    ]);
  });

  it('leaves out artifacts that are none, and reads the rest', () => {
    const { artifacts } = syftDocument();
    const told = read(syftDocument({ artifacts: [null, 'x', [], ...artifacts], distro: 'odd' }));
    expect(told.packages).toHaveLength(4);
    expect(told.leftOut).toHaveLength(3);
    expect(told.distribution).toBe(null);
  });

  it.each<[string, string]>([
    ['', 'not valid JSON'],
    ['{', 'not valid JSON'],
    ['[]', 'has no list of artifacts'],
    ['null', 'has no list of artifacts'],
    ['{"artifacts": {}}', 'has no list of artifacts'],
    [`{"artifacts": ${'['.repeat(2000)}${']'.repeat(2000)}}`, 'parts within each other'],
    [`{"artifacts": [${'0,'.repeat(200_000)}0]}`, 'more than 200000 artifacts'],
  ])('is refused: %#', (text, message) => {
    expect(() => readPackages(Buffer.from(text), LAYERS))
      .toThrow(
        expect.objectContaining({
          status: 400,
          message: expect.stringContaining(message) as string,
        }),
      );
  });

  it('lets no package of the distribution be owned, nor own by another kind of relation', () => {
    const { artifacts } = syftDocument();
    const told = read(syftDocument({
      artifacts,
      artifactRelationships: [
        { parent: 'a2', child: 'a1', type: 'ownership-by-file-overlap' },
        { parent: 'a4', child: 'a3', type: 'ownership-by-file-overlap' },
        { parent: 'a2', child: 'a3', type: 'dependency-of' },
        { parent: 1 },
        null,
      ],
    }));
    expect(told.packages.map(({ owner }) => owner)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

/** Another value in the place of one, or none. */
function changed(value: unknown, random: () => number): unknown {
  const others: readonly unknown[] = [
    null,
    '',
    0,
    -1,
    1e300,
    true,
    [],
    {},
    [[]],
    '\u0000\ud800',
    'x'.repeat(5000),
    'pkg:npm/%zz@1',
    'pkg:deb/a/b@1?arch=%00&upstream=@',
    { value: { value: [] } },
    ['__proto__'],
  ];
  if (random() < 0.15) return others[Math.floor(random() * others.length)];
  if (Array.isArray(value)) {
    const items = value.map((item) => changed(item, random));
    return random() < 0.1 ? [...items, ...items] : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(() => random() > 0.03)
    .map(([key, item]) => [random() < 0.02 ? '__proto__' : key, changed(item, random)] as const);
  return Object.fromEntries(entries);
}

describe('any package document', () => {
  it('gives packages that a report may have, or is refused', () => {
    const random = mulberry32(16);
    let [packages, leftOut, refused] = [0, 0, 0];
    for (let turn = 0; turn < 1500; turn += 1) {
      const document = turn % 3 === 0 ? olderDocument() : syftDocument();
      try {
        const told = read(changed(document, random));
        for (const one of told.packages) expect(Package.parse(one)).toEqual(one);
        if (told.distribution !== null) Distribution.parse(told.distribution);
        packages += told.packages.length;
        leftOut += told.leftOut.length;
      } catch (error) {
        if (!(error instanceof TidewaiterError) || error.status !== 400) throw error;
        refused += 1;
      }
    }
    expect(packages).toBeGreaterThan(1000);
    expect(leftOut).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(100);
  });

  it('whose bytes are changed is refused or read', () => {
    const random = mulberry32(17);
    const text = Buffer.from(JSON.stringify(syftDocument()));
    let refused = 0;
    for (let turn = 0; turn < 500; turn += 1) {
      const bytes = Buffer.from(
        text.subarray(0, random() < 0.5 ? Math.floor(random() * text.length) : undefined),
      );
      for (let change = 0; change < 3; change += 1) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      try {
        const told = readPackages(bytes, LAYERS);
        for (const one of told.packages) expect(Package.parse(one)).toEqual(one);
      } catch (error) {
        if (!(error instanceof TidewaiterError) || error.status !== 400) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(200);
  });
});
