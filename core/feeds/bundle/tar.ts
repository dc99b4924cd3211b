/**
 * Tar archives (POSIX.1-1988, ustar) as bundles use them: regular files alone, whose sizes are told
 * in octal. Whatever else a tar archive may have is refused, so nothing has to be kept to read one.
 *
 * @module
 */
import { ByteReader } from './byte-reader.ts';
import { malformedBundle } from './limits.ts';

const BLOCK = 512;
/** Zeros after the end of an archive: writers fill up a record of 10 KiB, some a larger one. */
const MOST_PADDING = 1024 * 1024;
const CHECKSUM_AT = 148;
const CHECKSUM_SIZE = 8;
const REGULAR = ['0', '\0'];

/** A file of an archive that is written. */
export interface NewMember {
  readonly name: string;
  readonly size: number;
  readonly content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** A file of an archive that is read. */
export interface TarMember {
  readonly name: string;
  readonly size: number;
  /** Its bytes, once, before the next member is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

function checksumOf(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < BLOCK; at += 1) {
    const isOwn = at >= CHECKSUM_AT && at < CHECKSUM_AT + CHECKSUM_SIZE;
    sum += isOwn ? 0x20 : header[at] ?? 0;
  }
  return sum;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function headerOf(name: string, size: number, time: Date): Buffer {
  const header = Buffer.alloc(BLOCK);
  const seconds = Math.max(0, Math.floor(time.getTime() / 1000));
  header.write(name, 0, 100, 'latin1');
  header.write(`${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100, 'latin1');
  header.write(`${octal(size, 11)}\0${octal(seconds, 11)}\0`, 124, 'latin1');
  header.write('0', 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(`${octal(checksumOf(header), 6)}\0 `, CHECKSUM_AT, 'latin1');
  return header;
}

function paddingOf(size: number): number {
  return (BLOCK - size % BLOCK) % BLOCK;
}

/** An archive with these files, whose contents must be as long as they say. */
export async function* tarOf(
  members: Iterable<NewMember> | AsyncIterable<NewMember>,
  time: Date,
): AsyncGenerator<Uint8Array> {
  for await (const { name, size, content } of members) {
    yield headerOf(name, size, time);
    let written = 0;
    for await (const chunk of content) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== size) throw new Error(`${name} has ${written} bytes, not ${size}`);
    yield Buffer.alloc(paddingOf(size));
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** A number in octal digits, between blanks and NULs; undefined for what is none. */
function octalIn(field: Buffer): number | undefined {
  const digits = /^ *([0-7]{1,12})[ \0]*$/.exec(field.toString('latin1'))?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 8);
}

function textIn(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end === -1 ? field.length : end);
}

function memberIn(header: Buffer): Pick<TarMember, 'name' | 'size'> {
  const checksum = octalIn(header.subarray(CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_SIZE));
  if (checksum !== checksumOf(header)) throw malformedBundle('it is no tar archive, or damaged');
  const size = octalIn(header.subarray(124, 136));
  const isRegular = REGULAR.includes(header.toString('latin1', 156, 157));
  const hasPrefix = header[345] !== 0 && header.toString('latin1', 257, 265) === 'ustar\x0000';
  if (size === undefined || !isRegular || hasPrefix) {
    throw malformedBundle('its tar archive has other things in it than plain files');
  }
  return { name: textIn(header.subarray(0, 100)), size };
}

/** That nothing but zeros follows the first empty block. */
async function checkEnd(bytes: ByteReader): Promise<void> {
  let padding = 0;
  for await (const chunk of bytes.rest()) {
    padding += chunk.length;
    if (padding > MOST_PADDING || chunk.some((byte) => byte !== 0)) {
      throw malformedBundle('it goes on after its end');
    }
  }
  if (padding < BLOCK) throw malformedBundle('it is cut off');
}

/**
 * The files of an archive in their order. Memory does not grow with them.
 *
 * @throws TidewaiterError `feed_bundle_malformed`
 */
export async function* tarMembers(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember> {
  const bytes = new ByteReader(source);
  try {
    for (;;) {
      const header = await bytes.exactly(BLOCK);
      if (header.every((byte) => byte === 0)) return await checkEnd(bytes);
      const { name, size } = memberIn(header);
      const content = bytes.next(size);
      yield { name, size, content };
      // What the reader did not want to see.
      for await (const _ of content);
      const padding = await bytes.exactly(paddingOf(size));
      if (padding.some((byte) => byte !== 0)) throw malformedBundle('it is damaged');
    }
  } finally {
    await bytes.close();
  }
}
