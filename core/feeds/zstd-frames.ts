/**
 * Where the frames of a Zstandard stream end (RFC 8878, section 3.1): not every runtime's
 * decompressor fails where a stream is cut off.
 *
 * @module
 */

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const CHECKSUM_BYTES = 4;
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const RLE = 1;

/** What is read next. */
type Step = 'magic' | 'skippable' | 'descriptor' | 'block' | 'broken';

const STEP_BYTES: Readonly<Record<Step, number>> = {
  magic: 4,
  skippable: 4,
  descriptor: 1,
  block: 3,
  broken: 1,
};

/** Follows a stream, chunk by chunk, without decompressing it. */
export class ZstdFrames {
  #step: Step = 'magic';
  /** Bytes to pass over before the next step. */
  #skip = 0;
  /** The bytes of the step so far, as a little-endian number. */
  #value = 0;
  #bytes = 0;
  #hasChecksum = false;

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, chunk.length - at);
        this.#skip -= passed;
        at += passed;
        continue;
      }
      this.#value += (chunk[at] ?? 0) * 2 ** (8 * this.#bytes);
      this.#bytes += 1;
      at += 1;
      if (this.#bytes < STEP_BYTES[this.#step]) continue;
      this.#take(this.#value);
      this.#value = 0;
      this.#bytes = 0;
    }
  }

  /** Whether all that was pushed ends where a frame ends. */
  get isWhole(): boolean {
    return this.#step === 'magic' && this.#skip === 0 && this.#bytes === 0;
  }

  #take(value: number): void {
    switch (this.#step) {
      case 'magic':
        this.#step = value === MAGIC
          ? 'descriptor'
          : (value & 0xfffffff0) === SKIPPABLE
          ? 'skippable'
          : 'broken';
        break;
      case 'skippable':
        this.#skip = value;
        this.#step = 'magic';
        break;
      case 'descriptor': {
        const isSingleSegment = (value & 0x20) !== 0;
        const contentSize = CONTENT_SIZE_BYTES[value >> 6 & 3] ?? 0;
        this.#skip = (isSingleSegment ? 0 : 1) + (DICTIONARY_BYTES[value & 3] ?? 0) +
          (contentSize === 0 && isSingleSegment ? 1 : contentSize);
        this.#hasChecksum = (value & 4) !== 0;
        this.#step = 'block';
        break;
      }
      case 'block': {
        const isLast = (value & 1) !== 0;
        this.#skip = (value >> 1 & 3) === RLE ? 1 : value >> 3;
        if (isLast) {
          this.#skip += this.#hasChecksum ? CHECKSUM_BYTES : 0;
          this.#step = 'magic';
        }
        break;
      }
      case 'broken':
        break;
    }
  }
}
