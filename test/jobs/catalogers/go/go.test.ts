import { describe, expect, it } from 'vitest';
import { go } from '../../../../jobs/catalogers/go/index.ts';
import { CatalogError } from '../../../../jobs/catalogers/types.ts';
import type { Layout, Part } from '../../formats/executables/builders.ts';
import {
  buildElf,
  buildFat,
  buildMachO,
  buildPe,
  damaged,
} from '../../formats/executables/builders.ts';
import { framed, inline } from './samples.ts';
import { identities, viewOf } from '../support.ts';
import { cpuMs } from '../../../support/cpu.ts';

const BASE = 0x40_1000;

const MODULES = [
  'path\texample.com/prog/cmd/prog',
  'mod\texample.com/prog\tv1.4.0\th1:abc=',
  'dep\tgithub.com/BurntSushi/toml\tv1.2.1\th1:abc=',
  'dep\tgolang.org/x/sys\tv0.0.0-20220906135438-9e1f76180b77\th1:abc=',
  'dep\tgithub.com/docker/docker\tv23.0.1+incompatible\th1:abc=',
  'build\t-compiler=gc',
  'build\tGOOS=linux',
  '',
].join('\n');
const PACKAGES = [
  'stdlib 1.22.3',
  'example.com/prog v1.4.0',
  'github.com/BurntSushi/toml v1.2.1',
  'golang.org/x/sys v0.0.0-20220906135438-9e1f76180b77',
  'github.com/docker/docker v23.0.1+incompatible',
];

/** The form of older toolchains, with pointers to strings behind it. */
function pointing(modules: string, { wide = true, bigEndian = false }: Layout): Buffer {
  const size = wide ? 8 : 4;
  const strings = [Buffer.from('go1.22.3'), framed(modules)];
  const headers = BASE + 32;
  const words = [headers, headers + 2 * size];
  let at = headers + 4 * size;
  for (const text of strings) {
    words.push(at, text.length);
    at += text.length;
  }
  const head = Buffer.alloc(32 + 4 * size);
  head.write(`\xff Go buildinf:${String.fromCharCode(size)}${bigEndian ? '\x01' : '\0'}`, 'latin1');
  for (const [index, word] of words.entries()) {
    const place = index < 2 ? 16 + index * size : 32 + (index - 2) * size;
    const start = bigEndian ? place + size - 4 : place;
    bigEndian ? head.writeUInt32BE(word, start) : head.writeUInt32LE(word, start);
  }
  return Buffer.concat([head, ...strings]);
}

function part(data: Buffer, name = '.go.buildinfo'): readonly Part[] {
  return [{ name, data, address: BASE, writable: true }];
}

function parse(content: Buffer) {
  return go.parse({ path: 'usr/bin/prog', content }, viewOf({}));
}

function parseModules(...modules: readonly string[]) {
  return identities(parse(buildElf(part(inline(modules.map((line) => `${line}\n`).join(''))))));
}

const LAYOUTS: readonly Layout[] = [false, true].flatMap((bigEndian) =>
  [false, true].map((wide) => ({ wide, bigEndian }))
);

