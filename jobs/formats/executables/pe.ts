/**
 * Windows' executables and libraries (Microsoft, "PE Format"), PE32 and PE32+.
 *
 * @module
 */
import { Fields } from './fields.ts';
import type { Executable, Section, Segment } from './types.ts';

const SIGNATURE = 0x4550;
const OPTIONAL_PE32 = 0x10b;
const OPTIONAL_PE32_PLUS = 0x20b;
const SECTION_SIZE = 40;
const SYMBOL_SIZE = 18;
const MEM_EXECUTE = 0x2000_0000;
const MEM_WRITE = 0x8000_0000;
/** Bytes before the PE header that a real file has at most. */
const STUB_LIMIT = 64 * 1024;
const NAME_LIMIT = 256;
/** The loader takes 96; object files have more. */
const SECTION_LIMIT = 4096;

/** Whether a file starts as a PE file does: a DOS header that says where the new header is. */
export function isPe(head: Buffer): boolean {
  if (head.length < 64 || head.readUInt16BE(0) !== 0x4d5a) {
    return false;
  }
  const header = head.readUInt32LE(0x3c);
  return header >= 4 && header <= STUB_LIMIT;
}

/** The file, or undefined where it is not PE. */
export function openPe(content: Buffer): Executable | undefined {
  if (!isPe(content)) {
    return undefined;
  }
  const header = content.readUInt32LE(0x3c);
  const narrow = new Fields(content, false, false);
  const magic = narrow.u16(header + 24);
  if (
    narrow.u32(header) !== SIGNATURE || (magic !== OPTIONAL_PE32 && magic !== OPTIONAL_PE32_PLUS)
  ) {
    return undefined;
  }
  const wide = magic === OPTIONAL_PE32_PLUS;
  const file = new Fields(content, false, wide);
  return {
    format: 'pe',
    bigEndian: false,
    wide,
    size: content.length,
    sections: () => parts(file, header),
    segments: () => parts(file, header),
  };
}

/** Sections are what is loaded, too. */
function* parts(file: Fields, header: number): Generator<Section & Segment> {
  const base = file.word(header + 24 + (file.wide ? 24 : 28));
  const count = Math.min(file.u16(header + 6), SECTION_LIMIT);
  const table = header + 24 + file.u16(header + 20);
  const strings = file.u32(header + 12) + file.u32(header + 16) * SYMBOL_SIZE;
  for (let index = 0; index < count; index++) {
    const at = table + index * SECTION_SIZE;
    const flags = file.u32(at + 36);
    if (Number.isNaN(flags)) {
      return;
    }
    const virtualSize = file.u32(at + 8) || Infinity;
    // The file's part is padded; what it pads is not of the section.
    const data = file.range(file.u32(at + 20), Math.min(virtualSize, file.u32(at + 16)));
    if (data.length > 0) {
      yield {
        name: nameOf(file, at, strings),
        address: base + file.u32(at + 12),
        data,
        writable: (flags & MEM_WRITE) !== 0,
        executable: (flags & MEM_EXECUTE) !== 0,
      };
    }
  }
}

/** Eight bytes, or `/` and the decimal offset in the string table behind the symbols. */
function nameOf(file: Fields, at: number, strings: number): string {
  const name = file.text(at, 8);
  const long = /^\/([0-9]{1,7})$/.exec(name)?.[1];
  return long === undefined ? name : file.text(strings + Number(long), NAME_LIMIT);
}
