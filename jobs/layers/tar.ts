/**
 * A push parser of tar archives: V7, ustar, pax and GNU with long names and sparse files. Where
 * writers and readers of tar disagree it reads what container runtimes read; above all, global
 * extended headers change nothing.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { LayerError } from './errors.ts';
import { MAX_PATH_BYTES, normalizePath } from './path.ts';
import { BLOCK_BYTES, readBlock, sumBlock, type TarBlock } from './tar-block.ts';
import { malformed } from './tar-numbers.ts';
import { Extensions, isExtension } from './tar-extensions.ts';
import {
  checkMap,
  MapReader,
  readOldExtension,
  readOldMap,
  readPaxSparse,
  SparseFile,
  type SparseMap,
} from './tar-sparse.ts';

export type EntryType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'character'
  | 'block'
  | 'fifo';

export interface TarHeader {
  /** Binary and normalised; `''` is the root. */
  readonly path: string;
  readonly type: EntryType;
  /** Permission bits with set-uid, set-gid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of a file's content, holes included; 0 for all that is not a file. */
  readonly size: number;
  /** Bytes of the content that the archive does not hold because they are zero. */
  readonly holes: number;
  /** Target: of a hard link a normalised path, of a symbolic link its bytes; else undefined. */
  readonly link: string | undefined;
}

/** Whether the content of an entry is asked for. */
export type Want = 'skip' | 'read';

/** Is told of an archive's entries in their order. Whatever it throws ends the reading. */
export interface TarHandler {
  entry(header: TarHeader): Want;
  /** A part of the content asked for; the memory is used again after the call. */
  data(chunk: Buffer): void;
  /** All of the content asked for was given. */
  finish(): void;
  /** An entry of a kind that cannot be unpacked. */
  dropped(path: string, reason: string): void;
}

const TYPES: ReadonlyMap<string, EntryType> = new Map([
  ['0', 'file'],
  ['\0', 'file'],
  ['7', 'file'],
  ['S', 'file'],
  ['1', 'hardlink'],
  ['2', 'symlink'],
  ['3', 'character'],
  ['4', 'block'],
  ['5', 'directory'],
  ['6', 'fifo'],
]);

type State = 'header' | 'extension' | 'sparse-header' | 'sparse-map' | 'data' | 'skip' | 'end';

/** A file whose sparse map is not complete yet. */
interface PendingSparse {
  readonly block: TarBlock;
  readonly realSize: number;
  readonly map: SparseMap;
  readonly reader: MapReader;
}

/** Reads one archive. Throws `LayerError`, and is of no use after that. */
export class TarReader {
  readonly #handler: TarHandler;
  #state: State = 'header';
  /** A block that came in pieces. */
  readonly #block = Buffer.from(new ArrayBuffer(BLOCK_BYTES));
  #filled = 0;
  /** Bytes of data still to come, and of padding after it. */
  #left = 0;
  #padding = 0;
  #zeroBlock = false;
  readonly #extensions = new Extensions();
  #pending: PendingSparse | undefined;
  #sparse: SparseFile | undefined;

  constructor(handler: TarHandler) {
    this.#handler = handler;
  }

  /** Takes the next bytes of the archive; they may be used again after the call. */
  push(buffer: Buffer): void {
    let offset = 0;
    while (offset < buffer.length) {
      switch (this.#state) {
        case 'header':
        case 'sparse-header':
        case 'sparse-map':
          offset = this.#takeBlock(buffer, offset);
          break;
        case 'extension':
        case 'data':
          offset = this.#takeData(buffer, offset);
          break;
        case 'skip':
          offset = this.#passOver(buffer, offset);
          break;
        case 'end':
          return;
      }
    }
  }

