import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { rust } from '../../../jobs/catalogers/rust.ts';
import { CatalogError } from '../../../jobs/catalogers/types.ts';
import {
  buildElf,
  buildFat,
  buildMachO,
  buildPe,
  damaged,
} from '../formats/executables/builders.ts';
import { identities, viewOf } from './support.ts';
import { cpuMs } from '../../support/cpu.ts';

const AUDIT = {
  packages: [
    { name: 'adler', version: '1.0.2', source: 'crates.io' },
    { name: 'cc', version: '1.0.79', source: 'crates.io', kind: 'build' },
    { name: 'fd-find', version: '8.7.0', source: 'local', root: true, dependencies: [0, 1] },
    { name: 'patched', version: '0.1.0+meta', source: 'git', kind: 'runtime' },
  ],
};

function section(data: Buffer, name = '.dep-v0') {
  return [{ name: '.text', data: Buffer.from('code') }, { name, data }];
}

function compressed(audit: unknown): Buffer {
  return deflateSync(typeof audit === 'string' ? audit : JSON.stringify(audit));
}

function parse(content: Buffer) {
  return rust.parse({ path: 'usr/local/bin/fd', content }, viewOf({}));
}

describe('rust', () => {
  it('wants no file for its path, and executables for their first bytes', () => {
    expect(rust.wants('usr/local/bin/fd')).toBe(false);
    expect(rust.recognizes(buildPe([]))).toBe(true);
    expect(rust.recognizes(Buffer.from('text'))).toBe(false);
  });

  it.each([
    ['ELF', buildElf(section(compressed(AUDIT)))],
    [
      'a 32-bit ELF file of the other byte order',
      buildElf(section(compressed(AUDIT)), {
        wide: false,
        bigEndian: true,
      }),
    ],
    ['PE', buildPe(section(compressed(AUDIT)))],
    ['Mach-O', buildMachO(section(compressed(AUDIT)))],
    ['a fat file', buildFat([1, 2].map(() => buildMachO(section(compressed(AUDIT)))))],
    ['a padded section', buildElf(section(Buffer.concat([compressed(AUDIT), Buffer.alloc(99)])))],
  ])('reads what is in the program, not what built it, from %s', (_name, content) => {
    expect(parse(content)).toEqual(
      [['adler', '1.0.2'], ['fd-find', '8.7.0'], ['patched', '0.1.0+meta']].map((
        [name, version],
      ) => expect.objectContaining({ type: 'cargo', name, version, licenses: [] })),
    );
  });

  it('finds nothing in a program without the section', () => {
    expect(parse(buildElf(section(compressed(AUDIT), '.dep-v1')))).toEqual([]);
    expect(parse(Buffer.from('no program'))).toEqual([]);
  });

  it('skips what is no crate', () => {
    const packages = [null, 1, [], { name: 'a' }, { name: '', version: '1' }, {
      name: 1,
      version: 2,
    }];
    const audit = { packages: [...packages, { name: 'b', version: '1' }] };
    expect(identities(parse(buildElf(section(compressed(audit)))))).toEqual(['b 1']);
  });

  it.each([
    ['not compressed', Buffer.from(JSON.stringify(AUDIT))],
    ['cut off', compressed(AUDIT).subarray(0, 40)],
    ['not JSON', compressed('{')],
    ['without a list', compressed({ packages: {} })],
    ['no object', compressed('7')],
    ['a bomb', deflateSync(Buffer.alloc(17 * 1024 * 1024))],
  ])('refuses a section that is %s', (_name, data) => {
    expect(() => parse(buildElf(section(data)))).toThrow(CatalogError);
  });

  it('reads or refuses whatever happened to a program', () => {
    const start = cpuMs();
    const outcome = { found: 0, refused: 0 };
    for (const content of damaged(buildElf(section(compressed(AUDIT))), 11, 400)) {
      try {
        outcome.found += parse(content).length;
      } catch (error) {
        expect(error).toBeInstanceOf(CatalogError);
        outcome.refused++;
      }
    }
    expect(outcome.found).toBeGreaterThan(100);
    expect(outcome.refused).toBeGreaterThan(20);
    expect(cpuMs() - start).toBeLessThan(10_000);
  });
});
