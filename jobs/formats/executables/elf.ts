/**
 * ELF files (System V Application Binary Interface, chapters 4 and 5; elf(5)), of 32 and 64 bits and
 * either byte order, with the extended numbering of section and program headers.
 *
 * @module
 */
import { Fields } from './fields.ts';
import type { Executable, Section, Segment } from './types.ts';

const CLASS_64 = 2;
const DATA_BIG_ENDIAN = 2;
const SHT_NULL = 0;
const SHT_NOBITS = 8;
const SHN_XINDEX = 0xffff;
const PN_XNUM = 0xffff;
const PT_LOAD = 1;
const PF_X = 1;
const PF_W = 2;
/** Headers that are looked at; object files have many sections, programs few segments. */
const SECTION_LIMIT = 65_536;
const SEGMENT_LIMIT = 1024;
const NAME_LIMIT = 256;

/** Whether a file starts as an ELF file does. */
export function isElf(head: Buffer): boolean {
  const [klass, data] = [head[4], head[5]];
  return head.length >= 16 && head.readUInt32BE(0) === 0x7f454c46 &&
    (klass === 1 || klass === CLASS_64) && (data === 1 || data === DATA_BIG_ENDIAN);
}

/** The file, or undefined where it is not ELF. */
export function openElf(content: Buffer): Executable | undefined {
  if (!isElf(content)) {
    return undefined;
  }
  const file = new Fields(content, content[5] === DATA_BIG_ENDIAN, content[4] === CLASS_64);
  return {
    format: 'elf',
    bigEndian: file.bigEndian,
    wide: file.wide,
    size: content.length,
    sections: () => sections(file),
    segments: () => segments(file),
  };
}

interface SectionHeader {
  readonly name: number;
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

function sectionHeader(file: Fields, at: number): SectionHeader {
  const { wide } = file;
  return {
    name: file.u32(at),
    type: file.u32(at + 4),
    address: file.word(at + (wide ? 16 : 12)),
    offset: file.word(at + (wide ? 24 : 16)),
    size: file.word(at + (wide ? 32 : 20)),
    link: file.u32(at + (wide ? 40 : 24)),
    info: file.u32(at + (wide ? 44 : 28)),
  };
}

/** The tables' places and sizes, as the file header or, for large numbers, the first section says. */
function tables(file: Fields) {
  const { wide } = file;
  const sectionTable = file.word(wide ? 40 : 32);
  const counts = wide ? 54 : 42;
  const first = sectionTable > 0 ? sectionHeader(file, sectionTable) : undefined;
  const [phnum, shnum, names] = [counts + 2, counts + 6, counts + 8].map((at) => file.u16(at));
  return {
    sectionTable,
    sectionSize: file.u16(counts + 4),
    sectionCount: Math.min((shnum === 0 ? first?.size : shnum) || 0, SECTION_LIMIT),
    nameSection: names === SHN_XINDEX ? first?.link ?? NaN : names ?? NaN,
    segmentTable: file.word(wide ? 32 : 28),
    segmentSize: file.u16(counts),
    segmentCount: Math.min((phnum === PN_XNUM ? first?.info : phnum) || 0, SEGMENT_LIMIT),
  };
}

function* sections(file: Fields): Generator<Section> {
  const { sectionTable, sectionSize, sectionCount, nameSection } = tables(file);
  // Of a lesser size headers would overlap, and the work would be more than the file has bytes.
  if (!(sectionTable > 0 && sectionSize >= (file.wide ? 64 : 40) && nameSection < sectionCount)) {
    return;
  }
  const names = sectionHeader(file, sectionTable + nameSection * sectionSize);
  for (let index = 0; index < sectionCount; index++) {
    const header = sectionHeader(file, sectionTable + index * sectionSize);
    if (Number.isNaN(header.info)) {
      return;
    }
    const data = file.range(header.offset, header.size);
    if (header.type !== SHT_NULL && header.type !== SHT_NOBITS && data.length > 0) {
      const name = header.name < names.size
        ? file.text(names.offset + header.name, Math.min(names.size - header.name, NAME_LIMIT))
        : '';
      yield { name, address: header.address, data };
    }
  }
}

function* segments(file: Fields): Generator<Segment> {
  const { segmentTable, segmentSize, segmentCount } = tables(file);
  const { wide } = file;
  if (!(segmentTable > 0 && segmentSize >= (wide ? 56 : 32))) {
    return;
  }
  for (let index = 0; index < segmentCount; index++) {
    const at = segmentTable + index * segmentSize;
    const data = file.range(file.word(at + (wide ? 8 : 4)), file.word(at + (wide ? 32 : 16)));
    const flags = file.u32(at + (wide ? 4 : 24));
    if (Number.isNaN(flags)) {
      return;
    }
    if (file.u32(at) === PT_LOAD && data.length > 0) {
      yield {
        address: file.word(at + (wide ? 16 : 8)),
        data,
        writable: (flags & PF_W) !== 0,
        executable: (flags & PF_X) !== 0,
      };
    }
  }
}
