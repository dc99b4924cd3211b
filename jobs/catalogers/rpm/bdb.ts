/**
 * The values of a Berkeley DB hash (Berkeley DB source documentation, db_page.h: the on-disk layout
 * of versions 3.1 to 6), which rpm kept its headers in until version 4.16. Integers are in the order
 * of the machine that made the file.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { CatalogError } from '../types.ts';

const MAGIC = 0x061561;
const MAGIC_AT = 12;
/** Of the hash; earlier ones have another first page. */
const VERSIONS = { first: 7, last: 10 } as const;
const META_SIZE = 512;
const SPARES_AT = 96;
const SPARES = 32;
const PAGE_SIZES = { least: 512, most: 65_536 } as const;
const CHECKSUM_FLAG = 1;

/** Bytes before a page's items, and those of a page with a checksum. */
const PAGE_HEADER = 26;
const CHECKED_PAGE_HEADER = 32;

/** Types of pages. Items of a hash page were unsorted until 4.6. */
const HASH_UNSORTED = 2;
const OVERFLOW = 7;
const HASH = 13;

/** Types of items: the bytes themselves, or where they are. */
const KEY_DATA = 1;
const OFF_PAGE = 3;
const OFF_PAGE_SIZE = 12;

/** Whether the bytes are a Berkeley DB hash. */
export function isBdb(content: Buffer): boolean {
  return content.length >= META_SIZE &&
    (content.readUInt32LE(MAGIC_AT) === MAGIC || content.readUInt32BE(MAGIC_AT) === MAGIC);
}

/**
 * The headers in a `Packages` hash; undefined for one that cannot be put together. Goes through the
 * buckets as Berkeley DB does, so that nothing erased is met. Takes each page once.
 *
 * @throws {CatalogError} a first page that no such hash has
 */
export function* bdbValues(content: Buffer): Generator<Buffer | undefined> {
  const file = new HashFile(content);
  for (let bucket = 0; bucket <= file.lastBucket; bucket++) {
    let page = file.take(file.pageOfBucket(bucket));
    while (page !== undefined && (page.type === HASH || page.type === HASH_UNSORTED)) {
      yield* valuesOf(file, page);
      page = file.take(page.next);
    }
  }
}

/** Items come in pairs of key and value. The key zero has the last number given, not a header. */
function* valuesOf(file: HashFile, page: Page): Generator<Buffer | undefined> {
  for (let index = 0; index + 1 < page.entries; index += 2) {
    const key = file.item(page, index);
    const value = file.item(page, index + 1);
    if (key === undefined || value === undefined) {
      yield undefined;
    } else if (!isCounter(key)) {
      yield file.bytesOf(value);
    }
  }
}

function isCounter(key: Buffer): boolean {
  return key.length === 5 && key.readUInt8(0) === KEY_DATA && key.readUInt32LE(1) === 0;
}

interface Page {
  readonly start: number;
  readonly type: number;
  readonly next: number;
  /** Items of a hash page. */
  readonly entries: number;
  /** Bytes of an overflow page that are used. */
  readonly used: number;
}

class HashFile {
  readonly lastBucket: number;
  readonly #content: Buffer;
  readonly #bigEndian: boolean;
  readonly #pageSize: number;
  readonly #pageHeader: number;
  readonly #taken: Uint8Array;

  constructor(content: Buffer) {
    if (!isBdb(content)) {
      throw new CatalogError('not a Berkeley DB hash');
    }
    this.#content = content;
    this.#bigEndian = content.readUInt32BE(MAGIC_AT) === MAGIC;
    const version = this.#uint32(16);
    const pageSize = this.#uint32(20);
    const isPowerOfTwo = (pageSize & (pageSize - 1)) === 0;
    if (version < VERSIONS.first || version > VERSIONS.last) {
      throw new CatalogError(`a Berkeley DB hash of version ${version}`);
    }
    if (content.readUInt8(24) !== 0) {
      throw new CatalogError('an encrypted Berkeley DB hash');
    }
    if (!isPowerOfTwo || pageSize < PAGE_SIZES.least || pageSize > PAGE_SIZES.most) {
      throw new CatalogError('a Berkeley DB hash of impossible page size');
    }
    const isChecked = (content.readUInt8(26) & CHECKSUM_FLAG) !== 0;
    this.#pageSize = pageSize;
    this.#pageHeader = isChecked ? CHECKED_PAGE_HEADER : PAGE_HEADER;
    this.#taken = new Uint8Array(Math.floor(content.length / pageSize));
    this.lastBucket = this.#uint32(72);
    // Every bucket has a page of its own.
    if (this.lastBucket >= this.#taken.length) {
      throw new CatalogError('a Berkeley DB hash that is cut off');
    }
  }

  /** Buckets are added by doublings; `spares` says how far each has moved the pages. */
  pageOfBucket(bucket: number): number {
    const doubling = 32 - Math.clz32(bucket);
    return doubling < SPARES ? bucket + this.#uint32(SPARES_AT + 4 * doubling) : 0;
  }

  /** A page that was not taken before; undefined beyond the file. The first page is none. */
  take(number: number): Page | undefined {
    if (number === 0 || this.#taken[number] !== 0) {
      return undefined;
    }
    this.#taken[number] = 1;
    const start = number * this.#pageSize;
    return {
      start,
      next: this.#uint32(start + 16),
      entries: this.#uint16(start + 20),
      used: this.#uint16(start + 22),
      type: this.#content.readUInt8(start + 25),
    };
  }

  /** Items are filled in from the page's end: each ends where the one before it starts. */
  item({ start }: Page, index: number): Buffer | undefined {
    const end = index === 0 ? this.#pageSize : this.#offset(start, index - 1);
    const begin = this.#offset(start, index);
    return begin < end && end <= this.#pageSize
      ? this.#content.subarray(start + begin, start + end)
      : undefined;
  }

  /** The bytes of an item, on its page or in overflow pages. */
  bytesOf(item: Buffer): Buffer | undefined {
    const type = item.readUInt8(0);
    if (type === KEY_DATA) {
      return item.subarray(1);
    }
    if (type !== OFF_PAGE || item.length < OFF_PAGE_SIZE) {
      return undefined;
    }
    return this.#overflow(this.#uint32(4, item), this.#uint32(8, item));
  }

  #overflow(first: number, length: number): Buffer | undefined {
    const parts: Buffer[] = [];
    let got = 0;
    for (let number = first; got < length;) {
      const page = this.take(number);
      if (page?.type !== OVERFLOW || page.used > this.#pageSize - this.#pageHeader) {
        return undefined;
      }
      const start = page.start + this.#pageHeader;
      parts.push(this.#content.subarray(start, start + page.used));
      got += page.used;
      number = page.next;
    }
    return got === length ? Buffer.concat(parts, length) : undefined;
  }

  /** Indexes of a page with very many items end with the page: then it is zero, and no item. */
  #offset(start: number, index: number): number {
    const at = this.#pageHeader + 2 * index;
    return at + 2 <= this.#pageSize ? this.#uint16(start + at) : 0;
  }

  #uint16(at: number): number {
    return this.#bigEndian ? this.#content.readUInt16BE(at) : this.#content.readUInt16LE(at);
  }

  #uint32(at: number, bytes: Buffer = this.#content): number {
    return this.#bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  }
}
