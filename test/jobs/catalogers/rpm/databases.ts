/**
 * Small rpm databases for tests: hashes and slots written by hand, SQLite files by SQLite.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface HashOptions {
  readonly bigEndian?: boolean;
  readonly pageSize?: number;
  /** Type of the hash pages: 13, or 2 as before version 4.6. */
  readonly type?: number;
  readonly version?: number;
  readonly checksums?: boolean;
}

/** A Berkeley DB hash of two buckets with the counter rpm keeps; large values in overflow pages. */
export function hash(values: readonly Buffer[], options: HashOptions = {}): Buffer {
  const { bigEndian = false, pageSize = 512, type = 13, version = 9, checksums = false } = options;
  const pages: Buffer[] = [];
  const header = checksums ? 32 : 26;
  const u16 = (page: Buffer, value: number, at: number) =>
    bigEndian ? page.writeUInt16BE(value, at) : page.writeUInt16LE(value, at);
  const u32 = (page: Buffer, value: number, at: number) =>
    bigEndian ? page.writeUInt32BE(value, at) : page.writeUInt32LE(value, at);

  const add = (pageType: number): Buffer => {
    const page = Buffer.alloc(pageSize);
    u32(page, pages.length, 8);
    page.writeUInt8(pageType, 25);
    // A page of 64 KiB has no room for its size.
    u16(page, pageType === type ? pageSize % 0x1_0000 : 0, 22);
    pages.push(page);
    return page;
  };

  const overflow = (value: Buffer): Buffer => {
    const item = Buffer.alloc(12);
    item.writeUInt8(3, 0);
    u32(item, pages.length, 4);
    u32(item, value.length, 8);
    const room = pageSize - header;
    for (let at = 0; at < value.length; at += room) {
      const page = add(7);
      u16(page, value.copy(page, header, at, at + room), 22);
      u32(page, at + room < value.length ? pages.length : 0, 16);
    }
    return item;
  };

  const meta = add(8);
  const buckets = [add(type), add(type)];
  const put = (bucket: number, key: number, value: Buffer): void => {
    const keyItem = Buffer.alloc(5, 1);
    u32(keyItem, key, 1);
    const isBig = value.length > pageSize / 4;
    const valueItem = isBig ? overflow(value) : Buffer.concat([Buffer.of(1), value]);
    let page = buckets[bucket] ?? meta;
    const read = (at: number) => bigEndian ? page.readUInt16BE(at) : page.readUInt16LE(at);
    const free = () => read(22) || pageSize;
    if (free() - keyItem.length - valueItem.length < header + 2 * (read(20) + 2)) {
      const next = add(type);
      u32(page, pages.length - 1, 16);
      page = buckets[bucket] = next;
    }
    for (const item of [keyItem, valueItem]) {
      const at = free() - item.length;
      item.copy(page, at);
      u16(page, at, header + 2 * read(20));
      u16(page, read(20) + 1, 20);
      u16(page, at, 22);
    }
  };
  const counter = Buffer.alloc(4);
  u32(counter, values.length, 0);
  put(0, 0, counter);
  for (const [index, value] of values.entries()) {
    put(index % 2, index + 1, value);
  }

  u32(meta, 0x061561, 12);
  u32(meta, version, 16);
  u32(meta, pageSize, 20);
  meta.writeUInt8(checksums ? 1 : 0, 26);
  u32(meta, pages.length - 1, 32);
  u32(meta, 1, 72);
  u32(meta, 1, 96);
  u32(meta, 1, 100);
  return Buffer.concat(pages);
}

/** An ndb file; what is undefined was erased, and its blob left behind. */
export function ndb(values: readonly (Buffer | undefined)[], left: Buffer = Buffer.of()): Buffer {
  const slotPages = 1 + Math.floor((values.length + 2) / 256);
  const slots = Buffer.alloc(slotPages * 4096);
  slots.write('RpmP', 0, 'latin1');
  slots.writeUInt32LE(3, 8);
  slots.writeUInt32LE(slotPages, 12);
  slots.writeUInt32LE(values.length + 1, 16);
  for (let at = 32; at < slots.length; at += 16) {
    slots.write('Slot', at, 'latin1');
  }
  const blobs: Buffer[] = [];
  let block = slots.length / 16;
  for (const [index, value] of values.entries()) {
    const blob = ndbBlob(index + 1, value ?? left);
    if (value !== undefined) {
      const at = 32 + 16 * index;
      slots.writeUInt32LE(index + 1, at + 4);
      slots.writeUInt32LE(block, at + 8);
      slots.writeUInt32LE(blob.length / 16, at + 12);
    }
    blobs.push(blob);
    block += blob.length / 16;
  }
  return Buffer.concat([slots, ...blobs]);
}

function ndbBlob(index: number, value: Buffer): Buffer {
  const blob = Buffer.alloc(16 * Math.ceil((16 + value.length + 12) / 16));
  blob.write('BlbS', 0, 'latin1');
  blob.writeUInt32LE(index, 4);
  blob.writeUInt32LE(value.length, 12);
  value.copy(blob, 16);
  blob.writeUInt32LE(value.length, blob.length - 8);
  blob.write('BlbE', blob.length - 4, 'latin1');
  return blob;
}

export interface SqliteOptions {
  readonly pageSize?: number;
  /** Statements after the values are in the file. */
  readonly then?: string;
  /** Values that only the log has, as a program leaves it that did not close the database. */
  readonly logged?: readonly Buffer[];
}

/** An rpmdb.sqlite of SQLite's own making, and its log. */
export function sqlite(
  values: readonly Buffer[],
  { pageSize = 4096, then = '', logged = [] }: SqliteOptions = {},
): { readonly database: Buffer; readonly log: Buffer | undefined } {
  const directory = mkdtempSync(join(tmpdir(), 'rpmdb-'));
  try {
    const file = join(directory, 'rpmdb.sqlite');
    const database = new DatabaseSync(file);
    database.exec(`
      PRAGMA page_size = ${pageSize}; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
      CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL);
      CREATE TABLE 'Name' (key 'TEXT' NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL);
      CREATE INDEX 'Name_key_idx' ON 'Name' (key ASC)`);
    const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
    database.exec('BEGIN');
    values.forEach((value) => insert.run(value));
    database.exec(`COMMIT; ${then}; PRAGMA wal_checkpoint(TRUNCATE)`);
    logged.forEach((value) => insert.run(value));
    const result = {
      database: readFileSync(file),
      log: existsSync(`${file}-wal`) ? readFileSync(`${file}-wal`) : undefined,
    };
    database.close();
    return result;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
