/**
 * Bounded reading of the fields of binary headers.
 *
 * @module
 */

/**
 * The integers of a buffer in one byte order. A read beyond the end gives NaN, which no later bound
 * lets pass, so that parsers need not check each read.
 */
export class Fields {
  readonly bytes: Buffer;
  readonly bigEndian: boolean;
  /** Whether a `word` has 64 bits rather than 32. */
  readonly wide: boolean;

  constructor(bytes: Buffer, bigEndian: boolean, wide: boolean) {
    this.bytes = bytes;
    this.bigEndian = bigEndian;
    this.wide = wide;
  }

  u16(offset: number): number {
    if (!this.#holds(offset, 2)) {
      return NaN;
    }
    return this.bigEndian ? this.bytes.readUInt16BE(offset) : this.bytes.readUInt16LE(offset);
  }

  u32(offset: number): number {
    if (!this.#holds(offset, 4)) {
      return NaN;
    }
    return this.bigEndian ? this.bytes.readUInt32BE(offset) : this.bytes.readUInt32LE(offset);
  }

  /** Not exact above 2^53, where no file has an offset. */
  u64(offset: number): number {
    const first = this.u32(offset);
    const second = this.u32(offset + 4);
    const [high, low] = this.bigEndian ? [first, second] : [second, first];
    return high * 0x1_0000_0000 + low;
  }

  /** An address, offset or size of the file's class. */
  word(offset: number): number {
    return this.wide ? this.u64(offset) : this.u32(offset);
  }

  /** A view of a range, cut at the buffer's end; empty where it starts outside. */
  range(offset: number, length: number): Buffer {
    return offset >= 0 && length > 0 ? this.bytes.subarray(offset, offset + length) : EMPTY;
  }

  /** The text up to a NUL byte, or up to `limit` bytes. */
  text(offset: number, limit: number): string {
    const bytes = this.range(offset, limit);
    const end = bytes.indexOf(0);
    return bytes.toString('latin1', 0, end === -1 ? bytes.length : end);
  }

  #holds(offset: number, length: number): boolean {
    return offset >= 0 && offset + length <= this.bytes.length;
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
