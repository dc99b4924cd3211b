/**
 * Unpacks blobs in another thread, so that decompression and the digest of the archive run beside
 * the reading of what is in it.
 *
 * @module
 */
import type { Buffer } from 'node:buffer';
import { Worker } from 'node:worker_threads';
import { LayerError, type LayerErrorCode } from './errors.ts';
import { INPUT_BYTES, Ring, RING_BYTES } from './ring.ts';
import type { Sink } from './stream-codec.ts';
import type { Unpacker } from './unpacker.ts';

/** What the thread tells the reader, beside the bytes. */
export type UnpackMessage =
  /** There is something to do. */
  | { readonly kind: 'wake' }
  /** The blob is unpacked; all of its output was passed on before. */
  | { readonly kind: 'done'; readonly digest: string }
  | { readonly kind: 'failed'; readonly code: LayerErrorCode; readonly message: string };

/** One thread, for one blob after the other. */
export class UnpackThread {
  readonly #memory = new SharedArrayBuffer(RING_BYTES);
  readonly #ring = new Ring(this.#memory);
  readonly #worker: Worker;
  #wake: () => void = () => {};
  #digest: string | undefined;
  #failure: Error | undefined;
  /** False once a blob was left unfinished: what the thread does then is of no use. */
  #isUsable = true;

  /** @throws Error where the runtime may not start a thread */
  constructor() {
    this.#worker = new Worker(new URL('./unpack-worker.ts', import.meta.url), {
      workerData: { memory: this.#memory },
    });
    this.#worker.on('message', (message: UnpackMessage) => this.#hear(message));
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('The thread that unpacks has ended.')));
  }

  get isUsable(): boolean {
    return this.#isUsable && this.#failure === undefined;
  }

  /** Ends the thread. */
  close(): void {
    this.#isUsable = false;
    this.#ring.stop();
  }

  /** Unpacks the next blob, once the one before was unpacked to its end. */
  open(): Unpacker {
    this.#digest = undefined;
    /** The piece that is being filled, and how far. */
    let piece: Buffer | undefined;
    let filled = 0;
    const { inputs, outputs } = this.#ring;
    const drain = (sink: Sink): boolean => {
      let isAny = false;
      for (let output = outputs.next(); output !== undefined; output = outputs.next()) {
        isAny = true;
        sink(output);
        outputs.giveBack();
      }
      return isAny;
    };
    const pass = (): void => {
      inputs.pass(filled);
      piece = undefined;
      filled = 0;
    };
    /** Gives the thread what it has room for; returns how much that was. */
    const fill = (chunk: Uint8Array, from: number, sink: Sink): number => {
      let at = from;
      while (at < chunk.length) {
        piece ??= inputs.free();
        if (piece === undefined) break;
        const part = chunk.subarray(at, at + INPUT_BYTES - filled);
        piece.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < INPUT_BYTES) continue;
        pass();
        drain(sink);
      }
      return at;
    };
    const hasRoom = () => inputs.free() !== undefined;
    const untilFree = async (sink: Sink): Promise<void> => {
      while (!hasRoom()) if (!drain(sink)) await this.#sleep(hasRoom);
    };
    const fillAll = async (chunk: Uint8Array, from: number, sink: Sink): Promise<void> => {
      for (let at = from; at < chunk.length; at = fill(chunk, at, sink)) await untilFree(sink);
    };
    const isOver = () => this.#digest !== undefined;
    this.#isUsable = false;
    return {
      write: (chunk, sink) => {
        const at = fill(chunk, 0, sink);
        return at === chunk.length ? undefined : fillAll(chunk, at, sink);
      },
      end: async (sink) => {
        if (filled > 0) pass();
        await untilFree(sink);
        inputs.pass(0);
        while (!isOver()) if (!drain(sink)) await this.#sleep(isOver);
        drain(sink);
        this.#isUsable = true;
        return this.#digest ?? '';
      },
      close: () => {
        if (!this.#isUsable) this.close();
      },
    };
  }

  /** Waits for the thread, unless there is something to do already. */
  async #sleep(isReady: () => boolean): Promise<void> {
    const { outputs } = this.#ring;
    const woken = new Promise<void>((wake) => this.#wake = wake);
    this.#ring.beginSleep();
    if (outputs.next() !== undefined || isReady()) return;
    if (this.#failure !== undefined) throw this.#failure;
    await woken;
  }

  #hear(message: UnpackMessage): void {
    if (message.kind === 'done') this.#digest = message.digest;
    if (message.kind === 'failed') this.#fail(new LayerError(message.code, message.message));
    this.#wake();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}
