/**
 * Bits of a stream that comes in chunks, the highest of each byte first.
 *
 * @module
 */
import { Buffer } from 'node:buffer';

/** Reads from the bytes that were given; reading beyond them throws. */
export class BitReader {
  #bytes: Buffer = Buffer.alloc(0);
  #position = 0;
  /** The lowest `#count` bits are the next ones of the stream. */
  #bits = 0;
  #count = 0;
  /** How many of them stand in for bytes that are not there. */
  #missing = 0;

  add(chunk: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#position), chunk]);
    this.#position = 0;
  }

  /** Whole bytes that are left. */
  get left(): number {
    return this.#bytes.length - this.#position + ((this.#count - this.#missing) >>> 3);
  }

  /** The next 1 to 24 bits, without going past them; zeros stand in for bits beyond the end. */
  peek(count: number): number {
    while (this.#count < count) {
      const byte = this.#bytes[this.#position];
      if (byte === undefined) this.#missing += 8;
      else this.#position += 1;
      this.#bits = (this.#bits << 8) | (byte ?? 0);
      this.#count += 8;
    }
    return (this.#bits >>> (this.#count - count)) & ((1 << count) - 1);
  }

  /** Goes past bits that were seen. */
  skip(count: number): void {
    this.#count -= count;
    if (this.#count < this.#missing) throw new Error('the bzip2 stream ends early');
  }

  /** The next 1 to 24 bits. */
  read(count: number): number {
    const value = this.peek(count);
    this.skip(count);
    return value;
  }

  /** 32 bits, as a signed number. */
  readWord(): number {
    return (this.read(16) << 16) | this.read(16);
  }

  /** Goes on at the next whole byte. */
  align(): void {
    this.skip((this.#count - this.#missing) & 7);
  }
}
