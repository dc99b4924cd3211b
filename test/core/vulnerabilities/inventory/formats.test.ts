import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { TidewaiterError } from '../../../../core/errors.ts';
import { writeSbom } from '../../../../core/exports/index.ts';
import {
  LARGEST_INVENTORY,
  readInventory,
} from '../../../../core/vulnerabilities/inventory/index.ts';
import { IMAGE } from '../../exports/samples.ts';
import { seeded } from '../../../support/kills.ts';
import { bytes, SYFT, SYFT_SPDX, TRIVY, TRIVY_SPDX } from './samples.ts';
import { cpuMs } from '../../../support/cpu.ts';

function read(content: unknown) {
  const notes: string[] = [];
  const { packages } = readInventory(
    content instanceof Uint8Array ? content : bytes(content),
    'packages.txt',
    (entry, reason) => notes.push(`${entry} ${reason}`),
  );
  return { names: packages.map(({ name, version }) => `${name} ${version}`), notes };
}

function refusal(content: unknown): TidewaiterError {
  try {
    read(content);
  } catch (error) {
    if (error instanceof TidewaiterError) return error;
    throw error;
  }
  throw new Error('it was read');
}

const LIST = `# What the host has
pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl

  pkg:npm/%40angular/core@17.3.0\t# the framework
pkg:golang/github.com/go-redis/redis@v8.11.5#v8
lodash@4.17.20
pkg:npm/lodash
pkg:generic/a b@1
#pkg:npm/left-pad@1
PKG:gem/rack@2.2.3
pkg:gem/rack@2.2.3`;

describe('a list of package URLs', () => {
  it.each<[string, string, (text: string) => string]>([
    ['Unix', '\n', (text) => text],
    ['Windows', '\r\n', (text) => `${text}\r\n`],
  ])('with the line ends of %s has one a line', (_system, end, made) => {
    expect(read(made(LIST.replaceAll('\n', end)))).toEqual({
      names: [
        'libssl3 3.0.11-1~deb12u2',
        '@angular/core 17.3.0',
        'github.com/go-redis/redis/v8 v8.11.5',
        'a b 1',
        'rack 2.2.3',
        'rack 2.2.3',
      ],
      notes: ['line 6 does not begin with "pkg:"', 'line 7 has no version'],
    });
  });

  it('tells of the distribution', () => {
    expect(readInventory(bytes(LIST), 'x', () => {}).distribution)
      .toEqual({ id: 'debian', version: '12', like: [] });
  });

  it('has every package once', () => {
    expect(read('pkg:npm/a@1\npkg:npm/a@1\npkg:npm/a@2').names).toEqual(['a 1', 'a 2']);
  });

  it.each<[string, (text: string) => Uint8Array]>([
    ['UTF-8 with a mark', (text) => Buffer.from(`\ufeff${text}`)],
    ['UTF-16', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 with the high byte first', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ])('may be %s, as documents may', (_encoding, encoded) => {
    expect(read(encoded('pkg:npm/ä@1')).names).toEqual(['ä 1']);
    const document = '{"bomFormat":"CycloneDX","specVersion":"1.5",' +
      '"components":[{"name":"a","purl":"pkg:npm/a@1"}]}';
    expect(read(encoded(document)).names).toEqual(['a 1']);
  });
});

describe('what is no inventory that is read', () => {
  it.each<[string, unknown, RegExp]>([
    ['XML', '<?xml version="1.0"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.5"/>', /as XML/],
    ['other XML', '\n <rdf:RDF/>', /is XML/],
    ['tags and values', 'SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n', /tags/],
    [
      'SPDX 3',
      { '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld', '@graph': [] },
      /SPDX 3/,
    ],
    ['SPDX 3 in a list', { '@context': ['https://spdx.org/rdf/3.0.0/x'] }, /SPDX 3/],
    ['SPDX of later', { spdxVersion: 'SPDX-3.0', packages: [] }, /SPDX-3\.0/],
    ['SPDX of no version', { spdxVersion: 'x'.repeat(1000), packages: [] }, /x{20}:/],
    ['CycloneDX 2', { bomFormat: 'CycloneDX', specVersion: '2.0', components: [] }, /2\.0/],
    ['CycloneDX 1.1', { bomFormat: 'CycloneDX', specVersion: '1.1', components: [] }, /1\.1/],
    ['other JSON', { artifacts: [], descriptor: { name: 'syft' } }, /JSON/],
    ['a list in JSON', ['pkg:npm/a@1'], /JSON/],
    ['the native export', writeSbom('native', IMAGE)?.text, /JSON/],
    ['other text', 'lodash 4.17.20\n', /format/],
    ['comments', '# nothing\n', /format/],
    ['bytes', Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0]), /format/],
  ])('%s is refused', (_name, content, message) => {
    const error = refusal(content);
    expect(error).toMatchObject({ code: 'inventory_unsupported', status: 400 });
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^The inventory packages\.txt is .*: give it as CycloneDX.*\.$/);
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', '', /empty/],
    ['blanks', ' \n\t\n', /empty/],
    ['half a document', '{"bomFormat":"CycloneDX"', /JSON/],
    ['no version', { bomFormat: 'CycloneDX', components: [] }, /version/],
    ['no components', { bomFormat: 'CycloneDX', specVersion: '1.5', components: {} }, /list/],
    ['no text as version', { spdxVersion: 2.3 }, /version/],
    ['no packages', { spdxVersion: 'SPDX-2.3', packages: 'x' }, /list/],
  ])('%s is refused', (_name, content, message) => {
    const error = refusal(content);
    expect(error).toMatchObject({ code: 'inventory_invalid', status: 400 });
    expect(error.message).toMatch(message);
  });
});

