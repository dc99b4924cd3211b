import { describe, expect, it } from 'vitest';
import {
  bytesAt,
  isExecutable,
  openExecutables,
  sectionNamed,
} from '../../../../jobs/formats/executables/index.ts';
import {
  buildElf,
  buildFat,
  buildMachO,
  buildPe,
  damaged,
  type Layout,
  type Part,
  PE_BASE,
} from './builders.ts';
import { cpuMs } from '../../../support/cpu.ts';

const PARTS: readonly Part[] = [
  { name: '.text', data: Buffer.from('code'), address: PE_BASE + 0x1000, executable: true },
  { name: '.data', data: Buffer.from('variables'), address: PE_BASE + 0x2000, writable: true },
  { name: '.rather.long', data: Buffer.from('constants'), address: PE_BASE + 0x3000 },
];

const ORDERS: readonly Layout[] = [
  { wide: true, bigEndian: false },
  { wide: true, bigEndian: true },
  { wide: false, bigEndian: false },
  { wide: false, bigEndian: true },
];
const SAMPLES: readonly (readonly [string, Layout, Buffer])[] = [
  ...ORDERS.map((layout) => ['elf', layout, buildElf(PARTS, layout)] as const),
  ...ORDERS.map((layout) => {
    const extended = { ...layout, extended: true };
    return ['elf', extended, buildElf(PARTS, extended)] as const;
  }),
  ...ORDERS.slice(0, 1).map((layout) => ['pe', layout, buildPe(PARTS, layout)] as const),
  ...ORDERS.slice(2, 3).map((layout) => ['pe', layout, buildPe(PARTS, layout)] as const),
  ...ORDERS.map((layout) => ['macho', layout, buildMachO(PARTS, layout)] as const),
];

