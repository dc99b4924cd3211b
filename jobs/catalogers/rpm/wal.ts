/**
 * The write-ahead log of an SQLite database (SQLite documentation, "Database File Format", section
 * 4). A program that did not close the database leaves one, with pages newer than the file's own.
 *
 * @module
 */

/** The last bit says in which order the checksums take the words. */
const MAGIC = 0x377f0682;
const HEADER = 32;
const FRAME_HEADER = 24;
const VERSION = 3_007_000;

/**
 * The pages of all committed transactions, by number. A frame that is broken, or left from an
 * earlier use of the log, ends it, as it does for SQLite.
 */
export function readLog(log: Buffer, pageSize: number): ReadonlyMap<number, Buffer> {
  const pages = new Map<number, Buffer>();
  if (log.length < HEADER) {
    return pages;
  }
  const checksum = new Checksum((log.readUInt32BE(0) & 1) === 1);
  checksum.add(log.subarray(0, 24));
  const isLog = (log.readUInt32BE(0) & ~1) === MAGIC && log.readUInt32BE(4) === VERSION &&
    log.readUInt32BE(8) === pageSize && checksum.equals(log, 24);
  const salts = log.subarray(16, 24);
  const pending = new Map<number, Buffer>();
  const frame = FRAME_HEADER + pageSize;
  for (let at = HEADER; isLog && at + frame <= log.length; at += frame) {
    const page = log.subarray(at + FRAME_HEADER, at + frame);
    checksum.add(log.subarray(at, at + 8));
    checksum.add(page);
    if (!log.subarray(at + 8, at + 16).equals(salts) || !checksum.equals(log, at + 16)) {
      break;
    }
    pending.set(log.readUInt32BE(at), page);
    const isCommit = log.readUInt32BE(at + 4) !== 0;
    if (isCommit) {
      for (const [number, bytes] of pending) {
        pages.set(number, bytes);
      }
      pending.clear();
    }
  }
  return pages;
}

/** Runs over the whole log; the bytes come in multiples of eight. */
class Checksum {
  #first = 0;
  #second = 0;
  readonly #bigEndian: boolean;

  constructor(bigEndian: boolean) {
    this.#bigEndian = bigEndian;
  }

  add(bytes: Buffer): void {
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < bytes.length; at += 8) {
      this.#first = (this.#first + words.getUint32(at, !this.#bigEndian) + this.#second) >>> 0;
      this.#second = (this.#second + words.getUint32(at + 4, !this.#bigEndian) + this.#first) >>> 0;
    }
  }

  equals(log: Buffer, at: number): boolean {
    return log.readUInt32BE(at) === this.#first && log.readUInt32BE(at + 4) === this.#second;
  }
}
