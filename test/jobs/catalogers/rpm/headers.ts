/**
 * Headers of rpm packages for tests, and mutations that go for numbers.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { TAGS } from '../../../../jobs/catalogers/rpm/header.ts';
import type { FoundPackage } from '../../../../jobs/catalogers/types.ts';
import { CatalogError } from '../../../../jobs/catalogers/types.ts';
import { seeded } from '../support.ts';

/** A tag's value: a string, strings, or integers of a size in bytes. */
export type Value =
  | string
  | readonly string[]
  | { readonly bytes: 1 | 2 | 4 | 8; readonly of: readonly number[] };

export type Tags = Readonly<Partial<Record<keyof typeof TAGS, Value>>>;

export interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly data: Buffer;
}

const INTEGER_TYPES = { 1: 2, 2: 3, 4: 4, 8: 5 } as const;

/** Integers of four bytes, as most are. */
export function int32(...of: readonly number[]): Value {
  return { bytes: 4, of };
}

/** The header of a package `a-1-1`, with these tags added or instead. */
export function packageHeader(tags: Tags = {}): Buffer {
  return header({ name: 'a', version: '1', release: '1', ...tags });
}

/** A header with these tags alone. */
export function header(tags: Tags): Buffer {
  const names = Object.keys(tags) as (keyof typeof TAGS)[];
  return rawHeader(names.map((name) => entryOf(TAGS[name], tags[name] ?? '')));
}

/** A header of entries in the order given, each at a multiple of eight. */
export function rawHeader(entries: readonly Entry[]): Buffer {
  const index: Buffer[] = [];
  const store: Buffer[] = [];
  let offset = 0;
  for (const { tag, type, count, data } of entries) {
    index.push(integers(4, [tag, type, offset, count]));
    const padded = Buffer.concat([data, Buffer.alloc((8 - data.length % 8) % 8)]);
    store.push(padded);
    offset += padded.length;
  }
  return Buffer.concat([integers(4, [entries.length, offset]), ...index, ...store]);
}

export function entryOf(tag: number, value: Value): Entry {
  if (typeof value === 'string') {
    return { tag, type: 6, count: 1, data: Buffer.from(`${value}\0`) };
  }
  if ('bytes' in value) {
    const { bytes, of } = value;
    return { tag, type: INTEGER_TYPES[bytes], count: of.length, data: integers(bytes, of) };
  }
  const texts = value.map((text) => `${text}\0`).join('');
  return { tag, type: 8, count: value.length, data: Buffer.from(texts, 'latin1') };
}

function integers(bytes: number, values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(bytes * values.length);
  for (const [index, value] of values.entries()) {
    if (bytes === 8) {
      buffer.writeBigUInt64BE(BigInt(value), 8 * index);
    } else {
      buffer.writeUIntBE(value, bytes * index, bytes);
    }
  }
  return buffer;
}

/** Headers `p0-1-1`, `p1-1-1` and so on, each padded by a vendor's long name. */
export function manyHeaders(count: number, padding = 0): readonly Buffer[] {
  return Array.from(
    { length: count },
    (_, index) => packageHeader({ name: `p${index}`, vendor: 'v'.repeat(padding) }),
  );
}

/** What `manyHeaders` is read as. */
export function manyIdentities(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `p${index} 1-1`);
}

const EXTREMES = [0, 1, 2, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0xffff_fffe, 0xffff_ffff] as const;

/**
 * Reads mutated copies of a sample: bytes and whole integers changed, stretches copied over others,
 * ends cut off. Everything but packages and the declared error is thrown.
 */
export function fuzz(
  sample: Buffer,
  seed: number,
  read: (bytes: Buffer) => readonly FoundPackage[],
) {
  const random = seeded(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const outcome = { read: 0, refused: 0, packages: 0, slowest: 0 };
  for (let round = 0; round < 1500; round++) {
    const bytes = Buffer.from(sample);
    for (let change = below(6); change >= 0; change--) {
      mutate(bytes, below);
    }
    const cut = below(10) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes;
    const start = performance.now();
    try {
      outcome.packages += read(cut).length;
      outcome.read++;
    } catch (error) {
      if (!(error instanceof CatalogError)) {
        throw error;
      }
      outcome.refused++;
    }
    outcome.slowest = Math.max(outcome.slowest, performance.now() - start);
  }
  return outcome;
}

/** Half of all changes hit the start, where a file says what it is. */
function mutate(bytes: Buffer, below: (limit: number) => number): void {
  const at = below(below(2) === 0 ? Math.min(512, bytes.length - 4) : bytes.length - 4);
  const number = EXTREMES[below(EXTREMES.length)] ?? 0;
  switch (below(5)) {
    case 0:
      bytes.writeUInt8(below(256), at);
      break;
    case 1:
      bytes.writeUInt32BE(number, at - at % 4);
      break;
    case 2:
      bytes.writeUInt32LE(number, at - at % 4);
      break;
    case 3:
      bytes.writeUInt16BE(below(0x1_0000), at - at % 2);
      break;
    default:
      bytes.copy(bytes, below(bytes.length), at, at + below(64));
  }
}