describe('the bounds of an inventory', () => {
  it('are bytes', () => {
    const large = new Uint8Array(LARGEST_INVENTORY + 1);
    expect(refusal(large)).toMatchObject({ code: 'inventory_invalid', status: 400 });
    expect(refusal(large).message).toMatch(/bytes/);
  });

  it('are entries', () => {
    const list = `pkg:gem/a@1\n${'x\n'.repeat(250_000)}`;
    expect(refusal(list).message).toMatch(/250000 entries/);
    const components = Array.from({ length: 250_001 }, () => 7);
    expect(refusal({ bomFormat: 'CycloneDX', specVersion: '1.5', components }).message)
      .toMatch(/250000 entries/);
  });

  it('are components within each other', () => {
    const nested = (depth: number): unknown =>
      depth === 0 ? [] : [{ name: 'a', purl: `pkg:gem/a@${depth}`, components: nested(depth - 1) }];
    const document = (depth: number) => ({
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      components: nested(depth),
    });
    expect(read(document(100)).names).toHaveLength(100);
    expect(refusal(document(101)).message).toMatch(/100 components/);
  });

  it('are parts of JSON', () => {
    const document = (other: string) =>
      `{"bomFormat":"CycloneDX","specVersion":"1.5","other":${other},"components":[]}`;
    expect(read(document(`${'['.repeat(999)}${']'.repeat(999)}`)).names).toEqual([]);
    expect(refusal(document(`${'['.repeat(1000)}${']'.repeat(1000)}`)).message).toMatch(
      /1000 parts/,
    );
    expect(refusal(document(`{"a":${'['.repeat(10_000_000)}`)).message).toMatch(/1000 parts/);
    expect(refusal(document(`[${'{},'.repeat(1_500_000)}1]`)).message).toMatch(/1500000 objects/);
    const text = JSON.stringify(`"\\${'['.repeat(2_000_000)}\\"{`);
    expect(read(document(text)).names).toEqual([]);
    expect(refusal(document('"\\')).message).toMatch(/not valid JSON/);
  });

  it('are no time that grows faster than the text', () => {
    const start = cpuMs();
    for (const sign of [' ', '\n', '-', '/', '@', '%', '#', '?', '&', ':', '.', '\t', '<', '[']) {
      const run = sign.repeat(1_000_000);
      for (const text of [run, `pkg:npm/a@1${run}`, `pkg:npm/a@1 ${run}x`, `${run}pkg:npm/a@1`]) {
        try {
          read(text);
        } catch (error) {
          expect(error).toBeInstanceOf(TidewaiterError);
        }
      }
      const purl = `pkg:rpm/a/b@1?upstream=${sign.repeat(3000)}&distro=${sign.repeat(900)}`;
      const component = { type: 'operating-system', name: run, version: run };
      read({ bomFormat: 'CycloneDX', specVersion: '1.5', components: [{ purl }, component] });
    }
    expect(cpuMs() - start).toBeLessThan(20_000);
  });
});

/** Texts within that Postgres does not take. */
function unstorable(value: unknown): readonly string[] {
  const texts: string[] = [];
  JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each === 'string' && (each.includes('\0') || !each.isWellFormed())) texts.push(each);
    return each;
  });
  return texts;
}

describe('broken inventories', () => {
  const documents = [
    ...[SYFT, SYFT_SPDX, TRIVY, TRIVY_SPDX].map((document) => JSON.stringify(document)),
    LIST,
    ...['cyclonedx', 'spdx'].map((format) => writeSbom(format, IMAGE)?.text ?? ''),
  ].map((text) => Buffer.from(text.slice(0, 20_000)));
  const words = ['null', '7', '"', '{', '}', '[', ']', ',', ':', '%', '@', '\\u0000', '\ud800']
    .map((word) => Buffer.from(word));

  it('are read or refused, and nothing else', () => {
    const random = seeded(3);
    const below = (limit: number) => Math.floor(random() * limit);
    let wereRead = 0;
    for (let round = 0; round < 1500; round++) {
      let content = documents[below(documents.length)] ?? Buffer.alloc(0);
      for (let change = below(4); change >= 0; change--) {
        const at = below(content.length);
        const kept = content.subarray(at + below(3) * below(20));
        const added = [
          words[below(words.length)] ?? Buffer.alloc(0),
          Buffer.from([below(256)]),
          content.subarray(at, at + below(200)),
        ][below(3)] ?? Buffer.alloc(0);
        content = Buffer.concat([content.subarray(0, at), added, kept]);
      }
      try {
        const { packages } = readInventory(content, 'x', () => {});
        wereRead += 1;
        expect(packages.every(({ name, version }) => name !== '' && version !== '')).toBe(true);
        expect(unstorable(packages)).toEqual([]);
      } catch (error) {
        expect(error).toBeInstanceOf(TidewaiterError);
        expect(error).toMatchObject({ code: expect.stringMatching(/^inventory_/) as string });
      }
    }
    expect(wereRead).toBeGreaterThan(100);
  });

  it('whose values are something else are read or refused, too', () => {
    const random = seeded(5);
    const values = [null, 7, true, '', 'pkg:npm/x@1', [], {}, ['a'], { name: 'x' }, '\u0000', -0];
    const changed = (value: unknown): unknown => {
      if (random() < 0.03) return values[Math.floor(random() * values.length)];
      if (Array.isArray(value)) return value.map(changed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, changed(each)]));
    };
    let wereRead = 0;
    for (let round = 0; round < 1500; round++) {
      const document = changed([SYFT, SYFT_SPDX, TRIVY, TRIVY_SPDX][round % 4]);
      try {
        read(document);
        wereRead += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(TidewaiterError);
      }
    }
    expect(wereRead).toBeGreaterThan(700);
  });
});
