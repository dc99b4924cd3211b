/**
 * Reading ZIP archives that are wholly in memory (PKWARE APPNOTE.TXT 6.3: 4.3 "general format",
 * 4.5.3 "ZIP64 extended information"). The central directory alone says what there is, as in all
 * readers that can seek: bytes before the archive, which make it executable, and data descriptors
 * need no further care.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { inflateRawSync } from 'node:zlib';
import { type ArchiveBudget, ArchiveError } from './archive-budget.ts';

const LOCAL = 0x0403_4b50;
const CENTRAL = 0x0201_4b50;
const END = Buffer.from('PK\x05\x06', 'latin1');
const END_64 = 0x0606_4b50;
const LOCATOR_64 = 0x0706_4b50;

const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const END_64_BYTES = 56;
const LOCATOR_64_BYTES = 20;
const LONGEST_COMMENT = 0xffff;

/** Bytes of a name: no file system allows longer paths. Entries with longer ones are passed over. */
const NAME_LIMIT = 4096;
const STORED = 0;
const DEFLATED = 8;
/** Encrypted, strongly encrypted, local header masked. */
const ENCRYPTED_FLAGS = 0x0001 | 0x0040 | 0x2000;
const MAX_32 = 0xffff_ffff;
const EXTRA_64 = 0x0001;

/** What the central directory says of one entry. */
export interface ZipEntry {
  /** One char per raw byte; `zipText` decodes it. */
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly compressedSize: number;
  readonly size: number;
  /** Where its local header is in the content. */
  readonly offset: number;
}

/** Where the parts of an archive are in its content. */
export interface ZipArchive {
  readonly content: Buffer;
  /** First byte of the central directory, and the one after its last. */
  readonly start: number;
  readonly end: number;
  /** What the archive counts its offsets from. */
  readonly base: number;
}

/**
 * Finds the central directory.
 *
 * @throws {ArchiveError} `damaged`, where there is none
 */
export function openZip(content: Buffer): ZipArchive {
  const from = Math.max(0, content.length - END_BYTES - LONGEST_COMMENT);
  const tail = content.subarray(from);
  for (
    let at = tail.lastIndexOf(END);
    at !== -1;
    at = at === 0 ? -1 : tail.lastIndexOf(END, at - 1)
  ) {
    const archive = archiveOf(content, from + at);
    if (archive !== undefined) return archive;
  }
  throw new ArchiveError('damaged', 'no ZIP archive, or one that was cut off');
}

/** The archive that ends with the record at `at`; undefined where those bytes only look like one. */
function archiveOf(content: Buffer, at: number): ZipArchive | undefined {
  if (at + END_BYTES > content.length) return undefined;
  if (at + END_BYTES + content.readUInt16LE(at + 20) > content.length) return undefined;
  const record = endRecord64(content, at) ?? {
    at,
    size: content.readUInt32LE(at + 12),
    offset: content.readUInt32LE(at + 16),
  };
  // Offsets count from the archive's own start, unless its writer corrected them for a prefix.
  for (const start of [record.at - record.size, record.offset]) {
    const end = start + record.size;
    const isThere = start >= record.offset && end <= record.at &&
      (record.size === 0 || (record.size >= CENTRAL_BYTES && isAt(content, start, CENTRAL)));
    if (isThere) return { content, start, end, base: start - record.offset };
  }
  return undefined;
}

interface EndRecord {
  readonly at: number;
  readonly size: number;
  readonly offset: number;
}

/** The record of an archive beyond 32 bits, which stands before the common one. */
function endRecord64(content: Buffer, end: number): EndRecord | undefined {
  const locator = end - LOCATOR_64_BYTES;
  if (locator < 0 || !isAt(content, locator, LOCATOR_64)) return undefined;
  // The locator's offset is wrong behind a prefix; the record then ends where the locator begins.
  for (const at of [number64(content, locator + 8), locator - END_64_BYTES]) {
    if (at >= 0 && at + END_64_BYTES <= locator && isAt(content, at, END_64)) {
      return { at, size: number64(content, at + 40), offset: number64(content, at + 48) };
    }
  }
  return undefined;
}

/**
 * The entries in the order of the central directory; of folders and others without content too.
 * The number of entries that the archive claims does not count: old writers let it overflow.
 *
 * @throws {ArchiveError} `damaged`, or the budget's
 */
export function* zipEntries(archive: ZipArchive, budget: ArchiveBudget): Generator<ZipEntry> {
  const { content, end } = archive;
  let at = archive.start;
  while (at < end) {
    budget.takeEntry();
    if (at + CENTRAL_BYTES > end || !isAt(content, at, CENTRAL)) {
      throw new ArchiveError('damaged', 'damaged central directory');
    }
    const nameLength = content.readUInt16LE(at + 28);
    const name = at + CENTRAL_BYTES;
    const extra = name + nameLength;
    const comment = extra + content.readUInt16LE(at + 30);
    const next = comment + content.readUInt16LE(at + 32);
    if (next > end) throw new ArchiveError('damaged', 'damaged central directory');
    if (nameLength <= NAME_LIMIT) {
      yield entryOf(archive, at, content.subarray(extra, comment), name, extra);
    }
    at = next;
  }
}

