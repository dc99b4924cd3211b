import { describe, expect, it } from 'vitest';
import {
  bundleLicenses,
  parseManifest,
  symbolicName,
} from '../../../../jobs/catalogers/java/manifest.ts';
import { mutate, random } from '../../layers/tars.ts';
import { cpuMs } from '../../../support/cpu.ts';

const SAMPLE = [
  'Manifest-Version: 1.0',
  'Implementation-Title: Apache Directory API ASN.1 API, whose title is lon',
  ' ger than a line',
  'Bundle-SymbolicName: org.example.api;singleton:=true',
  'Bundle-License: "Apache-2.0";link="https://example.org/a,b",MIT , MIT',
  '',
  'Name: org/example/',
  'Implementation-Version: 1.5',
  'Implementation-Vendor: Example',
  '',
  'Name: org/example/A.class',
  'SHA-256-Digest: aaaa',
  '',
].join('\n');

function main(text: string | Buffer): Record<string, string> {
  return Object.fromEntries(parseManifest(Buffer.from(text)).main);
}

describe('parseManifest', () => {
  it.each([
    ['LF', SAMPLE],
    ['CRLF', SAMPLE.replaceAll('\n', '\r\n')],
    ['CR', SAMPLE.replaceAll('\n', '\r')],
    ['a byte order mark', `\uFEFF${SAMPLE}`],
    ['empty lines before', `\r\n\n${SAMPLE}`],
  ])('with %s', (_name, text) => {
    const manifest = parseManifest(Buffer.from(text));
    expect(manifest.main.get('implementation-title'))
      .toBe('Apache Directory API ASN.1 API, whose title is longer than a line');
    expect(symbolicName(manifest)).toBe('org.example.api');
    expect(bundleLicenses(manifest)).toEqual(['Apache-2.0', 'MIT']);
    expect(Object.fromEntries(manifest.versioned)).toEqual({
      name: 'org/example/',
      'implementation-version': '1.5',
      'implementation-vendor': 'Example',
    });
  });

  it('keeps a character whole that a line end divides', () => {
    const [before, after] = [
      Buffer.from('A: gr\xc3', 'latin1'),
      Buffer.from('\xb6\xc3\x9fe', 'latin1'),
    ];
    expect(main(Buffer.concat([before, Buffer.from('\r\n '), after]))).toEqual({ a: 'größe' });
  });

  it('takes the first of repeated headers and passes junk over', () => {
    expect(main('junk\n: x\nA: 1\nA: 2\nB:3\n more\n')).toEqual({ a: '1', b: '3more' });
  });

  it('has no section of a package where none has a version', () => {
    expect(parseManifest(Buffer.from('A: 1\n\nName: x\nB: 2\n')).versioned.size).toBe(0);
    expect(main('')).toEqual({});
  });

  it('reads very many sections at once', () => {
    const text = `A: 1\r\n\r\n${'Name: a/B.class\r\nSHA-256-Digest: aaaa\r\n\r\n'.repeat(200_000)}`;
    const start = cpuMs();
    expect(main(text)).toEqual({ a: '1' });
    expect(main(' x\n'.repeat(1_000_000))).toEqual({});
    expect(cpuMs() - start).toBeLessThan(3000);
  });

  it.each([
    ['<<EXTERNAL>>', []],
    ['http://example.org/LICENSE', ['http://example.org/LICENSE']],
    ['Apache-2.0 OR MIT', ['Apache-2.0 OR MIT']],
    ['"unclosed, text', ['unclosed, text']],
    [' , ;link=x', []],
  ])('the licences of "%s"', (text, licenses) => {
    expect(bundleLicenses(parseManifest(Buffer.from(`Bundle-License: ${text}\n`)))).toEqual(
      licenses,
    );
  });

  it('reads whatever a mutated manifest holds', () => {
    const next = random(12);
    for (let round = 0; round < 500; round++) {
      const manifest = parseManifest(mutate(Buffer.from(SAMPLE), next));
      symbolicName(manifest);
      bundleLicenses(manifest);
    }
  });
});
