/**
 * Bytes of feeds' files: decompressed by what they are, in bounded memory.
 *
 * @module
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { messageOf, TidewaiterError } from '../errors.ts';
import type { FeedFile } from './format.ts';
import { ZstdFrames } from './zstd-frames.ts';

const CHUNK = 256 * 1024;
const MAGIC_BYTES = 6;

const ZSTD = '28b52ffd';

/** Decompressors by the first bytes of a file, as hex. */
const DECOMPRESSORS: readonly (readonly [magic: string, open: () => Transform])[] = [
  ['1f8b', () => createGunzip({ chunkSize: CHUNK })],
  [ZSTD, () => createZstdDecompress({ chunkSize: CHUNK })],
];

/** The failure of a file that is not what its format asks for. */
export function malformed(file: Pick<FeedFile, 'name'>, reason: string, cause?: unknown) {
  return new TidewaiterError(
    'feed_malformed',
    502,
    `The feed's file ${file.name} cannot be read (${reason}): the data from before stays; check the source.`,
    { cause },
  );
}

async function magicOf({ path }: FeedFile): Promise<string> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
    return buffer.toString('hex', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function* followed(source: Readable, frames: ZstdFrames): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    frames.push(chunk);
    yield chunk;
  }
}

/**
 * What is in a file, without its compression (gzip, zstd). A file that is cut off fails.
 *
 * @throws TidewaiterError `feed_malformed`
 */
export async function* contentOf(file: FeedFile): AsyncGenerator<Uint8Array> {
  const magic = await magicOf(file);
  const source: Readable = createReadStream(file.path, { highWaterMark: CHUNK });
  const found = DECOMPRESSORS.find(([start]) => magic.startsWith(start));
  const frames = found?.[0] === ZSTD ? new ZstdFrames() : undefined;
  const input = frames === undefined ? source : Readable.from(followed(source, frames));
  // The error comes out of the last stream; the callback keeps it from being thrown twice.
  const stream = found === undefined ? source : pipeline(input, found[1](), () => {});
  try {
    for await (const chunk of stream) yield chunk;
    if (frames?.isWhole === false) throw new Error('it is cut off');
  } catch (error) {
    throw malformed(file, messageOf(error), error);
  } finally {
    source.destroy();
  }
}

/**
 * The whole content of a file.
 *
 * @throws TidewaiterError `feed_malformed` also beyond `limit` bytes
 */
export async function bytesOf(file: FeedFile, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of contentOf(file)) {
    size += chunk.length;
    if (size > limit) throw malformed(file, `it has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The whole content of a small file as text.
 *
 * @throws TidewaiterError `feed_malformed` also beyond `limit` bytes
 */
export async function textOf(file: FeedFile, limit: number): Promise<string> {
  return (await bytesOf(file, limit)).toString('utf8');
}
