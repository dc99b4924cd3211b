/**
 * The header of an installed rpm package, as its database keeps it: a number of index entries and a
 * store of values, all big-endian (rpm documentation, "RPM v4 package format": header structure;
 * "RPM tags").
 *
 * @module
 */
import { CatalogError } from '../types.ts';

/** Tags that are read, by rpm's names for them. */
export const TAGS = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  size: 1009,
  vendor: 1011,
  license: 1014,
  arch: 1022,
  oldFilenames: 1027,
  fileSizes: 1028,
  fileStates: 1029,
  fileModes: 1030,
  fileDigests: 1035,
  fileLinkTos: 1036,
  fileFlags: 1037,
  fileUserName: 1039,
  fileGroupName: 1040,
  sourceRpm: 1044,
  fileVerifyFlags: 1045,
  dirIndexes: 1116,
  basenames: 1117,
  dirNames: 1118,
  longFileSizes: 5008,
  longSize: 5009,
  fileDigestAlgo: 5011,
  modularityLabel: 5096,
} as const;

/** The bounds that rpm itself puts on a header. */
const ENTRY_LIMIT = 0xffff;
const DATA_LIMIT = 0x0fff_ffff;
/** Values of one tag: more than any package has files. */
const VALUE_LIMIT = 1_000_000;
const INTRO_SIZE = 8;
const ENTRY_SIZE = 16;

const STRING = 6;
const STRING_ARRAY = 8;
/** In the database a single string of the untranslated text. */
const I18N_STRING = 9;
const INT64 = 5;
/** Bytes of one integer, by type. */
const INTEGER_SIZES: ReadonlyMap<number, number> = new Map([[1, 1], [2, 1], [3, 2], [4, 4], [
  5,
  8,
]]);

interface Entry {
  readonly type: number;
  readonly offset: number;
  readonly count: number;
}

/** Values are decoded when they are asked for. What the header lacks or garbles reads as absent. */
export class Header {
  readonly #entries: ReadonlyMap<number, Entry>;
  readonly #data: Buffer;

  constructor(entries: ReadonlyMap<number, Entry>, data: Buffer) {
    this.#entries = entries;
    this.#data = data;
  }

  /** A string without surrounding blanks; an empty one where there is none. */
  text(tag: number): string {
    const entry = this.#entries.get(tag);
    if (entry === undefined || !isText(entry.type)) {
      return '';
    }
    const end = this.#data.indexOf(0, entry.offset);
    return end === -1 ? '' : this.#data.toString('utf8', entry.offset, end).trim();
  }

  has(tag: number): boolean {
    return this.#entries.has(tag);
  }

  /** All strings of a tag, one char per raw byte. None where one of them does not end. */
  strings(tag: number): readonly string[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined || !isText(entry.type) || entry.count > VALUE_LIMIT) {
      return [];
    }
    const texts: string[] = [];
    let at = entry.offset;
    for (let index = 0; index < entry.count; index++) {
      const end = this.#data.indexOf(0, at);
      if (end === -1) {
        return [];
      }
      texts.push(this.#data.toString('latin1', at, end));
      at = end + 1;
    }
    return texts;
  }

  /** All integers of a tag, unsigned. None where they are more than the header has room for. */
  integers(tag: number): readonly number[] {
    const entry = this.#entries.get(tag);
    const size = entry === undefined ? undefined : INTEGER_SIZES.get(entry.type);
    if (
      entry === undefined || size === undefined || entry.count > VALUE_LIMIT ||
      entry.offset + entry.count * size > this.#data.length
    ) {
      return [];
    }
    const values = new Array<number>(entry.count);
    for (let index = 0, at = entry.offset; index < entry.count; index++, at += size) {
      values[index] = entry.type === INT64
        ? Number(this.#data.readBigUInt64BE(at))
        : this.#data.readUIntBE(at, size);
    }
    return values;
  }

  /** The first integer of a tag. */
  integer(tag: number): number | undefined {
    return this.integers(tag)[0];
  }
}

function isText(type: number): boolean {
  return type === STRING || type === STRING_ARRAY || type === I18N_STRING;
}

/**
 * Reads a header's index. Of a tag given twice the last counts: entries that the installation added
 * stand behind the package's own, and replace them.
 *
 * @throws {CatalogError} sizes that do not fit the blob
 */
export function readHeader(blob: Buffer): Header {
  if (blob.length < INTRO_SIZE) {
    throw new CatalogError('a header that is cut off');
  }
  const count = blob.readUInt32BE(0);
  const size = blob.readUInt32BE(4);
  const start = INTRO_SIZE + count * ENTRY_SIZE;
  if (count > ENTRY_LIMIT || size > DATA_LIMIT || start + size > blob.length) {
    throw new CatalogError('a header of impossible size');
  }
  const entries = new Map<number, Entry>();
  for (let at = INTRO_SIZE; at < start; at += ENTRY_SIZE) {
    const offset = blob.readUInt32BE(at + 8);
    if (offset < size) {
      entries.set(blob.readUInt32BE(at), {
        type: blob.readUInt32BE(at + 4),
        offset,
        count: blob.readUInt32BE(at + 12),
      });
    }
  }
  return new Header(entries, blob.subarray(start, start + size));
}
