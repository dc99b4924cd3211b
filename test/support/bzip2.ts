/**
 * A small and slow bzip2, for tests of reading: also writes what no real one would.
 *
 * @module
 */
import { Buffer } from 'node:buffer';

const GROUP = 50;
/** All codes are of one length, which is enough for 258 symbols. */
const CODE_BITS = 9;

class BitWriter {
  readonly #bits: number[] = [];

  write(value: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit -= 1) this.#bits.push(Math.floor(value / 2 ** bit) % 2);
  }

  bytes(): Buffer {
    const bytes = Buffer.alloc(Math.ceil(this.#bits.length / 8));
    this.#bits.forEach((bit, at) => {
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (bit << (7 - (at & 7)));
    });
    return bytes;
  }
}

function crcOf(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  }
  return ~crc >>> 0;
}

/** Four equal bytes are followed by how many more there are. */
function runsOf(bytes: Uint8Array): number[] {
  const out: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    let length = 1;
    while (length < 255 + 4 && bytes[at + length] === byte) length += 1;
    out.push(...Array.from({ length: Math.min(length, 4) }, () => byte));
    if (length >= 4) out.push(length - 4);
    at += length;
  }
  return out;
}

function transformed(bytes: readonly number[]): { last: number[]; origin: number } {
  const twice = [...bytes, ...bytes];
  const order = bytes.map((_, at) => at).sort((a, b) => {
    for (let n = 0; n < bytes.length; n += 1) {
      const difference = (twice[a + n] ?? 0) - (twice[b + n] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  });
  return {
    last: order.map((at) => twice[at + bytes.length - 1] ?? 0),
    origin: order.indexOf(0),
  };
}

function symbolsOf(bytes: readonly number[], alphabet: readonly number[]): number[] {
  const recent = [...alphabet];
  const symbols: number[] = [];
  let zeros = 0;
  const flush = () => {
    for (; zeros > 0; zeros = (zeros - 1) >> 1) symbols.push((zeros - 1) & 1);
  };
  for (const byte of bytes) {
    const index = recent.indexOf(byte);
    if (index === 0) {
      zeros += 1;
      continue;
    }
    flush();
    symbols.push(index + 1);
    recent.splice(index, 1);
    recent.unshift(byte);
  }
  flush();
  return [...symbols, alphabet.length + 1];
}

/** What may be written otherwise than the content asks for. */
export interface Bzip2Faults {
  readonly level?: number;
  readonly crc?: number;
  readonly streamCrc?: number;
  readonly randomised?: number;
  readonly origin?: number;
  readonly alphabet?: readonly number[];
  readonly symbols?: readonly number[];
  readonly tables?: number;
  readonly selectors?: number;
  readonly codeLength?: number;
  readonly end?: number;
}

/** One stream with one block, or none where there is no content. */
export function bzip2Of(content: Uint8Array, faults: Bzip2Faults = {}): Buffer {
  const out = new BitWriter();
  out.write(0x425a68, 24);
  out.write(0x30 + (faults.level ?? 1), 8);
  const crc = crcOf(content);
  if (content.length > 0) {
    const runs = runsOf(content);
    const alphabet = faults.alphabet ?? [...new Set(runs)].sort((a, b) => a - b);
    const { last, origin } = transformed(runs);
    const symbols = faults.symbols ?? symbolsOf(last, alphabet);
    out.write(0x314159265359, 48);
    out.write(faults.crc ?? crc, 32);
    out.write(faults.randomised ?? 0, 1);
    out.write(faults.origin ?? origin, 24);
    const rows = Array.from(
      { length: 16 },
      (_, row) => Array.from({ length: 16 }, (_, column) => alphabet.includes(row * 16 + column)),
    );
    rows.forEach((row) => out.write(row.includes(true) ? 1 : 0, 1));
    rows.filter((row) => row.includes(true)).flat().forEach((is) => out.write(is ? 1 : 0, 1));
    const tables = faults.tables ?? 2;
    const selectors = faults.selectors ?? Math.ceil(symbols.length / GROUP);
    out.write(tables, 3);
    out.write(selectors, 15);
    for (let at = 0; at < selectors; at += 1) out.write(0, 1);
    for (let table = 0; table < tables; table += 1) {
      out.write(faults.codeLength ?? CODE_BITS, 5);
      for (let symbol = 0; symbol < alphabet.length + 2; symbol += 1) out.write(0, 1);
    }
    for (const symbol of symbols) out.write(symbol, CODE_BITS);
  }
  out.write(faults.end ?? 0x177245385090, 48);
  out.write(faults.streamCrc ?? (content.length > 0 ? crc : 0), 32);
  return out.bytes();
}