describe('executables', () => {
  it.each(SAMPLES)('opens %s of %j', (format, { wide, bigEndian }, content) => {
    expect(isExecutable(content.subarray(0, 64))).toBe(true);
    const executable = openExecutables(content)[0];
    expect(executable).toMatchObject({ format, wide, bigEndian });
    if (executable === undefined) {
      return;
    }
    const sections = [...executable.sections()].filter(({ name }) => name !== '.shstrtab');
    expect(sections.map(({ name, data, address }) => ({ name, data: `${data}`, address }))).toEqual(
      PARTS.map(({ name, data, address }) => ({ name, data: `${data}`, address })),
    );
    expect(sections[0]?.data.buffer).toBe(content.buffer);
    expect([...executable.segments()].map((part) => [part.writable, part.executable])).toEqual([
      [false, true],
      [true, false],
      [false, false],
    ]);
    expect(`${sectionNamed(executable, '.data')}`).toBe('variables');
    expect(sectionNamed(executable, '.none')).toBeUndefined();
    expect(`${bytesAt(executable, PE_BASE + 0x2003, 4)}`).toBe('iabl');
    expect(`${bytesAt(executable, PE_BASE + 0x2000, 9)}`).toBe('variables');
    expect(bytesAt(executable, PE_BASE + 0x2003, 7)).toBeUndefined();
    expect(bytesAt(executable, PE_BASE + 0x1fff, 2)).toBeUndefined();
    expect(bytesAt(executable, NaN, 1)).toBeUndefined();
    expect(bytesAt(executable, 2 ** 63, 1)).toBeUndefined();
  });

  it('has no sections where the table was cut off, yet segments', () => {
    const executable = openExecutables(buildElf(PARTS, { stripped: true }))[0];
    expect([...executable?.sections() ?? [1]]).toEqual([]);
    expect([...executable?.segments() ?? []]).toHaveLength(3);
  });

  it.each([[false], [true]])('opens each program of a fat file, 64-bit table: %s', (wide) => {
    const slices = [buildMachO(PARTS), buildMachO(PARTS, { wide: false, bigEndian: true })];
    const content = buildFat(slices, { wide });
    expect(isExecutable(content)).toBe(true);
    const opened = openExecutables(content);
    expect(opened.map((slice) => [slice.wide, slice.bigEndian])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(opened.map((slice) => `${sectionNamed(slice, '.data')}`)).toEqual([
      'variables',
      'variables',
    ]);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a script', Buffer.from(`#!/bin/sh\n${' '.repeat(80)}`)],
    ['a class file', Buffer.from(`cafebabe00000034${'00'.repeat(64)}`, 'hex')],
    ['a fat file of too many', Buffer.from(`cafebabe00000021${'00'.repeat(64)}`, 'hex')],
    ['half a magic', Buffer.from('\x7fEL', 'latin1')],
    ['a magic alone', Buffer.from('\x7fELF\x02\x01', 'latin1')],
    ['an unknown class', Buffer.from(`7f454c460301${'00'.repeat(64)}`, 'hex')],
    ['a DOS program', Buffer.from(`4d5a${'00'.repeat(80)}`, 'hex')],
    ['a text that starts as PE does', Buffer.from('MZ '.repeat(40))],
  ])('does not take %s for one', (_name, content) => {
    expect(isExecutable(content.subarray(0, 64))).toBe(false);
    expect(openExecutables(content)[0]).toBeUndefined();
  });

  it.each([
    ['entries of no size', 0],
    ['entries too small', 8],
  ])('reads no table with %s', (_name, size) => {
    const content = buildElf(PARTS);
    content.writeUInt16LE(size, 54);
    content.writeUInt16LE(size, 58);
    const executable = openExecutables(content)[0];
    expect([...executable?.sections() ?? [1]]).toEqual([]);
    expect([...executable?.segments() ?? [1]]).toEqual([]);
  });

  it('reads tables that claim to be huge only as far as the file goes', () => {
    const content = buildElf(PARTS, { extended: true });
    const table = Number(content.readBigUInt64LE(40));
    content.writeBigUInt64LE(0xffff_ffff_ffff_ffffn, table + 32);
    content.writeUInt32LE(0xffff_ffff, table + 44);
    const executable = openExecutables(content)[0];
    expect([...executable?.sections() ?? []]).toHaveLength(4);
    expect([...executable?.segments() ?? []].length).toBeLessThan(10);
  });

  it('opens slices of a fat file only as long as they do not overlap', () => {
    const content = buildFat([1, 2, 3].map(() => buildMachO(PARTS)));
    for (const index of [0, 1, 2]) {
      content.writeUInt32BE(content.readUInt32BE(8 + 8), 8 + index * 20 + 8);
      content.writeUInt32BE(content.length, 8 + index * 20 + 12);
    }
    expect(openExecutables(content)).toHaveLength(1);
  });

  it('stops at a command of Mach-O that has no size', () => {
    const content = buildMachO(PARTS);
    content.writeUInt32LE(0xffff_ffff, 16);
    content.writeUInt32LE(0, 36);
    expect([...openExecutables(content)[0]?.segments() ?? [1]]).toEqual([]);
  });

  it('reads sections of Mach-O that claim to be very many only as far as the file goes', () => {
    const content = buildMachO(PARTS);
    content.writeUInt32LE(0xffff_ffff, 36);
    content.writeUInt32LE(0xffff_ffff, 32 + 64);
    const start = cpuMs();
    expect([...openExecutables(content)[0]?.sections() ?? []].length).toBeLessThan(20);
    expect(cpuMs() - start).toBeLessThan(500);
  });

  it.each([
    ...SAMPLES,
    ['fat', {}, buildFat([buildMachO(PARTS), buildMachO(PARTS, { wide: false })])] as const,
  ])('ends whatever happened to %s of %j', (_format, _layout, content) => {
    const start = cpuMs();
    let sections = 0;
    for (const bytes of damaged(content, content.length, 500)) {
      for (const executable of openExecutables(bytes)) {
        for (const { name, data } of executable.sections()) {
          expect(name.length).toBeLessThanOrEqual(256);
          expect(data.length).toBeLessThanOrEqual(bytes.length);
          sections++;
        }
        for (const { address } of executable.segments()) {
          bytesAt(executable, address, 4);
        }
      }
    }
    expect(sections).toBeGreaterThan(100);
    expect(cpuMs() - start).toBeLessThan(10_000);
  });
});
