/**
 * The values of rpm's own database (rpm source documentation, lib/backend/ndb): pages of slots at
 * the start of the file say where the blobs are. Integers are little-endian.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { CatalogError } from '../types.ts';

const FILE_MAGIC = magic('RpmP');
const SLOT_MAGIC = magic('Slot');
const BLOB_MAGIC = magic('BlbS');
const BLOB_END_MAGIC = magic('BlbE');
const VERSION = 0;
const FILE_HEADER = 32;
const SLOT_SIZE = 16;
const PAGE_SIZE = 4096;
const BLOCK_SIZE = 16;
const BLOB_HEADER = 16;
const BLOB_TRAILER = 12;

/** Whether the bytes are such a database. */
export function isNdb(content: Buffer): boolean {
  return content.length >= FILE_HEADER && content.readUInt32LE(0) === FILE_MAGIC;
}

/**
 * The headers in a `Packages.db`; undefined for one that is not where its slot says. What no slot
 * tells of was erased.
 *
 * @throws {CatalogError} a start that no such file has
 */
export function* ndbValues(content: Buffer): Generator<Buffer | undefined> {
  if (!isNdb(content)) {
    throw new CatalogError('not an ndb file');
  }
  const version = content.readUInt32LE(4);
  if (version !== VERSION) {
    throw new CatalogError(`an ndb file of version ${version}`);
  }
  const slotsEnd = content.readUInt32LE(12) * PAGE_SIZE;
  if (slotsEnd > content.length) {
    throw new CatalogError('an ndb file that is cut off');
  }
  const seen = new Set<number>();
  for (let at = FILE_HEADER; at < slotsEnd; at += SLOT_SIZE) {
    const index = content.readUInt32LE(at + 4);
    const start = content.readUInt32LE(at + 8) * BLOCK_SIZE;
    const isUsed = content.readUInt32LE(at) === SLOT_MAGIC && index !== 0 && start !== 0;
    if (isUsed && !seen.has(index)) {
      const blob = blobAt(content, start, content.readUInt32LE(at + 12) * BLOCK_SIZE, index);
      if (blob !== undefined) {
        seen.add(index);
      }
      yield blob;
    }
  }
}

/** A blob names its package and its length at both ends; the trailer stands at the last block's end. */
function blobAt(content: Buffer, start: number, size: number, index: number): Buffer | undefined {
  const end = start + size;
  if (size < BLOB_HEADER + BLOB_TRAILER || end > content.length) {
    return undefined;
  }
  const length = content.readUInt32LE(start + 12);
  const isWhole = content.readUInt32LE(start) === BLOB_MAGIC &&
    content.readUInt32LE(start + 4) === index &&
    BLOB_HEADER + length + BLOB_TRAILER <= size &&
    content.readUInt32LE(end - 8) === length &&
    content.readUInt32LE(end - 4) === BLOB_END_MAGIC;
  return isWhole ? content.subarray(start + BLOB_HEADER, start + BLOB_HEADER + length) : undefined;
}

function magic(text: string): number {
  return Buffer.from(text, 'latin1').readUInt32LE(0);
}
