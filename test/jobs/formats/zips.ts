/**
 * A writer of ZIP archives for tests, also of such that no proper writer makes.
 *
 * @module
 */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipItem {
  readonly name: string;
  readonly data?: string | Buffer;
  /** Not compressed. */
  readonly stored?: boolean;
  /** Sizes only behind the data, as writers of streams have them. */
  readonly descriptor?: boolean;
  /** Sizes and offset in the extra field. */
  readonly wide?: boolean;
  readonly method?: number;
  readonly flags?: number;
  /** What the central directory claims instead of the truth. */
  readonly claimed?: {
    readonly size?: number;
    readonly compressed?: number;
    readonly offset?: number;
  };
}

export interface ZipOptions {
  /** Bytes before the archive. */
  readonly prefix?: string | Buffer;
  /** Whether offsets count the prefix. */
  readonly corrected?: boolean;
  readonly comment?: string;
  /** End records of archives beyond 32 bits. */
  readonly wide?: boolean;
}

/** Names with their contents as items. */
export function items(files: Readonly<Record<string, string | Buffer>>): readonly ZipItem[] {
  return Object.entries(files).map(([name, data]) => ({ name, data }));
}

/** Writes an archive. */
export function zip(entries: readonly ZipItem[], options: ZipOptions = {}): Buffer {
  const prefix = Buffer.from(options.prefix ?? '');
  const shift = options.corrected === true ? prefix.length : 0;
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const item of entries) {
    const local = localPart(item);
    central.push(centralPart(item, offset + shift));
    parts.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = endPart(entries.length, directory.length, offset + shift, options);
  return Buffer.concat([prefix, ...parts, directory, end]);
}

function packed({ data = '', stored, method }: ZipItem): Buffer {
  const bytes = Buffer.from(data);
  return stored === true || (method !== undefined && method !== 8) ? bytes : deflateRawSync(bytes);
}

function localPart(item: ZipItem): Buffer {
  const name = Buffer.from(item.name);
  const body = packed(item);
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE((item.flags ?? 0) | (item.descriptor === true ? 8 : 0), 6);
  head.writeUInt16LE(item.method ?? (item.stored === true ? 0 : 8), 8);
  const sums = Buffer.alloc(12);
  sums.writeUInt32LE(crc32(Buffer.from(item.data ?? '')), 0);
  sums.writeUInt32LE(body.length, 4);
  sums.writeUInt32LE(Buffer.byteLength(item.data ?? ''), 8);
  if (item.descriptor !== true) sums.copy(head, 14);
  head.writeUInt16LE(name.length, 26);
  return Buffer.concat([head, name, body, ...(item.descriptor === true ? [sums] : [])]);
}

function centralPart(item: ZipItem, offset: number): Buffer {
  const name = Buffer.from(item.name);
  const numbers = [
    item.claimed?.size ?? Buffer.byteLength(item.data ?? ''),
    item.claimed?.compressed ?? packed(item).length,
    item.claimed?.offset ?? offset,
  ] as const;
  const extra = Buffer.alloc(item.wide === true ? 28 : 0);
  if (item.wide === true) {
    extra.writeUInt16LE(0x0001, 0);
    extra.writeUInt16LE(24, 2);
    for (const [index, number] of numbers.entries()) {
      extra.writeBigUInt64LE(BigInt(number), 4 + index * 8);
    }
  }
  const [size, compressed, start] = item.wide === true ? [MAX_32, MAX_32, MAX_32] : numbers;
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE((item.flags ?? 0) | (item.descriptor === true ? 8 : 0), 8);
  head.writeUInt16LE(item.method ?? (item.stored === true ? 0 : 8), 10);
  head.writeUInt32LE(crc32(Buffer.from(item.data ?? '')), 16);
  head.writeUInt32LE(compressed, 20);
  head.writeUInt32LE(size, 24);
  head.writeUInt16LE(name.length, 28);
  head.writeUInt16LE(extra.length, 30);
  head.writeUInt32LE(start, 42);
  return Buffer.concat([head, name, extra]);
}

const MAX_32 = 0xffff_ffff;

function endPart(count: number, size: number, offset: number, options: ZipOptions): Buffer {
  const comment = Buffer.from(options.comment ?? '', 'latin1');
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count & 0xffff, 10);
  end.writeUInt32LE(options.wide === true ? MAX_32 : size, 12);
  end.writeUInt32LE(options.wide === true ? MAX_32 : offset, 16);
  end.writeUInt16LE(comment.length, 20);
  if (options.wide !== true) return Buffer.concat([end, comment]);
  const record = Buffer.alloc(76);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(BigInt(offset + size), 64);
  return Buffer.concat([record, end, comment]);
}
