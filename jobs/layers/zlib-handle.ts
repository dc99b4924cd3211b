/**
 * The synchronous call that lies under the streams of `node:zlib`: half the CPU time of the
 * streams. It is an internal of the runtime (Node and Deno both have it), so nobody but the
 * inflaters uses this module, and they do so only after a self-test.
 *
 * @module
 */
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { Buffer } from 'node:buffer';

/** Bytes of the one output buffer; larger ones fall out of the processor's cache. */
export const OUTPUT_BYTES = 256 * 1024;

interface RawHandle {
  onerror: (message: string, errno: number) => void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): void;
}

/** The library refused its input; `errno` is zlib's, 0 where the runtime tells none. */
export class CodecError extends Error {
  readonly errno: number;

  constructor(message: string, errno: number) {
    super(message);
    this.errno = errno;
  }
}

/** Where the next step's output goes: memory of `OUTPUT_BYTES`. */
export type NextOutput = () => Buffer;

/** The same memory again and again. */
function oneOutput(): NextOutput {
  const output = Buffer.allocUnsafeSlow(OUTPUT_BYTES);
  return () => output;
}

/** One decompressor. */
export class SyncCodec {
  readonly #nextOutput: NextOutput;
  #output: Buffer = Buffer.alloc(0);
  readonly #handle: RawHandle;
  readonly #state: Uint32Array;
  readonly #stream: { destroy(): unknown };
  #failure: CodecError | undefined;

  constructor(stream: object & { destroy(): unknown }, nextOutput: NextOutput = oneOutput()) {
    const { handle, state } = internalsOf(stream);
    this.#nextOutput = nextOutput;
    this.#stream = stream;
    this.#handle = handle;
    this.#state = state;
    handle.onerror = (message, errno) => {
      this.#failure = new CodecError(message, errno);
    };
  }

  /** Decompresses until the input or the output's room is used up. Throws {@link CodecError}. */
  step(flush: number, input: Uint8Array, offset: number, length: number): void {
    this.#output = this.#nextOutput();
    try {
      this.#handle.writeSync(flush, input, offset, length, this.#output, 0, OUTPUT_BYTES);
    } catch (error) {
      throw new CodecError(error instanceof Error ? error.message : 'failed', 0);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** What the last step made; overwritten by the next one unless there is other memory for that. */
  get output(): Buffer {
    return this.#output;
  }

  /** Bytes the last step wrote to `output`. */
  get produced(): number {
    return OUTPUT_BYTES - (this.#state[0] ?? 0);
  }

  /** Bytes of input the last step left. */
  get left(): number {
    return this.#state[1] ?? 0;
  }

  close(): void {
    this.#stream.destroy();
  }
}

function internalsOf(stream: object): { handle: RawHandle; state: Uint32Array } {
  if (!('_handle' in stream) || !('_writeState' in stream)) throw new CodecError('no handle', 0);
  const { _handle: handle, _writeState: state } = stream;
  if (!isRawHandle(handle) || !(state instanceof Uint32Array)) {
    throw new CodecError('another handle', 0);
  }
  return { handle, state };
}

function isRawHandle(value: unknown): value is RawHandle {
  return typeof value === 'object' && value !== null && 'writeSync' in value &&
    typeof value.writeSync === 'function';
}

/** Opens a synchronous decompressor of gzip members. */
export function openGunzip(output?: NextOutput): SyncCodec {
  return new SyncCodec(createGunzip({ chunkSize: OUTPUT_BYTES }), output);
}

/** Opens a synchronous decompressor of zstd frames. */
export function openUnzstd(output?: NextOutput): SyncCodec {
  return new SyncCodec(createZstdDecompress({ chunkSize: OUTPUT_BYTES }), output);
}

/** gzip of `hello` and, as a second member, of ` world`. */
const GZIP_SAMPLE = Buffer.from(
  'H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAB+LCAAAAAAAAANTKM8vykkBAMtCO0oGAAAA',
  'base64',
);
/** The same as two zstd frames; each is made of one raw block. */
const ZSTD_SAMPLE = [
  Buffer.from('28b52ffd2005290000' + '68656c6c6f', 'hex'),
  Buffer.from('28b52ffd2006310000' + '20776f726c64', 'hex'),
];

/** Whether the runtime's handle does for gzip what {@link SyncCodec} expects; asked once. */
export function gunzipWorks(): boolean {
  gunzipVerdict ??= passes(openGunzip, [GZIP_SAMPLE]);
  return gunzipVerdict;
}
let gunzipVerdict: boolean | undefined;

/** Whether the runtime's handle does for zstd what {@link SyncCodec} expects; asked once. */
export function unzstdWorks(): boolean {
  unzstdVerdict ??= passes(openUnzstd, ZSTD_SAMPLE);
  return unzstdVerdict;
}
let unzstdVerdict: boolean | undefined;

function passes(open: () => SyncCodec, sample: readonly Buffer[]): boolean {
  try {
    return decodes(open, sample) && reportsErrors(open);
  } catch {
    return false;
  }
}

function decodes(open: () => SyncCodec, sample: readonly Buffer[]): boolean {
  const codec = open();
  try {
    let text = '';
    for (const part of sample) {
      codec.step(constants.Z_NO_FLUSH, part, 0, part.length);
      text += codec.output.toString('latin1', 0, codec.produced);
      if (codec.left !== 0) return false;
    }
    return text === 'hello world';
  } finally {
    codec.close();
  }
}

function reportsErrors(open: () => SyncCodec): boolean {
  const codec = open();
  try {
    codec.step(constants.Z_NO_FLUSH, Buffer.from('neither gzip nor zstd'), 0, 21);
    return false;
  } catch (error) {
    return error instanceof CodecError;
  } finally {
    codec.close();
  }
}