function entryOf(
  { content, base }: ZipArchive,
  at: number,
  extra: Buffer,
  nameStart: number,
  nameEnd: number,
): ZipEntry {
  const [size, compressedSize, offset] = sizes(content, at, extra);
  return {
    name: content.toString('latin1', nameStart, nameEnd),
    method: content.readUInt16LE(at + 10),
    encrypted: (content.readUInt16LE(at + 8) & ENCRYPTED_FLAGS) !== 0,
    compressedSize,
    size,
    offset: base + offset,
  };
}

/** Size, compressed size and offset. What does not fit 32 bits is in an extra field, in this order. */
function sizes(content: Buffer, at: number, extra: Buffer): readonly [number, number, number] {
  const size = content.readUInt32LE(at + 24);
  const compressedSize = content.readUInt32LE(at + 20);
  const offset = content.readUInt32LE(at + 42);
  if (size !== MAX_32 && compressedSize !== MAX_32 && offset !== MAX_32) {
    return [size, compressedSize, offset];
  }
  const wide = extraField(extra, EXTRA_64);
  let position = 0;
  const widened = (value: number): number => {
    if (value !== MAX_32 || position + 8 > wide.length) return value;
    position += 8;
    return number64(wide, position - 8);
  };
  return [widened(size), widened(compressedSize), widened(offset)];
}

function extraField(extra: Buffer, id: number): Buffer {
  for (let at = 0; at + 4 <= extra.length;) {
    const start = at + 4;
    const end = start + extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === id) return extra.subarray(start, end);
    at = end;
  }
  return extra.subarray(0, 0);
}

/**
 * Refuses archives in which entries share bytes: no writer makes them, but bombs do.
 *
 * @throws {ArchiveError} `damaged`
 */
export function checkOverlap(archive: ZipArchive, entries: readonly ZipEntry[]): void {
  const sorted = entries.toSorted((a, b) => a.offset - b.offset);
  for (const [index, entry] of sorted.entries()) {
    const next = sorted[index + 1]?.offset ?? archive.start;
    if (entry.offset + LOCAL_BYTES + entry.name.length + entry.compressedSize > next) {
      throw new ArchiveError('damaged', 'entries that share bytes');
    }
  }
}

/**
 * Gives the content of an entry to `use`: a part of the archive's own bytes where it is stored,
 * else inflated, and then counted as held until `use` returns.
 *
 * @throws {ArchiveError} `damaged`, `unsupported`, `too_large`: more than `limit` bytes, or the
 * budget's
 */
export function withZipEntry<T>(
  archive: ZipArchive,
  entry: ZipEntry,
  budget: ArchiveBudget,
  limit: number,
  use: (content: Buffer) => T,
): T {
  const { method, size } = entry;
  if (entry.encrypted) throw new ArchiveError('unsupported', 'encrypted');
  if (method !== STORED && method !== DEFLATED) {
    throw new ArchiveError('unsupported', `compression method ${method}`);
  }
  const data = dataOf(archive, entry);
  if (method === STORED && size !== data.length) {
    throw new ArchiveError('damaged', 'entry of a wrong size');
  }
  budget.checkRatio(data.length, size);
  if (size > limit) throw new ArchiveError('too_large', `larger than ${limit} bytes`);
  if (method === STORED) return use(data);
  return budget.holding(size, () => {
    budget.takeInflation(size);
    return use(inflate(data, size));
  });
}

function dataOf({ content, start: limit }: ZipArchive, entry: ZipEntry): Buffer {
  const { offset, compressedSize } = entry;
  if (offset + LOCAL_BYTES <= limit && isAt(content, offset, LOCAL)) {
    const start = offset + LOCAL_BYTES + content.readUInt16LE(offset + 26) +
      content.readUInt16LE(offset + 28);
    if (start + compressedSize <= limit) return content.subarray(start, start + compressedSize);
  }
  throw new ArchiveError('damaged', 'entry outside of its archive');
}

function inflate(data: Buffer, size: number): Buffer {
  let inflated: Buffer | undefined;
  try {
    // One chunk for all, so that nothing is copied; one byte more shows where there is too much.
    const chunkSize = Math.max(size + 1, 64);
    inflated = inflateRawSync(data, { maxOutputLength: Math.max(size, 1), chunkSize });
  } catch {
    // Not deflate, cut off, or more than it claims: all the same to the caller.
  }
  if (inflated?.length !== size) throw new ArchiveError('damaged', 'damaged compressed data');
  return inflated;
}

/** UTF-8, which Java always writes whatever the flag says, else one char per byte. */
export function zipText(name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : name;
}

function isAt(content: Buffer, at: number, signature: number): boolean {
  return at >= 0 && at + 4 <= content.length && content.readUInt32LE(at) === signature;
}

function number64(content: Buffer, at: number): number {
  return Number(content.readBigUInt64LE(at));
}
