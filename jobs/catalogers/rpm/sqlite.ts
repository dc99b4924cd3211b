/**
 * The values of a table in an SQLite file, read only (SQLite documentation, "Database File Format").
 * Integers are big-endian.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { CatalogError } from '../types.ts';
import { readLog } from './wal.ts';

const MAGIC = 'SQLite format 3\0';
const FILE_HEADER = 100;
const SCHEMA_ROOT = 1;
const PAGE_SIZES = { least: 512, most: 65_536 } as const;
const LEAST_USABLE = 480;

/** Types of b-tree pages that tables have. */
const INTERIOR = 5;
const LEAF = 13;
const PAGE_HEADERS: ReadonlyMap<number, number> = new Map([[INTERIOR, 12], [LEAF, 8]]);

/** Columns of a record that are looked at: `sqlite_schema` has five, `Packages` two. */
const COLUMN_LIMIT = 8;
/** Bytes of the integers that serial types 1 to 6 stand for; 7 is a float. */
const NUMBER_SIZES = [0, 1, 2, 3, 4, 6, 8, 8] as const;
/** Serial types of the integers that can be a page's number: one to four bytes. */
const PAGE_NUMBERS: ReadonlySet<number> = new Set([1, 2, 3, 4]);

/** One column of a record: the bytes and what they are, by their serial type. */
interface Column {
  readonly type: number;
  readonly bytes: Buffer;
}

/** Whether the bytes are an SQLite database. */
export function isSqlite(content: Buffer): boolean {
  return content.length >= FILE_HEADER && content.toString('latin1', 0, MAGIC.length) === MAGIC;
}

/**
 * The first blob of each row of a table; undefined for a row that cannot be put together. The
 * write-ahead log, where there is one, has newer pages. Takes each page once.
 *
 * @throws {CatalogError} no such file, or no such table in it
 */
export function* sqliteBlobs(
  content: Buffer,
  log: Buffer | undefined,
  table: string,
): Generator<Buffer | undefined> {
  const file = new SqliteFile(content, log);
  const root = rootOf(file, table);
  if (root === undefined) {
    throw new CatalogError(`an SQLite database without a table ${table}`);
  }
  for (const record of recordsOf(file, root)) {
    yield record && columnsOf(record).find(({ type }) => type >= 12 && type % 2 === 0)?.bytes;
  }
}

/** Each row of `sqlite_schema` is type, name, table, root page and SQL text. */
function rootOf(file: SqliteFile, table: string): number | undefined {
  for (const record of recordsOf(file, SCHEMA_ROOT)) {
    const [type, name, , root] = record === undefined ? [] : columnsOf(record);
    const isTable = type?.bytes.toString() === 'table' &&
      name?.bytes.toString().toLowerCase() === table.toLowerCase();
    if (isTable && root !== undefined && PAGE_NUMBERS.has(root.type)) {
      return root.bytes.readUIntBE(0, root.bytes.length);
    }
  }
  return undefined;
}

/** The rows of a table's b-tree from left to right; undefined for a page that it lacks. */
function* recordsOf(file: SqliteFile, root: number): Generator<Buffer | undefined> {
  // Children wait as pages, so that no more can wait than the file has.
  const pages: Page[] = [];
  let page = file.take(root);
  if (page === undefined) {
    yield undefined;
  }
  for (; page !== undefined; page = pages.pop()) {
    if (page.type === LEAF) {
      for (let index = 0; index < page.cells; index++) {
        yield file.record(page, index);
      }
      continue;
    }
    for (let index = page.cells; index >= 0; index--) {
      const child = file.take(file.child(page, index));
      if (child === undefined) {
        yield undefined;
      } else {
        pages.push(child);
      }
    }
  }
}

/** The first columns of a record: serial types, then the values. Ends where the record does. */
function columnsOf(record: Buffer): readonly Column[] {
  const columns: Column[] = [];
  const header = varint(record, 0);
  let at = header.next;
  let start = header.value;
  while (at < header.value && columns.length < COLUMN_LIMIT) {
    const type = varint(record, at);
    const end = start + sizeOf(type.value);
    if (end > record.length) {
      break;
    }
    columns.push({ type: type.value, bytes: record.subarray(start, end) });
    at = type.next;
    start = end;
  }
  return columns;
}

/** Texts have odd types from 13, blobs even ones from 12; 8 and 9 are the numbers 0 and 1. */
function sizeOf(serialType: number): number {
  return serialType >= 12 ? Math.floor((serialType - 12) / 2) : NUMBER_SIZES[serialType] ?? 0;
}

