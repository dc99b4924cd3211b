/**
 * Who unpacks a blob: the thread that reads it, or one beside it where that pays.
 *
 * @module
 */
import { UnpackThread } from './unpack-thread.ts';
import { DirectUnpacker, type Unpacker } from './unpacker.ts';

/** Compressed bytes: below, starting a thread takes longer than the blob. */
const WORTH_A_THREAD = 4 * 1024 * 1024;

/** Opens an unpacker for each blob of one image. */
export class Unpackers {
  readonly #mayThread: boolean;
  #thread: UnpackThread | undefined;

  /** @param processors how many the analysis may use */
  constructor(processors: number) {
    this.#mayThread = processors > 1;
  }

  /** @param size compressed bytes */
  open(size: number): Unpacker {
    const isUsable = this.#thread?.isUsable === true;
    if (!this.#mayThread || (!isUsable && size < WORTH_A_THREAD)) return new DirectUnpacker();
    if (!isUsable) this.#thread = startThread();
    return this.#thread?.open() ?? new DirectUnpacker();
  }

  close(): void {
    this.#thread?.close();
  }
}

/** Undefined where the runtime may not start one. */
function startThread(): UnpackThread | undefined {
  try {
    return new UnpackThread();
  } catch {
    return undefined;
  }
}
