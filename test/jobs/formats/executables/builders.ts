/**
 * Builders of small ELF, PE and Mach-O files for tests, and mutations of binary samples.
 *
 * @module
 */
import { seeded } from '../../catalogers/support.ts';

/** A section, which is also a segment of its own. */
export interface Part {
  readonly name: string;
  readonly data: Buffer;
  readonly address?: number;
  readonly writable?: boolean;
  readonly executable?: boolean;
}

export interface Layout {
  readonly wide?: boolean;
  readonly bigEndian?: boolean;
  /** Without a table of sections. */
  readonly stripped?: boolean;
  /** Counts and indexes where large files have them: in the first section header. */
  readonly extended?: boolean;
}

/** A file under construction, in one byte order. */
class Writer {
  readonly bytes: Buffer;
  readonly #big: boolean;
  readonly #wide: boolean;

  constructor(size: number, { wide = true, bigEndian = false }: Layout) {
    this.bytes = Buffer.alloc(size);
    this.#big = bigEndian;
    this.#wide = wide;
  }

  u16(at: number, value: number): void {
    if (this.#big) this.bytes.writeUInt16BE(value, at);
    else this.bytes.writeUInt16LE(value, at);
  }

  u32(at: number, value: number): void {
    if (this.#big) this.bytes.writeUInt32BE(value, at);
    else this.bytes.writeUInt32LE(value, at);
  }

  word(at: number, value: number): void {
    if (!this.#wide) this.u32(at, value);
    else if (this.#big) this.bytes.writeBigUInt64BE(BigInt(value), at);
    else this.bytes.writeBigUInt64LE(BigInt(value), at);
  }

  put(at: number, data: Buffer | string): void {
    Buffer.from(data as string, 'latin1').copy(this.bytes, at);
  }
}

/** Offsets of data laid one after another from `start`, each at a multiple of 16. */
function offsets(start: number, parts: readonly { readonly data: Buffer }[]): readonly number[] {
  let at = start;
  return [...parts.map(({ data }) => data.length), 0].map((size) => {
    const offset = Math.ceil(at / 16) * 16;
    at = offset + size;
    return offset;
  });
}

/** An ELF executable; the last section is that of names. */
export function buildElf(parts: readonly Part[], layout: Layout = {}): Buffer {
  const { wide = true, bigEndian = false, stripped = false, extended = false } = layout;
  const [head, program, section] = wide ? [64, 56, 64] : [52, 32, 40];
  const names = ['', ...parts.map(({ name }) => name), '.shstrtab'];
  const strings: Part = { name: '.shstrtab', data: Buffer.from(`${names.join('\0')}\0`) };
  const all = [...parts, strings];
  const places = offsets(head + program * parts.length, all);
  const table = places.at(-1) ?? 0;
  const writer = new Writer(stripped ? table : table + section * (all.length + 1), layout);
  writer.put(0, `\x7fELF${wide ? '\x02' : '\x01'}${bigEndian ? '\x02' : '\x01'}\x01`);
  writer.word(wide ? 32 : 28, head);
  writer.word(wide ? 40 : 32, stripped ? 0 : table);
  const counts = wide ? 54 : 42;
  writer.u16(counts, program);
  writer.u16(counts + 2, extended ? 0xffff : parts.length);
  writer.u16(counts + 4, section);
  writer.u16(counts + 6, extended || stripped ? 0 : all.length + 1);
  writer.u16(counts + 8, extended ? 0xffff : stripped ? 0 : all.length);
  if (extended) {
    writer.word(table + (wide ? 32 : 20), all.length + 1);
    writer.u32(table + (wide ? 40 : 24), all.length);
    writer.u32(table + (wide ? 44 : 28), parts.length);
  }
  let nameAt = 1;
  for (const [index, { name, data, address = 0, ...flags }] of all.entries()) {
    const place = places[index] ?? 0;
    writer.put(place, data);
    if (index < parts.length) {
      const at = head + index * program;
      writer.u32(at, 1);
      writer.u32(at + (wide ? 4 : 24), 4 | (flags.writable ? 2 : 0) | (flags.executable ? 1 : 0));
      writer.word(at + (wide ? 8 : 4), place);
      writer.word(at + (wide ? 16 : 8), address);
      writer.word(at + (wide ? 32 : 16), data.length);
    }
    if (!stripped) {
      const at = table + (index + 1) * section;
      writer.u32(at, nameAt);
      writer.u32(at + 4, 1);
      writer.word(at + (wide ? 16 : 12), address);
      writer.word(at + (wide ? 24 : 16), place);
      writer.word(at + (wide ? 32 : 20), data.length);
    }
    nameAt += name.length + 1;
  }
  return writer.bytes;
}

export const PE_BASE = 0x40_0000;

/** A PE executable, loaded at `PE_BASE`; names longer than eight bytes go to the string table. */
export function buildPe(parts: readonly Part[], { wide = true }: Layout = {}): Buffer {
  const header = 0x80;
  const optional = wide ? 112 : 96;
  const table = header + 24 + optional;
  const strings = Buffer.from(`\0\0\0\0${parts.map(({ name }) => `${name}\0`).join('')}`);
  const all = [...parts, { data: strings }];
  const places = offsets(table + 40 * parts.length, all);
  const writer = new Writer(places.at(-1) ?? 0, { wide });
  writer.put(0, 'MZ');
  writer.u32(0x3c, header);
  writer.put(header, 'PE\0\0');
  writer.u16(header + 6, parts.length);
  writer.u32(header + 12, places[parts.length] ?? 0);
  writer.u16(header + 20, optional);
  writer.u16(header + 24, wide ? 0x20b : 0x10b);
  writer.word(header + 24 + (wide ? 24 : 28), PE_BASE);
  writer.put(places[parts.length] ?? 0, strings);
  let nameAt = 4;
  for (const [index, { name, data, address = PE_BASE, ...flags }] of parts.entries()) {
    const at = table + index * 40;
    writer.put(at, name.length > 8 ? `/${nameAt}` : name);
    writer.u32(at + 8, data.length);
    writer.u32(at + 12, address - PE_BASE);
    writer.u32(at + 16, Math.ceil(data.length / 16) * 16);
    writer.u32(at + 20, places[index] ?? 0);
    const rights = (flags.writable ? 0x8000_0000 : 0) + (flags.executable ? 0x2000_0000 : 0);
    writer.u32(at + 36, 0x4000_0040 + rights);
    writer.put(places[index] ?? 0, data);
    nameAt += name.length + 1;
  }
  return writer.bytes;
}

/** A Mach-O executable with one segment and section for each part. */
export function buildMachO(parts: readonly Part[], layout: Layout = {}): Buffer {
  const { wide = true, bigEndian = false } = layout;
  const [head, segment, section] = wide ? [32, 72, 80] : [28, 56, 68];
  const size = segment + section;
  const places = offsets(head + size * parts.length, parts);
  const writer = new Writer(places.at(-1) ?? 0, { wide, bigEndian });
  writer.u32(0, wide ? 0xfeedfacf : 0xfeedface);
  writer.u32(16, parts.length);
  writer.u32(20, size * parts.length);
  for (const [index, { name, data, address = 0, ...flags }] of parts.entries()) {
    const at = head + index * size;
    const place = places[index] ?? 0;
    const rights = 1 | (flags.writable ? 2 : 0) | (flags.executable ? 4 : 0);
    writer.u32(at, wide ? 0x19 : 1);
    writer.u32(at + 4, size);
    writer.put(at + 8, '__DATA');
    writer.word(at + 24, address);
    writer.word(at + (wide ? 40 : 32), place);
    writer.word(at + (wide ? 48 : 36), data.length);
    writer.u32(at + (wide ? 60 : 44), rights);
    writer.u32(at + segment - 8, 1);
    const inner = at + segment;
    writer.put(inner, name);
    writer.word(inner + 32, address);
    writer.word(inner + (wide ? 40 : 36), data.length);
    writer.u32(inner + (wide ? 48 : 40), place);
    writer.put(place, data);
  }
  return writer.bytes;
}

/** A fat Mach-O file. */
export function buildFat(slices: readonly Buffer[], { wide = false }: Layout = {}): Buffer {
  const each = wide ? 32 : 20;
  const places = offsets(8 + each * slices.length, slices.map((data) => ({ data })));
  const writer = new Writer(places.at(-1) ?? 0, { wide, bigEndian: true });
  writer.u32(0, wide ? 0xcafebabf : 0xcafebabe);
  writer.u32(4, slices.length);
  for (const [index, data] of slices.entries()) {
    const at = 8 + index * each;
    writer.word(at + 8, places[index] ?? 0);
    writer.word(at + (wide ? 16 : 12), data.length);
    writer.put(places[index] ?? 0, data);
  }
  return writer.bytes;
}

/** Copies of a binary sample with bytes changed, most often to extremes, or its end cut off. */
export function* damaged(sample: Buffer, seed: number, rounds: number): Generator<Buffer> {
  const random = seeded(seed);
  const extremes = [0, 1, 0x7f, 0x80, 0xff];
  for (let round = 0; round < rounds; round++) {
    const bytes = Buffer.from(sample);
    for (let change = 0; change < 1 + random() * 8; change++) {
      const at = Math.floor(random() * bytes.length);
      const extreme = extremes[Math.floor(random() * 2 * extremes.length)];
      const end = Math.min(bytes.length, at + Math.floor(random() * 9));
      bytes.fill(extreme ?? Math.floor(random() * 256), at, end);
    }
    yield random() < 0.2 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
  }
}