/** Up to nine bytes, seven bits each but the last; infinite where they do not end. */
function varint(bytes: Buffer, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let at = start; at < start + 8; at++) {
    const byte = bytes[at];
    if (byte === undefined) {
      return { value: Infinity, next: at };
    }
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      return { value, next: at + 1 };
    }
  }
  return { value: value * 256 + (bytes[start + 8] ?? 0), next: start + 9 };
}

interface Page {
  readonly bytes: Buffer;
  readonly type: number;
  readonly cells: number;
  /** Where the cells' offsets start. */
  readonly offsets: number;
  /** The last child of an interior page. */
  readonly rightMost: number;
}

class SqliteFile {
  readonly #content: Buffer;
  readonly #pageSize: number;
  readonly #usable: number;
  readonly #newer: ReadonlyMap<number, Buffer>;
  readonly #taken: Uint8Array;

  constructor(content: Buffer, log: Buffer | undefined) {
    if (!isSqlite(content)) {
      throw new CatalogError('not an SQLite database');
    }
    const written = content.readUInt16BE(16);
    const pageSize = written === 1 ? PAGE_SIZES.most : written;
    if ((pageSize & (pageSize - 1)) !== 0 || pageSize < PAGE_SIZES.least) {
      throw new CatalogError('an SQLite database of impossible page size');
    }
    this.#content = content;
    this.#pageSize = pageSize;
    this.#usable = pageSize - content.readUInt8(20);
    if (this.#usable < LEAST_USABLE) {
      throw new CatalogError('an SQLite database of impossible page size');
    }
    this.#newer = log === undefined ? new Map() : readLog(log, pageSize);
    const logged = log === undefined ? 0 : Math.floor(log.length / pageSize);
    this.#taken = new Uint8Array(Math.floor(content.length / pageSize) + logged + 1);
  }

  /** A page of a table that was not taken before; undefined for any other. */
  take(number: number): Page | undefined {
    const bytes = this.#takeBytes(number);
    const start = number === SCHEMA_ROOT ? FILE_HEADER : 0;
    const type = bytes?.readUInt8(start) ?? 0;
    const header = PAGE_HEADERS.get(type);
    if (bytes === undefined || header === undefined) {
      return undefined;
    }
    const offsets = start + header;
    // A page has no more cells than it has room for their offsets.
    const cells = Math.min(bytes.readUInt16BE(start + 3), (this.#usable - offsets) >> 1);
    return { bytes, type, cells, offsets, rightMost: bytes.readUInt32BE(start + 8) };
  }

  /**
   * The page to the left of a cell of an interior page, or behind its last cell. 0, which is none,
   * for a broken cell.
   */
  child(page: Page, index: number): number {
    if (index === page.cells) {
      return page.rightMost;
    }
    const at = page.bytes.readUInt16BE(page.offsets + 2 * index);
    return at + 4 <= this.#usable ? page.bytes.readUInt32BE(at) : 0;
  }

  /** The payload of a leaf's cell: what does not fit on the page is in a chain of overflow pages. */
  record(page: Page, index: number): Buffer | undefined {
    const length = varint(page.bytes, page.bytes.readUInt16BE(page.offsets + 2 * index));
    const { next: start } = varint(page.bytes, length.next);
    const end = start + this.#localSize(length.value);
    if (end > this.#usable) {
      return undefined;
    }
    const local = page.bytes.subarray(start, end);
    if (local.length === length.value) {
      return local;
    }
    return end + 4 > this.#usable
      ? undefined
      : this.#chained(local, length.value, page.bytes.readUInt32BE(end));
  }

  /** How much of a payload is on the leaf itself. */
  #localSize(length: number): number {
    const most = this.#usable - 35;
    if (length <= most) {
      return length;
    }
    const least = Math.floor((this.#usable - 12) * 32 / 255) - 23;
    const rest = least + (length - least) % (this.#usable - 4);
    return rest <= most ? rest : least;
  }

  #chained(local: Buffer, length: number, first: number): Buffer | undefined {
    const parts = [local];
    let missing = length - local.length;
    for (let number = first; missing > 0;) {
      const page = this.#takeBytes(number);
      if (page === undefined) {
        return undefined;
      }
      const part = page.subarray(4, Math.min(this.#usable, 4 + missing));
      parts.push(part);
      missing -= part.length;
      number = page.readUInt32BE(0);
    }
    return Buffer.concat(parts, length);
  }

  #takeBytes(number: number): Buffer | undefined {
    if (this.#taken[number] !== 0) {
      return undefined;
    }
    this.#taken[number] = 1;
    const start = (number - 1) * this.#pageSize;
    const end = start + this.#pageSize;
    return this.#newer.get(number) ??
      (start < 0 || end > this.#content.length ? undefined : this.#content.subarray(start, end));
  }
}
