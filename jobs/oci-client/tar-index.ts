/**
 * Where the files of a tar archive lie: one pass over its headers (ustar, pax and GNU's long
 * names), without a look at what is in the files.
 *
 * @module
 */

import { Buffer } from 'node:buffer';

import { quoted } from './errors.ts';
import {
  BLOCK_BYTES,
  decimalOf,
  paddedBytes,
  readTarBlock,
  type TarBlock,
  TarError,
} from './tar-block.ts';

/** Headers that are read; an image has some for each layer. */
const MAX_HEADERS = 65_536;
/** Bytes of all names and extended headers. */
const MAX_NAME_BYTES = 16 * 1024 * 1024;
const MAX_PATH_BYTES = 4096;
/** Bytes read at once: the headers of small files lie close together. */
const WINDOW_BYTES = 16 * 1024;

/** Something that lies in an archive under a name. */
export type TarMember =
  | { readonly kind: 'file'; readonly offset: number; readonly size: number }
  | { readonly kind: 'symlink' | 'hardlink'; readonly target: string }
  | { readonly kind: 'other' };

/** By normalised path. */
export type TarIndex = ReadonlyMap<string, TarMember>;

/** Bytes that can be read anywhere. */
export interface ByteRanges {
  readonly size: number;
  /** Fewer bytes only at the end. */
  readonly read: (offset: number, length: number) => Promise<Buffer>;
}

/**
 * Reads the headers of an archive. Of members with one name the last counts, as if the archive
 * were unpacked.
 *
 * @param onHeader is called before each header, and may throw.
 * @throws {TarError}
 */
export async function indexTar(bytes: ByteRanges, onHeader: () => void): Promise<TarIndex> {
  const members = new Map<string, TarMember>();
  const read = windowOver(bytes);
  let said: Extension = {};
  let names = 0;
  let wasZero = false;
  let offset = 0;
  for (let headers = 0; offset < bytes.size; headers += 1) {
    if (headers === MAX_HEADERS) throw new TarError(`it has more than ${MAX_HEADERS} headers`);
    onHeader();
    const block = readTarBlock(await wholeOf(read, offset, BLOCK_BYTES));
    offset += BLOCK_BYTES;
    if (block === undefined) {
      if (wasZero) break;
      wasZero = true;
      continue;
    }
    if (wasZero) throw new TarError('something follows the first half of its end mark');
    const isExtension = EXTENSIONS.has(block.type);
    const header = isExtension ? block : applied(block, said);
    const size = WITHOUT_DATA.has(header.type) ? 0 : header.size;
    if (size > bytes.size - offset) throw new TarError('it ends in the middle of a file');
    names += isExtension ? size : header.name.length;
    if (names > MAX_NAME_BYTES) throw new TarError('its names are too long');
    if (isExtension) {
      said = extended(said, header.type, await wholeOf(read, offset, size));
    } else {
      const path = memberPath(header.name);
      if (path !== '') members.set(path, memberOf(header, offset));
      said = {};
    }
    offset += paddedBytes(size);
  }
  return members;
}

/**
 * A path without what means nothing; the empty path is the archive's root.
 *
 * @throws {TarError} for a path with `..`, which no writer of images has.
 */
export function memberPath(binary: string): string {
  if (binary.length > MAX_PATH_BYTES) throw new TarError('a path is too long');
  const path = Buffer.from(binary, 'latin1').toString('utf8');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new TarError(`the path ${quoted(path, 120)} leads out of it`);
  return parts.join('/');
}

/** What was said of the member that comes next; GNU's long names win over pax records. */
interface Extension {
  readonly longName?: string;
  readonly longLink?: string;
  readonly records?: ReadonlyMap<string, string>;
}

const EXTENSIONS: ReadonlySet<string> = new Set(['x', 'g', 'L', 'K']);
/** Links, devices, folders and pipes: some writers give them a size, but no data follows. */
const WITHOUT_DATA: ReadonlySet<string> = new Set(['1', '2', '3', '4', '5', '6']);
const FILES: ReadonlySet<string> = new Set(['0', '\0', '7']);

/** A header with what was said of it before. */
function applied(block: TarBlock, { longName, longLink, records }: Extension): TarBlock {
  const keywords = [...records?.keys() ?? []];
  // Their bytes lie elsewhere than their sizes say, and no writer of images has them.
  if (block.type === 'S' || keywords.some((keyword) => keyword.startsWith('GNU.sparse.'))) {
    throw new TarError('it holds a sparse file');
  }
  const size = records?.get('size');
  return {
    type: block.type,
    name: longName || records?.get('path') || block.name,
    link: longLink || records?.get('linkpath') || block.link,
    size: size ? decimalOf(size) : block.size,
  };
}

function memberOf({ type, name, link, size }: TarBlock, offset: number): TarMember {
  if (type === '1') return { kind: 'hardlink', target: link };
  if (type === '2') return { kind: 'symlink', target: link };
  const isFile = FILES.has(type) && !name.endsWith('/');
  return isFile ? { kind: 'file', offset, size } : { kind: 'other' };
}

function extended(said: Extension, type: string, content: Buffer): Extension {
  const text = content.toString('latin1');
  if (type === 'L') return { ...said, longName: untilNul(text) };
  if (type === 'K') return { ...said, longLink: untilNul(text) };
  const records = paxRecords(text);
  // Container tools pass over global headers, with what came before them.
  return type === 'g' ? {} : { ...said, records };
}

function untilNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

/** The records `LENGTH KEYWORD=VALUE\n` of an extended header, where LENGTH counts all of it. */
function paxRecords(text: string): Map<string, string> {
  const records = new Map<string, string>();
  let start = 0;
  while (start < text.length) {
    // No length has more digits, so a missing space must not cost a search to the end each time.
    const space = text.slice(start, start + 10).indexOf(' ');
    const end = start + (space < 1 ? 0 : decimalOf(text.slice(start, start + space)));
    const record = text.slice(start + space + 1, end - 1);
    const equals = record.indexOf('=');
    const keyword = record.slice(0, equals);
    // Values of other keywords may be binary.
    const plain = keyword === 'path' || keyword === 'linkpath' ? record : keyword;
    if (end > text.length || text[end - 1] !== '\n' || equals < 1 || plain.includes('\0')) {
      throw new TarError('an extended header is invalid');
    }
    records.set(keyword, record.slice(equals + 1));
    start = end;
  }
  return records;
}

type Read = ByteRanges['read'];

function windowOver(bytes: ByteRanges): Read {
  let window: Buffer = Buffer.alloc(0);
  let start = 0;
  return async (offset, length) => {
    const isInside = offset >= start && offset + length <= start + window.length;
    if (!isInside) {
      window = await bytes.read(offset, Math.max(length, WINDOW_BYTES));
      start = offset;
    }
    return window.subarray(offset - start, offset - start + length);
  };
}

async function wholeOf(read: Read, offset: number, length: number): Promise<Buffer> {
  const found = await read(offset, length);
  if (found.length < length) throw new TarError('it ends in the middle of a header');
  return found;
}
