/**
 * Which libraries a program or library asks the dynamic linker for (System V ABI, "Object Files"
 * and "Dynamic Linking"). Reads 64-bit little-endian files, which is what all targets use.
 *
 * @module
 */
import { Buffer } from 'node:buffer';

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

const MAGIC = Buffer.from('\x7fELF\x02\x01', 'latin1');
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;

/** What must be there for a file to be started or loaded. */
export interface Demands {
  /** Path of the dynamic linker; undefined for libraries and static programs. */
  readonly interpreter: string | undefined;
  /** Sonames, in the order of the file. */
  readonly libraries: readonly string[];
}

/** The demands of a file; undefined for what is no ELF file. */
export function demandsOf(bytes: Uint8Array): Demands | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const segments = segmentsOf(file);
  const interpreter = segments.find(({ type }) => type === PT_INTERP);
  return {
    interpreter: interpreter === undefined ? undefined : textAt(file, interpreter.offset),
    libraries: librariesOf(file, segments),
  };
}

function segmentsOf(file: Buffer): Segment[] {
  const start = Number(file.readBigUInt64LE(32));
  const width = file.readUInt16LE(54);
  return Array.from({ length: file.readUInt16LE(56) }, (_, index) => {
    const at = start + index * width;
    return {
      type: file.readUInt32LE(at),
      offset: Number(file.readBigUInt64LE(at + 8)),
      address: Number(file.readBigUInt64LE(at + 16)),
      size: Number(file.readBigUInt64LE(at + 32)),
    };
  });
}

function librariesOf(file: Buffer, segments: readonly Segment[]): string[] {
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  if (dynamic === undefined) return [];
  const entries: { readonly tag: number; readonly value: number }[] = [];
  for (let at = dynamic.offset; at + 16 <= dynamic.offset + dynamic.size; at += 16) {
    const tag = Number(file.readBigInt64LE(at));
    entries.push({ tag, value: Number(file.readBigUInt64LE(at + 8)) });
    if (tag === 0) break;
  }
  const names = entries.find(({ tag }) => tag === DT_STRTAB)?.value ?? 0;
  const home = segments.find(({ type, address, size }) =>
    type === PT_LOAD && names >= address && names < address + size
  );
  if (home === undefined) return [];
  const table = names - home.address + home.offset;
  return entries.filter(({ tag }) => tag === DT_NEEDED)
    .map(({ value }) => textAt(file, table + value));
}

function textAt(file: Buffer, at: number): string {
  return file.toString('latin1', at, file.indexOf(0, at));
}