  /** To be called after the last bytes. An archive without its end mark is complete all the same. */
  end(): void {
    if (this.#state === 'end') return;
    const inData = this.#state !== 'header' && this.#left > 0;
    const inMap = this.#state === 'sparse-header' || this.#state === 'sparse-map';
    if (inData || inMap || this.#filled > 0) {
      throw new LayerError('layer_truncated', 'The layer ends in the middle of its tar archive.');
    }
  }

  #takeBlock(buffer: Buffer, offset: number): number {
    if (this.#filled === 0 && buffer.length - offset >= BLOCK_BYTES) {
      this.#readBlock(buffer, offset);
      return offset + BLOCK_BYTES;
    }
    const count = Math.min(BLOCK_BYTES - this.#filled, buffer.length - offset);
    buffer.copy(this.#block, this.#filled, offset, offset + count);
    this.#filled += count;
    if (this.#filled === BLOCK_BYTES) {
      this.#filled = 0;
      this.#readBlock(this.#block, 0);
    }
    return offset + count;
  }

  #readBlock(buffer: Buffer, offset: number): void {
    if (this.#state === 'header') this.#readHeader(buffer, offset);
    else if (this.#state === 'sparse-header') this.#readSparseHeader(buffer, offset);
    else this.#readSparseMap(buffer, offset);
  }

  #readHeader(buffer: Buffer, offset: number): void {
    const sum = sumBlock(buffer, offset);
    if (sum === 0) {
      if (this.#zeroBlock) this.#state = 'end';
      this.#zeroBlock = true;
      return;
    }
    if (this.#zeroBlock) throw malformed('something follows the first half of its end mark');
    const block = readBlock(buffer, offset, sum);
    if (isExtension(block.type)) return this.#beginExtension(block);
    const records = this.#extensions.apply(block);
    if (block.type === '\0' && block.name.endsWith('/')) block.type = '5';
    if (block.type === 'S') return this.#beginOldSparse(block, buffer, offset);
    const sparse = records === undefined ? undefined : readPaxSparse(records);
    if (sparse === undefined) return this.#beginEntry(block, block.size, undefined);
    if (TYPES.get(block.type) !== 'file') throw malformed('something other than a file is sparse');
    block.name = sparse.name ?? block.name;
    const realSize = sparse.realSize ?? block.size;
    if (sparse.map !== undefined) return this.#beginEntry(block, realSize, sparse.map);
    this.#pending = { block, realSize, map: [], reader: new MapReader() };
    this.#left = block.size;
    this.#padding = paddingOf(block.size);
    this.#state = 'sparse-map';
  }

  #beginExtension(block: TarBlock): void {
    this.#extensions.begin(block.type, block.size);
    this.#left = block.size;
    this.#padding = paddingOf(block.size);
    this.#state = 'extension';
    if (block.size === 0) this.#endData();
  }

  #beginOldSparse(block: TarBlock, buffer: Buffer, offset: number): void {
    if (!block.gnu) throw malformed('a sparse file is of an unknown format');
    const { map, realSize, extended } = readOldMap(buffer, offset);
    if (!extended) return this.#beginEntry(block, realSize, map);
    this.#pending = { block, realSize, map, reader: new MapReader() };
    this.#state = 'sparse-header';
  }

  #readSparseHeader(buffer: Buffer, offset: number): void {
    const pending = this.#pending;
    if (pending === undefined || readOldExtension(buffer, offset, pending.map)) return;
    this.#beginEntry(pending.block, pending.realSize, pending.map);
  }

  #readSparseMap(buffer: Buffer, offset: number): void {
    const pending = this.#pending;
    this.#left -= BLOCK_BYTES;
    if (pending === undefined || this.#left < 0) throw malformed('a sparse map does not end');
    const map = pending.reader.take(buffer, offset);
    if (map === undefined) return;
    pending.block.size = this.#left;
    this.#beginEntry(pending.block, pending.realSize, map);
  }

  #beginEntry(block: TarBlock, realSize: number, map: SparseMap | undefined): void {
    this.#pending = undefined;
    this.#sparse = undefined;
    const type = TYPES.get(block.type);
    const isFile = type === 'file';
    // Some writers give links and directories a size, but no data follows it.
    const stored = isFile || type === undefined ? block.size : 0;
    if (stored < 0) throw malformed('a size is negative');
    if (map !== undefined) checkMap(map, realSize, stored);
    this.#left = stored;
    this.#padding = paddingOf(stored);
    this.#state = 'skip';
    if (!this.#announce(block, type, isFile ? realSize : 0, isFile ? realSize - stored : 0)) {
      if (stored === 0) this.#state = 'header';
      return;
    }
    if (map !== undefined) {
      this.#sparse = new SparseFile(map, realSize, (chunk) => this.#handler.data(chunk));
    }
    this.#state = 'data';
    if (stored === 0) this.#endData();
  }

  /** Returns whether the handler wants the content. */
  #announce(block: TarBlock, type: EntryType | undefined, size: number, holes: number): boolean {
    checkLength(block.name);
    checkLength(block.linkName);
    const path = normalizePath(block.name);
    if (type === undefined) {
      this.#handler.dropped(path, 'it is of a type that cannot be unpacked');
      return false;
    }
    const { mode, uid, gid } = block;
    const link = linkOf(type, block.linkName);
    const header = { path, type, mode: mode & 0o7777, uid, gid, size, holes, link };
    return this.#handler.entry(header) === 'read' && type === 'file';
  }

  #takeData(buffer: Buffer, offset: number): number {
    const end = Math.min(buffer.length, offset + this.#left);
    const chunk = buffer.subarray(offset, end);
    this.#left -= end - offset;
    if (this.#state === 'extension') this.#extensions.add(chunk);
    else if (this.#sparse === undefined) this.#handler.data(chunk);
    else this.#sparse.data(chunk);
    if (this.#left === 0) this.#endData();
    return end;
  }

  #endData(): void {
    const wasExtension = this.#state === 'extension';
    this.#state = this.#padding > 0 ? 'skip' : 'header';
    if (wasExtension) return this.#extensions.end();
    this.#sparse?.finish();
    this.#handler.finish();
  }

  #passOver(buffer: Buffer, offset: number): number {
    const count = Math.min(this.#left + this.#padding, buffer.length - offset);
    const ofData = Math.min(this.#left, count);
    this.#left -= ofData;
    this.#padding -= count - ofData;
    if (this.#left + this.#padding === 0) this.#state = 'header';
    return offset + count;
  }
}

function paddingOf(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}

function checkLength(path: string): void {
  if (path.length > MAX_PATH_BYTES) throw malformed('a path is longer than 4096 bytes');
}

function linkOf(type: EntryType, raw: string): string | undefined {
  if (type === 'symlink') return raw;
  return type === 'hardlink' ? normalizePath(raw) : undefined;
}
