/**
 * Writes tar archives with deterministic bytes: ustar headers and pax records as POSIX.1-2008
 * specifies them in "pax", or the headers of GNU tar's own format.
 *
 * @module
 */

import { Buffer } from 'node:buffer';

import { ComposeError } from './errors.ts';
import {
  BLOCK,
  encodeHeader,
  fitsOctal,
  type Header,
  NAME_WIDTH,
  NUMBER_WIDTH,
  OWNER_WIDTH,
  PREFIX_WIDTH,
  type TarFormat,
} from './tar-header.ts';

/** What an entry is. */
export type TarEntryType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'character'
  | 'block'
  | 'fifo';

/** One member of an archive. */
export interface TarEntry {
  /** As it shall stand in the archive; a directory's closing slash is added where it is missing. */
  readonly path: string;
  /** A file unless told otherwise. */
  readonly type?: TarEntryType | undefined;
  /** Only of a file; text is written as UTF-8. */
  readonly content?: string | Uint8Array | undefined;
  /** Permission bits; 0755 for directories, 0777 for symbolic links, else 0644. */
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Seconds since 1970, by default 0. A fraction is kept by pax and cut off by GNU. */
  readonly mtime?: number | undefined;
  /** Target of a symbolic or a hard link. */
  readonly link?: string | undefined;
  readonly devmajor?: number | undefined;
  readonly devminor?: number | undefined;
}

/** How an archive is written. */
export interface TarOptions {
  /** `pax` unless told otherwise. */
  readonly format?: TarFormat | undefined;
}

const SLASH = 0x2f;
const EMPTY = new Uint8Array(0);

const TYPEFLAGS: Readonly<Record<TarEntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

/** A header of an archiver's own, with nobody as its owner. */
const AUXILIARY: Header = {
  name: EMPTY,
  prefix: EMPTY,
  typeflag: 'x',
  link: EMPTY,
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0,
  devmajor: 0,
  devminor: 0,
};

/**
 * Packs entries in the given order and closes the archive with two zero blocks. Equal entries give
 * equal bytes. Paths are not judged: tests need hostile ones.
 *
 * @throws {ComposeError} `tar_entry_invalid` for an entry that no archive can hold.
 */
export function packTar(entries: readonly TarEntry[], options: TarOptions = {}): Buffer {
  const append = options.format === 'gnu' ? appendGnu : appendPax;
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    check(entry);
    const content = bytesOf(entry.content ?? EMPTY);
    append(parts, entry, rawHeader(entry, content.length));
    appendContent(parts, content);
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return Buffer.concat(parts);
}

function check(entry: TarEntry): void {
  const type = entry.type ?? 'file';
  const isLink = type === 'symlink' || type === 'hardlink';
  if (entry.path.includes('\0') || entry.link?.includes('\0')) {
    throw invalid(entry, 'names cannot hold a NUL; remove it');
  }
  if (isLink !== (entry.link !== undefined)) {
    throw invalid(entry, isLink ? 'a link needs a "link"' : `a ${type} has no "link"; remove it`);
  }
  if (type !== 'file' && entry.content !== undefined) {
    throw invalid(entry, `a ${type} has no "content"; remove it`);
  }
  for (const field of ['mode', 'uid', 'gid', 'devmajor', 'devminor'] as const) {
    const value = entry[field] ?? 0;
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw invalid(entry, `"${field}" is ${value}; use a whole number from 0 on`);
  }
  if ((entry.mode ?? 0) > 0o7777777) throw invalid(entry, '"mode" needs more than 7 octal digits');
  if (!(Math.abs(entry.mtime ?? 0) <= Number.MAX_SAFE_INTEGER)) {
    throw invalid(entry, `"mtime" is ${entry.mtime}; use seconds since 1970`);
  }
}

function invalid(entry: TarEntry, problem: string): ComposeError {
  return new ComposeError('tar_entry_invalid', `Tar entry "${entry.path}": ${problem}.`);
}

function rawHeader(entry: TarEntry, size: number): Header {
  const type = entry.type ?? 'file';
  const closed = type !== 'directory' || entry.path.endsWith('/');
  return {
    name: Buffer.from(closed ? entry.path : `${entry.path}/`),
    prefix: EMPTY,
    typeflag: TYPEFLAGS[type],
    link: Buffer.from(entry.link ?? ''),
    mode: entry.mode ?? defaultMode(type),
    uid: entry.uid ?? 0,
    gid: entry.gid ?? 0,
    size,
    mtime: entry.mtime ?? 0,
    devmajor: entry.devmajor ?? 0,
    devminor: entry.devminor ?? 0,
  };
}