describe('go', () => {
  it('wants no file for its path, and executables for their first bytes', () => {
    expect(go.wants('usr/bin/prog')).toBe(false);
    expect(go.recognizes(buildElf([]))).toBe(true);
    expect(go.recognizes(Buffer.from('#!/bin/sh\n'))).toBe(false);
  });

  it.each(LAYOUTS)('reads both forms in ELF and Mach-O of %j', (layout) => {
    for (const data of [inline(MODULES), pointing(MODULES, layout)]) {
      expect(identities(parse(buildElf(part(data), layout)))).toEqual(PACKAGES);
      expect(identities(parse(buildMachO(part(data, '__go_buildinfo'), layout)))).toEqual(PACKAGES);
    }
  });

  it.each([{ wide: true }, { wide: false }])('reads both forms in PE of %j', (layout) => {
    for (const data of [inline(MODULES), pointing(MODULES, layout)]) {
      expect(identities(parse(buildPe(part(data, '.data'), layout)))).toEqual(PACKAGES);
    }
  });

  it('reads a program without a table of sections', () => {
    const stripped = buildElf(part(inline(MODULES)), { stripped: true });
    expect(identities(parse(stripped))).toEqual(PACKAGES);
  });

  it('searches the data of other programs only where a section shows that they are Go', () => {
    const data = part(inline(MODULES), '.data');
    expect(parse(buildElf(data))).toEqual([]);
    const shown = [...data, { name: '.gopclntab', data: Buffer.from('x') }];
    expect(identities(parse(buildElf(shown)))).toEqual(PACKAGES);
  });

  it('searches no more bytes than the file has', () => {
    const count = 1000;
    const names = Array.from({ length: count }, (_value, index) => ({
      name: `${index}`,
      data: Buffer.alloc(index === 0 ? 8 * 1024 * 1024 : 1),
      address: BASE,
    }));
    const content = buildPe(names);
    const table = 0x80 + 24 + 112;
    for (let index = 1; index < count; index++) {
      content.copy(content, table + index * 40 + 8, table + 8, table + 24);
    }
    const start = cpuMs();
    expect(parse(content)).toEqual([]);
    expect(cpuMs() - start).toBeLessThan(1000);
  });

  it('reads each program of a fat file, and each module once', () => {
    const slice = buildMachO(part(inline(MODULES), '__go_buildinfo'));
    const other = inline('mod\tb\tv2.0.0\t\n');
    const fat = buildFat([slice, slice, buildMachO(part(other, '__go_buildinfo'))]);
    expect(identities(parse(fat))).toEqual([...PACKAGES, 'b v2.0.0']);
  });

  it('skips the magic where no linker would put it, or with nothing behind it', () => {
    const data = Buffer.concat([
      Buffer.from('\xff Go buildinf:', 'latin1'),
      Buffer.alloc(50),
      Buffer.from('12345\xff Go buildinf:\x08\x02', 'latin1'),
      Buffer.alloc(16 - (14 + 50 + 21) % 16),
      inline(MODULES),
    ]);
    expect(identities(parse(buildElf(part(data))))).toEqual(PACKAGES);
  });

  it('says what a package is', () => {
    expect(parse(buildElf(part(inline(''))))).toMatchObject([
      { type: 'golang', name: 'stdlib', version: '1.22.3', licenses: [] },
    ]);
  });

  it.each([
    ['go1.17', '1.17'],
    ['go1.21rc2', '1.21rc2'],
    ['go1.21.0 X:boringcrypto', '1.21.0'],
    ['devel go1.23-0123456789 Thu May 2 10:00:00 2024 +0000', '1.23-0123456789'],
    ['devel +0123456789 Thu May 2 10:00:00 2019 +0000', 'devel'],
    ['gotip', 'gotip'],
  ])('toolchain %s: %s', (version, stdlib) => {
    expect(identities(parse(buildElf(part(inline('', version)))))).toEqual([`stdlib ${stdlib}`]);
  });

  it('takes replacements for what they replace', () => {
    expect(parseModules(
      'mod\tm\tv1.0.0\t',
      'dep\ta\tv1.0.0\th1:a=',
      '=>\tfork.example/a\tv1.0.1\th1:b=',
      'dep\tb\tv1.0.0',
      '=>\t./local/b\t(devel)\t',
      'dep\tc\tv1.0.0',
      '=>\t../c\t(devel)\t',
      'dep\td\tv1.0.0',
      '=>\tC:\\d\t(devel)\t',
      'dep\te\t(devel)\t',
      'dep\t\tDevel\t',
      'dep\tg\t\t',
    )).toEqual([
      'stdlib 1.22.3',
      'm v1.0.0',
      'fork.example/a v1.0.1',
      'b (devel)',
      'c (devel)',
      'd (devel)',
      'e (devel)',
    ]);
  });

  it.each([
    ['nothing', [], '(devel)'],
    ['a variable of main', ['-ldflags="-s -w -X main.version=1.2.3"'], 'v1.2.3'],
    [
      'a quoted one',
      [`-ldflags="-X 'main.Version=v1.2.3-rc.1' -X 'main.name=a b'"`],
      'v1.2.3-rc.1',
    ],
    ['one in escaped quotes', ['-ldflags="-X \\"main.Version=1.2.3\\""'], 'v1.2.3'],
    ['one given with an equals sign', ['-ldflags=-X=main.version=1.2.3'], 'v1.2.3'],
    ['a raw text', ['-ldflags=`-X "main.version=1.2.3"`'], 'v1.2.3'],
    ['a package of the module', ['-ldflags="-X m.example/p/version.gitVersion=1.2.3"'], 'v1.2.3'],
    [
      'main before others',
      ['-ldflags="-X lib/version.Version=9.9.9 -X m.example/p/v.Version=8.8.8 -X main.ver=1.2.3"'],
      'v1.2.3',
    ],
    [
      'its own package before others',
      ['-ldflags="-X lib/version.Version=9.9.9 -X m.example/p/v.Version=1.2.3"'],
      'v1.2.3',
    ],
    [
      'others that agree',
      ['-ldflags="-X k8s.io/a.gitVersion=v1.2.3 -X k8s.io/b.gitVersion=v1.2.3"'],
      'v1.2.3',
    ],
    ['others that differ', ['-ldflags="-X x/a.version=1.2.3 -X x/b.version=1.2.4"'], '(devel)'],
    ['no version', ['-ldflags="-X main.version=unknown -X main.commit=1.2.3"'], '(devel)'],
    ['another form of version', ['-ldflags="-X main.version=2024.1"'], '2024.1'],
    ['a flag without its value', ['-ldflags="-s -X"'], '(devel)'],
    [
      'a commit',
      [
        'vcs=git',
        'vcs.revision=0123456789abcdef0123456789abcdef01234567',
        'vcs.time=2024-05-02T10:00:01Z',
      ],
      'v0.0.0-20240502100001-0123456789ab',
    ],
    [
      'a commit with changes',
      [
        'vcs.revision=0123456789abcdef0123456789abcdef01234567',
        'vcs.time=2024-05-02T10:00:01Z',
        'vcs.modified=true',
      ],
      'v0.0.0-20240502100001-0123456789ab+dirty',
    ],
    ['a commit of no time', ['vcs.revision=0123456789abcdef0123456789abcdef01234567'], '(devel)'],
    ['a time that is none', ['vcs.revision=0123456789ab', 'vcs.time=now'], '(devel)'],
  ])('the version of the main module: %s', (_name, settings, version) => {
    const lines = settings.map((setting) => `build\t${setting}`);
    expect(parseModules('mod\tm.example/p\t(devel)\t', ...lines)).toEqual([
      'stdlib 1.22.3',
      `m.example/p ${version}`,
    ]);
  });

  it('reads flags of any length at once', () => {
    const start = cpuMs();
    const flags = '-X main.v= "\''.repeat(50_000);
    expect(parseModules('mod\tm\t(devel)\t', `build\t-ldflags=${flags}`)).toHaveLength(2);
    expect(cpuMs() - start).toBeLessThan(2000);
  });

  it('knows no modules in a text without its frame', () => {
    const data = Buffer.from(inline(MODULES));
    data.write('X', data.length - 17);
    expect(identities(parse(buildElf(part(data))))).toEqual(['stdlib 1.22.3']);
  });

  it.each([
    ['a length beyond the end', Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['a length without an end', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ['no version', Buffer.from([0, 0])],
    ['nothing', Buffer.alloc(0)],
  ])('finds nothing behind a header with %s', (_name, rest) => {
    const data = Buffer.concat([inline('').subarray(0, 32), rest]);
    expect(parse(buildElf(part(data)))).toEqual([]);
  });

  it.each([
    ['the inline form in ELF', buildElf(part(inline(MODULES)))],
    ['the pointer form in ELF', buildElf(part(pointing(MODULES, {})))],
    ['PE', buildPe(part(inline(MODULES), '.data'))],
    ['Mach-O', buildMachO(part(pointing(MODULES, {}), '__go_buildinfo'))],
  ])('reads or refuses whatever happened to %s', (_name, sample) => {
    const start = cpuMs();
    let found = 0;
    for (const content of damaged(sample, 7, 400)) {
      try {
        found += parse(content).length;
      } catch (error) {
        expect(error).toBeInstanceOf(CatalogError);
      }
    }
    expect(found).toBeGreaterThan(100);
    expect(cpuMs() - start).toBeLessThan(10_000);
  });
});
