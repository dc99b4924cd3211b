/**
 * Where zstd frames begin and end (RFC 8878, section 3.1): the library tells neither a truncated
 * frame nor the border of two from plain success, so their outer form is read here.
 *
 * @module
 */
import { LayerError } from './errors.ts';

const FRAME_MAGIC = 0xfd2fb528;
/** The low four bits are free. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const BYTES_OF_DICTIONARY_ID = [0, 1, 2, 4] as const;
const BYTES_OF_CONTENT_SIZE = [0, 2, 4, 8] as const;
const BLOCK_RLE = 1;
const BLOCK_RESERVED = 3;

type Step =
  | 'magic'
  | 'descriptor'
  | 'fields'
  | 'block'
  | 'content'
  | 'checksum'
  | 'skip-size'
  | 'skip';

/** What the decompressor is to be given before the first part of each frame. */
export const FRAME_START: Uint8Array = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);

/** Part of a chunk that belongs to one frame; skippable frames and magic numbers are left out. */
export interface FramePart {
  readonly start: number;
  readonly end: number;
  readonly first: boolean;
  /** The frame is complete with this part. */
  readonly last: boolean;
}

/** Follows the frames of one stream, given in chunks of any size. */
export class FrameWalker {
  #step: Step = 'magic';
  /** Bytes of the current step still to come. */
  #need = 4;
  /** The little-endian number gathered from the step's bytes. */
  #value = 0;
  #shift = 0;
  #skippable = false;
  #first = false;
  #checksum = false;
  #lastBlock = false;
  #frames = 0;

  /** Whether the bytes so far end with a complete frame. */
  get complete(): boolean {
    return this.#step === 'magic' && this.#need === 4 && this.#frames > 0;
  }

  /** Splits a chunk at the frames' borders. Throws `layer_malformed`. */
  *parts(chunk: Uint8Array): Generator<FramePart> {
    let start = 0;
    let offset = 0;
    while (offset < chunk.length) {
      offset = this.#take(chunk, offset);
      if (this.#need > 0) continue;
      const inMagic = this.#step === 'magic';
      const last = this.#next();
      if (last && !this.#skippable) yield this.#part(start, offset, last);
      if (last || inMagic) start = offset;
    }
    const hasContent = this.#step !== 'magic' && !this.#skippable;
    if (hasContent && start < offset) yield this.#part(start, offset, false);
  }

  #part(start: number, end: number, last: boolean): FramePart {
    const first = this.#first;
    this.#first = false;
    return { start, end, first, last };
  }

  #take(chunk: Uint8Array, offset: number): number {
    const count = Math.min(this.#need, chunk.length - offset);
    this.#need -= count;
    if (this.#step === 'content' || this.#step === 'skip') return offset + count;
    // Steps that are numbers have at most four bytes worth keeping; longer ones are only passed.
    for (let i = 0; i < count; i++) {
      if (this.#shift < 32) this.#value += (chunk[offset + i] ?? 0) * 2 ** this.#shift;
      this.#shift += 8;
    }
    return offset + count;
  }

  /** Goes on to the step after the one that is complete; returns whether the frame is, too. */
  #next(): boolean {
    const value = this.#value;
    this.#value = 0;
    this.#shift = 0;
    switch (this.#step) {
      case 'magic':
        return this.#begin(value);
      case 'descriptor':
        return this.#readDescriptor(value);
      case 'fields':
        return this.#go('block', 3);
      case 'block':
        return this.#readBlock(value);
      case 'content':
        return this.#endBlock();
      case 'skip-size':
        return value === 0 ? this.#endFrame() : this.#go('skip', value);
      case 'checksum':
      case 'skip':
        return this.#endFrame();
    }
  }

  #go(step: Step, need: number): boolean {
    this.#step = step;
    this.#need = need;
    return false;
  }

  #begin(magic: number): boolean {
    this.#skippable = magic - (magic % 16) === SKIPPABLE_MAGIC;
    if (this.#skippable) return this.#go('skip-size', 4);
    if (magic !== FRAME_MAGIC) throw malformed('something else follows a frame');
    this.#first = true;
    return this.#go('descriptor', 1);
  }

  #readDescriptor(descriptor: number): boolean {
    if ((descriptor & 0x08) !== 0) throw malformed('a reserved bit of a frame header is set');
    const singleSegment = (descriptor & 0x20) !== 0;
    const sizeFlag = descriptor >> 6;
    const sizeBytes = sizeFlag === 0 && singleSegment ? 1 : BYTES_OF_CONTENT_SIZE[sizeFlag] ?? 0;
    const fields = (singleSegment ? 0 : 1) + (BYTES_OF_DICTIONARY_ID[descriptor & 3] ?? 0) +
      sizeBytes;
    this.#checksum = (descriptor & 0x04) !== 0;
    // A frame has a window descriptor or a content size, so there is always at least one byte.
    return this.#go('fields', fields);
  }

  #readBlock(header: number): boolean {
    this.#lastBlock = (header & 1) === 1;
    const kind = (header >> 1) & 3;
    if (kind === BLOCK_RESERVED) throw malformed('a block is of a reserved type');
    const size = kind === BLOCK_RLE ? 1 : header >> 3;
    return size === 0 ? this.#endBlock() : this.#go('content', size);
  }

  #endBlock(): boolean {
    if (!this.#lastBlock) return this.#go('block', 3);
    return this.#checksum ? this.#go('checksum', 4) : this.#endFrame();
  }

  #endFrame(): boolean {
    this.#frames++;
    this.#go('magic', 4);
    return true;
  }
}

function malformed(cause: string): LayerError {
  return new LayerError('layer_malformed', `The layer is not valid zstd: ${cause}.`);
}