function defaultMode(type: TarEntryType): number {
  if (type === 'directory') return 0o755;
  return type === 'symlink' ? 0o777 : 0o644;
}

function appendPax(parts: Uint8Array[], entry: TarEntry, raw: Header): void {
  if (!fitsOctal(raw.devmajor, OWNER_WIDTH) || !fitsOctal(raw.devminor, OWNER_WIDTH)) {
    throw invalid(entry, 'pax has no record for so large a device number; use the format "gnu"');
  }
  const records: Buffer[] = [];
  const keep = (key: string, value: number, width: number): number => {
    if (fitsOctal(value, width)) return value;
    records.push(paxRecord(key, Buffer.from(decimal(value))));
    return 0;
  };
  const name = splitName(raw.name);
  if (name === null) records.push(paxRecord('path', raw.name));
  const linkFits = raw.link.length <= NAME_WIDTH && isAscii(raw.link);
  if (!linkFits) records.push(paxRecord('linkpath', raw.link));
  const header: Header = {
    ...raw,
    ...(name ?? { name: fallback(raw.name), prefix: EMPTY }),
    link: linkFits ? raw.link : fallback(raw.link),
    size: keep('size', raw.size, NUMBER_WIDTH),
    uid: keep('uid', raw.uid, OWNER_WIDTH),
    gid: keep('gid', raw.gid, OWNER_WIDTH),
    mtime: keep('mtime', raw.mtime, NUMBER_WIDTH),
  };
  if (records.length > 0) {
    const content = Buffer.concat(records);
    const paxName = Buffer.concat([Buffer.from('PaxHeaders/'), fallback(raw.name)]);
    const pax = { ...AUXILIARY, name: paxName.subarray(0, NAME_WIDTH), size: content.length };
    parts.push(encodeHeader(pax, 'pax'));
    appendContent(parts, content);
  }
  parts.push(encodeHeader(header, 'pax'));
}

function appendGnu(parts: Uint8Array[], _entry: TarEntry, raw: Header): void {
  appendLong(parts, 'K', raw.link);
  appendLong(parts, 'L', raw.name);
  const header: Header = {
    ...raw,
    name: raw.name.subarray(0, NAME_WIDTH),
    link: raw.link.subarray(0, NAME_WIDTH),
    mtime: Math.floor(raw.mtime),
  };
  parts.push(encodeHeader(header, 'gnu'));
}

/** GNU tar's `././@LongLink` member, which carries a name or a link target closed by a NUL. */
function appendLong(parts: Uint8Array[], typeflag: 'K' | 'L', text: Uint8Array): void {
  if (text.length <= NAME_WIDTH) return;
  const name = Buffer.from('././@LongLink');
  parts.push(encodeHeader({ ...AUXILIARY, name, typeflag, size: text.length + 1 }, 'gnu'));
  appendContent(parts, Buffer.concat([text, Buffer.alloc(1)]));
}

function appendContent(parts: Uint8Array[], content: Uint8Array): void {
  parts.push(content, new Uint8Array((BLOCK - (content.length % BLOCK)) % BLOCK));
}

/** Finds how a name lies in `prefix` and `name`, or null where it needs a pax record. */
function splitName(path: Uint8Array): Pick<Header, 'name' | 'prefix'> | null {
  if (!isAscii(path)) return null;
  if (path.length <= NAME_WIDTH) return { name: path, prefix: EMPTY };
  const slash = path.indexOf(SLASH, Math.max(1, path.length - NAME_WIDTH - 1));
  // A directory's closing slash cannot divide the fields: nothing would be left for the name.
  if (slash < 0 || slash > PREFIX_WIDTH || slash === path.length - 1) return null;
  return { prefix: path.subarray(0, slash), name: path.subarray(slash + 1) };
}

/** What a reader without pax sees in place of a name that only a record can carry. */
function fallback(text: Uint8Array): Uint8Array {
  return text.subarray(0, NAME_WIDTH).map((byte) => (byte < 0x80 ? byte : 0x5f));
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits too. */
function paxRecord(key: string, value: Uint8Array): Buffer {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')]);
}

/** A number without an exponent, which pax readers do not know. */
function decimal(value: number): string {
  return Number.isInteger(value) ? String(BigInt(value)) : value.toFixed(9).replace(/0{1,8}$/, '');
}

function isAscii(text: Uint8Array): boolean {
  return text.every((byte) => byte < 0x80);
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content;
}
