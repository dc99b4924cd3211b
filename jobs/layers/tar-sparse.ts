/**
 * Sparse files of GNU tar ("Storing Sparse Files" in its manual): the old header form and the
 * extended-header forms 0.0, 0.1 and 1.0. The archive holds the data of the map's segments only.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { BLOCK_BYTES } from './tar-block.ts';
import { malformed, parseDecimal, readNumber } from './tar-numbers.ts';
import type { PaxRecords } from './tar-pax.ts';

/** Longest map that is read, in bytes of its stored form. */
export const MAX_MAP_BYTES = 1024 * 1024;

/** Offsets and lengths of the segments that have data, one after the other. */
export type SparseMap = number[];

const OLD_MAP_START = 386;
const OLD_ENTRIES = 4;
const OLD_EXTENDED = 482;
const OLD_REAL_SIZE = 483;
const EXTENSION_ENTRIES = 21;
const EXTENSION_EXTENDED = 504;
const ENTRY_BYTES = 24;

/** Reads the map's start and the real size out of an old GNU header. */
export function readOldMap(
  block: Buffer,
  offset: number,
): { map: SparseMap; realSize: number; extended: boolean } {
  const map: SparseMap = [];
  readEntries(block, offset + OLD_MAP_START, OLD_ENTRIES, map);
  return {
    map,
    realSize: readNumber(block, offset + OLD_REAL_SIZE, 12),
    extended: block[offset + OLD_EXTENDED] !== 0,
  };
}

/** Reads one of the blocks that go on with an old GNU map; returns whether there is another. */
export function readOldExtension(block: Buffer, offset: number, map: SparseMap): boolean {
  readEntries(block, offset, EXTENSION_ENTRIES, map);
  if (map.length * ENTRY_BYTES / 2 > MAX_MAP_BYTES) {
    throw malformed(`a sparse map is longer than ${MAX_MAP_BYTES} bytes`);
  }
  return block[offset + EXTENSION_EXTENDED] !== 0;
}

function readEntries(block: Buffer, start: number, count: number, map: SparseMap): void {
  for (let at = start; at < start + count * ENTRY_BYTES; at += ENTRY_BYTES) {
    if (block[at] === 0) return;
    map.push(readNumber(block, at, 12), readNumber(block, at + 12, 12));
  }
}

/** What extended headers say of a sparse file. */
export interface PaxSparse {
  readonly name: string | undefined;
  readonly realSize: number | undefined;
  /** Undefined in format 1.0: there the map stands before the data. */
  readonly map: SparseMap | undefined;
}

/** Reads the sparse keywords; undefined if the file is not sparse or of an unknown version. */
export function readPaxSparse(records: PaxRecords): PaxSparse | undefined {
  const version = paxVersion(records);
  if (version === undefined) return undefined;
  const size = records.get('GNU.sparse.size') || records.get('GNU.sparse.realsize');
  return {
    name: records.get('GNU.sparse.name') || undefined,
    realSize: size ? parseDecimal(size) : undefined,
    map: version === '1.0' ? undefined : parseMap(records),
  };
}

function paxVersion(records: PaxRecords): '0' | '1.0' | undefined {
  const major = records.get('GNU.sparse.major') ?? '';
  const minor = records.get('GNU.sparse.minor') ?? '';
  if (major === '0' && (minor === '0' || minor === '1')) return '0';
  if (major === '1' && minor === '0') return '1.0';
  if (major !== '' || minor !== '') return undefined;
  return records.get('GNU.sparse.map') ? '0' : undefined;
}

function parseMap(records: PaxRecords): SparseMap {
  const text = records.get('GNU.sparse.map') ?? '';
  const map = text === '' ? [] : text.split(',').map(parseDecimal);
  if (map.length !== 2 * parseDecimal(records.get('GNU.sparse.numblocks') ?? '')) {
    throw malformed('a sparse map has another length than its header says');
  }
  return map;
}

/** Gathers the map of format 1.0: lines of numbers before the data, filled up to whole blocks. */
export class MapReader {
  #line = '';
  /** Numbers the map will have, once its first line is read. */
  #wanted = -1;
  readonly #map: SparseMap = [];
  #bytes = 0;

  /** Takes one block; returns the map once it is complete. */
  take(block: Buffer, offset: number): SparseMap | undefined {
    this.#bytes += BLOCK_BYTES;
    if (this.#bytes > MAX_MAP_BYTES) {
      throw malformed(`a sparse map is longer than ${MAX_MAP_BYTES} bytes`);
    }
    const lines = (this.#line + block.toString('latin1', offset, offset + BLOCK_BYTES)).split('\n');
    for (let i = 0; i < lines.length - 1 && !this.#complete; i++) {
      const value = parseDecimal(lines[i] ?? '');
      if (this.#wanted === -1) this.#wanted = 2 * value;
      else this.#map.push(value);
    }
    if (this.#complete) return this.#map;
    this.#line = lines[lines.length - 1] ?? '';
    if (this.#line.length > BLOCK_BYTES) throw malformed('a sparse map has a line too long');
    return undefined;
  }

  get #complete(): boolean {
    return this.#wanted !== -1 && this.#map.length >= this.#wanted;
  }
}

/** Segments must be in order, apart, within the file, and as long as the stored data. */
export function checkMap(map: SparseMap, realSize: number, stored: number): void {
  let end = 0;
  let sum = 0;
  for (let i = 0; i < map.length; i += 2) {
    const start = map[i] ?? 0;
    const length = map[i + 1] ?? 0;
    if (start < end || length < 0 || start + length > realSize) {
      throw malformed('a sparse map has overlapping segments');
    }
    end = start + length;
    sum += length;
  }
  if (realSize < 0 || sum !== stored) throw malformed('a sparse map does not fit its data');
}

const HOLE = Buffer.alloc(64 * 1024);

/** Puts a sparse file together: stored data in, the file's whole content out. */
export class SparseFile {
  readonly #map: SparseMap;
  readonly #size: number;
  readonly #out: (chunk: Buffer) => void;
  #segment = 0;
  #position = 0;

  constructor(map: SparseMap, size: number, out: (chunk: Buffer) => void) {
    this.#map = map;
    this.#size = size;
    this.#out = out;
  }

  data(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      const start = this.#map[this.#segment] ?? this.#size;
      const end = start + (this.#map[this.#segment + 1] ?? 0);
      this.#fill(start);
      const count = Math.min(end - this.#position, chunk.length - offset);
      if (count > 0) this.#out(chunk.subarray(offset, offset + count));
      this.#position += count;
      offset += count;
      if (this.#position === end) this.#segment += 2;
    }
  }

  finish(): void {
    this.#fill(this.#size);
  }

  #fill(end: number): void {
    while (this.#position < end) {
      const count = Math.min(HOLE.length, end - this.#position);
      this.#out(HOLE.subarray(0, count));
      this.#position += count;
    }
  }
}
