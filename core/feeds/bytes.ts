/**
 * Bytes of feeds' files: decompressed by what they are, in bounded memory.
 *
 * @module
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Duplex, pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { messageOf, TidewaiterError } from '../errors.ts';
import { createBunzip2 } from './bzip2/index.ts';
import type { FeedFile } from './format.ts';
import { decompressXz } from './xz.ts';
import { ZstdFrames } from './zstd-frames.ts';

const CHUNK = 256 * 1024;
const MAGIC_BYTES = 6;

type Decompress = (source: Readable) => AsyncIterable<Uint8Array>;

/** Decompressors by the first bytes of a file, as hex. */
const DECOMPRESSORS: readonly (readonly [magic: string, decompress: Decompress])[] = [
  ['1f8b', through(() => createGunzip({ chunkSize: CHUNK }))],
  ['28b52ffd', decompressZstd],
  ['425a68', through(createBunzip2)],
  ['fd377a585a00', decompressXz],
];

/** The error comes out of the last stream; the callback keeps it from being thrown twice. */
function through(open: () => Duplex): Decompress {
  return (source) => pipeline(source, open(), () => {});
}

/** A runtime may take a file that is cut off for a whole one. */
async function* decompressZstd(source: Readable): AsyncGenerator<Uint8Array> {
  const frames = new ZstdFrames();
  const input = Readable.from(followed(source, frames));
  yield* pipeline(input, createZstdDecompress({ chunkSize: CHUNK }), () => {});
  if (!frames.isWhole) throw new Error('it is cut off');
}

async function* followed(source: Readable, frames: ZstdFrames): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    frames.push(chunk);
    yield chunk;
  }
}

/** The failure of a file that is not what its format asks for. */
export function malformed(file: Pick<FeedFile, 'name'>, reason: string, cause?: unknown) {
  return new TidewaiterError(
    'feed_malformed',
    502,
    `The feed's file ${file.name} cannot be read (${reason}): the data from before stays; check the source.`,
    { cause },
  );
}

/** The first six bytes of a file as it is published, or all of a shorter one, as hex. */
export async function magicOf({ path }: FeedFile): Promise<string> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
    return buffer.toString('hex', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * What is in a file, without its compression (gzip, zstd, xz, bzip2). A file that is cut off fails.
 *
 * @throws TidewaiterError `feed_malformed`
 */
export async function* contentOf(file: FeedFile): AsyncGenerator<Uint8Array> {
  const magic = await magicOf(file);
  const source: Readable = createReadStream(file.path, { highWaterMark: CHUNK });
  const found = DECOMPRESSORS.find(([start]) => magic.startsWith(start));
  const stream = found === undefined ? source : found[1](source);
  try {
    for await (const chunk of stream) yield chunk;
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
