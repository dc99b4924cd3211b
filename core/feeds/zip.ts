/**
 * Zip archives of documents (APPNOTE 6.3): one after the other, each in memory and bounded, in the
 * order of the central directory, which is walked and never held.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32, inflateRawSync } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { messageOf, TidewaiterError } from '../errors.ts';
import { malformed } from './bytes.ts';
import type { FeedFile } from './format.ts';
import type { ArchivedFile, ArchiveOptions } from './tar.ts';

/** Files of one archive. */
const MOST_ENTRIES = 5_000_000;
/** How many times larger than the archive its files may be together, beyond a first share. */
const MOST_EXPANSION = 200;
const UNMEASURED_EXPANSION = 64 * 1024 * 1024;
/** How many bytes more than its content a compressed file may have. */
const COMPRESSION_LOSS = 64 * 1024;

const STORED = 0;
const DEFLATED = 8;
const CENTRAL_HEADER = 'PK\x01\x02';

/** Bytes read at once. */
const WINDOW = 256 * 1024;
/** One follows the central directory, one the files. */
const WINDOWS = 2;

interface Window {
  readonly start: number;
  readonly bytes: Buffer;
}

/** Reads a file in large pieces, however small the parts are that are asked for. */
class WindowedReader extends RandomAccessReader {
  readonly #handle: FileHandle;
  /** The one used last comes first. */
  #windows: readonly Window[] = [];

  constructor(handle: FileHandle) {
    super();
    this.#handle = handle;
  }

  /** A view that holds until the next ones are read. @throws Error where the file is shorter */
  async bytes(position: number, length: number): Promise<Buffer> {
    const found = this.#windows.find(({ start, bytes }) =>
      start <= position && position + length <= start + bytes.length
    );
    const window = found ?? await this.#window(position, length);
    this.#windows = [window, ...this.#windows.filter((other) => other !== window)]
      .slice(0, WINDOWS);
    const from = position - window.start;
    return window.bytes.subarray(from, from + length);
  }

  async #window(start: number, length: number): Promise<Window> {
    const { buffer, bytesRead } = await this.#handle.read({
      buffer: Buffer.allocUnsafeSlow(Math.max(WINDOW, length)),
      position: start,
    });
    if (bytesRead < length) throw new Error('it ends too early');
    return { start, bytes: buffer.subarray(0, bytesRead) };
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.bytes(position, length).then((bytes) => {
      bytes.copy(buffer, offset);
      callback(null);
    }, callback);
  }

  override close(callback: (error: Error | null) => void): void {
    this.#handle.close().then(() => callback(null), callback);
  }
}

/**
 * The wanted files of a zip archive, each one's CRC-32 verified.
 *
 * @throws TidewaiterError `feed_malformed`
 */
export async function* zippedFiles(
  file: FeedFile,
  options: ArchiveOptions,
): AsyncGenerator<ArchivedFile> {
  const handle = await open(file.path);
  try {
    const { size } = await handle.stat();
    const reader = new WindowedReader(handle);
    const archive = await fromRandomAccessReaderPromise(reader, size, { autoClose: false });
    yield* entriesOf(archive, reader, options);
  } catch (error) {
    throw error instanceof TidewaiterError ? error : malformed(file, messageOf(error), error);
  } finally {
    await handle.close();
  }
}

async function* entriesOf(
  archive: ZipFile,
  reader: WindowedReader,
  { wants, limit, note }: ArchiveOptions,
): AsyncGenerator<ArchivedFile> {
  if (archive.entryCount > MOST_ENTRIES) throw new Error(`it has more than ${MOST_ENTRIES} files`);
  const most = UNMEASURED_EXPANSION + MOST_EXPANSION * archive.fileSize;
  let total = 0;
  for await (const entry of archive.eachEntry()) {
    const { fileName: name, uncompressedSize: size } = entry;
    if (name.endsWith('/') || !wants(name)) continue;
    const unreadable = reasonAgainst(entry, limit);
    if (unreadable !== undefined) {
      note(name, unreadable);
      continue;
    }
    total += size;
    if (total > most) throw new Error(`its files are more than ${MOST_EXPANSION} times larger`);
    const { fileDataStart } = await archive.readLocalFileHeaderPromise(entry, { minimal: true });
    yield {
      name,
      content: contentOf(entry, await reader.bytes(fileDataStart, entry.compressedSize)),
    };
  }
  await expectEnd(archive, reader);
}

/** The end record's count wraps around where it is too small for the files. */
async function expectEnd(archive: ZipFile, reader: WindowedReader): Promise<void> {
  // Declared as a boolean, it is where the central directory was left.
  const position = Number(archive.readEntryCursor);
  const rest = Math.min(CENTRAL_HEADER.length, archive.fileSize - position);
  const next = await reader.bytes(position, rest);
  if (next.toString('latin1') === CENTRAL_HEADER) {
    throw new Error(`it has more files than the ${archive.entryCount} that it counts`);
  }
}

function reasonAgainst(entry: Entry, limit: number): string | undefined {
  const { compressionMethod: method, compressedSize, uncompressedSize } = entry;
  if (entry.isEncrypted()) return 'it is encrypted';
  if (method !== STORED && method !== DEFLATED) return `its compression ${method} is unknown`;
  const size = Math.max(uncompressedSize, compressedSize - COMPRESSION_LOSS);
  return size > limit ? `its ${size} bytes are more than ${limit}` : undefined;
}

function contentOf(entry: Entry, packed: Buffer): Buffer {
  const { fileName, uncompressedSize: size } = entry;
  const content = entry.compressionMethod === STORED
    ? Buffer.from(packed)
    : inflateRawSync(packed, { maxOutputLength: Math.max(size, 1) });
  if (content.length !== size || crc32(content) !== entry.crc32) {
    throw new Error(`its file ${fileName} is damaged`);
  }
  return content;
}
