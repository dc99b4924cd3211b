/**
 * Mach-O files and the fat files that hold one per processor (Apple, "OS X ABI Mach-O File Format
 * Reference"; `mach-o/loader.h`, `mach-o/fat.h`).
 *
 * @module
 */
import { Fields } from './fields.ts';
import type { Executable, Section, Segment } from './types.ts';

const MAGIC_32 = 0xfeedface;
const MAGIC_64 = 0xfeedfacf;
const FAT_MAGIC = 0xcafebabe;
const FAT_MAGIC_64 = 0xcafebabf;
const LC_SEGMENT = 1;
const LC_SEGMENT_64 = 0x19;
const VM_PROT_WRITE = 2;
const VM_PROT_EXECUTE = 4;
const SECTION_TYPE = 0xff;
/** Section types without bytes in the file: zero-fill, large zero-fill, thread-local zero-fill. */
const ZERO_FILL: ReadonlySet<number> = new Set([0x1, 0xc, 0x12]);
const NAME_SIZE = 16;
const COMMAND_LIMIT = 4096;
/** Java's class files have the same magic, with a version from 45 where the count is. */
const SLICE_LIMIT = 32;

/** Whether a file starts as a Mach-O file or a fat one does. */
export function isMachO(head: Buffer): boolean {
  return isThin(head) || isFat(head);
}

function isThin(head: Buffer): boolean {
  if (head.length < 28) {
    return false;
  }
  const [big, little] = [head.readUInt32BE(0), head.readUInt32LE(0)];
  return [big, little].some((magic) => magic === MAGIC_32 || magic === MAGIC_64);
}

function isFat(head: Buffer): boolean {
  if (head.length < 28) {
    return false;
  }
  const [magic, count] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  return (magic === FAT_MAGIC || magic === FAT_MAGIC_64) && count > 0 && count <= SLICE_LIMIT;
}

/** The programs in a file: one, or one per processor of a fat file; none where it is not Mach-O. */
export function openMachO(content: Buffer): readonly Executable[] {
  return isFat(content) ? [...slices(content)].flatMap(openThin) : openThin(content);
}

/** Slices that overlap are in no real file, and would have the same bytes read again and again. */
function* slices(content: Buffer): Generator<Buffer> {
  const wide = content.readUInt32BE(0) === FAT_MAGIC_64;
  const file = new Fields(content, true, wide);
  const count = file.u32(4);
  let total = 0;
  for (let index = 0; index < count; index++) {
    const at = 8 + index * (wide ? 32 : 20);
    const slice = file.range(file.word(at + 8), file.word(at + (wide ? 16 : 12)));
    total += slice.length;
    if (total > content.length) {
      return;
    }
    yield slice;
  }
}

function openThin(content: Buffer): readonly Executable[] {
  if (!isThin(content)) {
    return [];
  }
  const magic = content.readUInt32BE(0);
  const bigEndian = magic === MAGIC_32 || magic === MAGIC_64;
  const wide = (bigEndian ? magic : content.readUInt32LE(0)) === MAGIC_64;
  const file = new Fields(content, bigEndian, wide);
  return [{
    format: 'macho',
    bigEndian,
    wide,
    size: content.length,
    sections: () => sections(file),
    segments: () => segments(file),
  }];
}

/** Offsets of the commands that describe a segment, with the commands' sizes. */
function* segmentCommands(file: Fields): Generator<{ readonly at: number; readonly size: number }> {
  const wanted = file.wide ? LC_SEGMENT_64 : LC_SEGMENT;
  const least = file.wide ? 72 : 56;
  const count = Math.min(file.u32(16), COMMAND_LIMIT);
  for (let index = 0, at = file.wide ? 32 : 28; index < count; index++) {
    const size = file.u32(at + 4);
    if (!(size >= 8)) {
      return;
    }
    if (file.u32(at) === wanted && size >= least) {
      yield { at, size };
    }
    at += size;
  }
}

function* segments(file: Fields): Generator<Segment> {
  const { wide } = file;
  for (const { at } of segmentCommands(file)) {
    const data = file.range(file.word(at + (wide ? 40 : 32)), file.word(at + (wide ? 48 : 36)));
    const protection = file.u32(at + (wide ? 60 : 44));
    if (data.length > 0) {
      yield {
        address: file.word(at + 24),
        data,
        writable: (protection & VM_PROT_WRITE) !== 0,
        executable: (protection & VM_PROT_EXECUTE) !== 0,
      };
    }
  }
}

function* sections(file: Fields): Generator<Section> {
  const { wide } = file;
  const [head, each] = wide ? [72, 80] : [56, 68];
  for (const { at, size } of segmentCommands(file)) {
    const count = Math.min(file.u32(at + head - 8), Math.floor((size - head) / each));
    for (let index = 0; index < count; index++) {
      const section = at + head + index * each;
      const data = file.range(
        file.u32(section + (wide ? 48 : 40)),
        file.word(section + (wide ? 40 : 36)),
      );
      const flags = file.u32(section + (wide ? 64 : 56));
      if (Number.isNaN(flags)) {
        return;
      }
      if (!ZERO_FILL.has(flags & SECTION_TYPE) && data.length > 0) {
        yield { name: file.text(section, NAME_SIZE), address: file.word(section + 32), data };
      }
    }
  }
}
