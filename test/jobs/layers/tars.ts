/**
 * Archives for the tests of layers: made by hand for what writers refuse to make, and by the
 * system's tar for what they do make.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import {
  Budget,
  HELD,
  type LayerContent,
  LayerError,
  readLayer,
} from '../../../jobs/layers/index.ts';
import type { ReadLayerOptions } from '../../../jobs/layers/layer.ts';
import { type TarHandler, type TarHeader, TarReader } from '../../../jobs/layers/tar.ts';

export interface Item {
  readonly name: string | Buffer;
  readonly type?: string;
  readonly data?: string | Buffer;
  readonly link?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Bytes the header says; without it those of the data. */
  readonly size?: number;
  readonly prefix?: string;
  readonly magic?: string;
  /** Changes the block before its checksum is made. */
  readonly patch?: (block: Buffer) => void;
}

/** One header block with its data. */
export function item(options: Item): Buffer {
  const data = Buffer.from(options.data ?? '');
  const block = Buffer.alloc(512);
  Buffer.from(options.name).copy(block, 0, 0, 100);
  const octal = (value: number, start: number, length: number): void => {
    block.write(value.toString(8).padStart(length - 1, '0'), start, 'latin1');
  };
  octal(options.mode ?? 0o644, 100, 8);
  octal(options.uid ?? 0, 108, 8);
  octal(options.gid ?? 0, 116, 8);
  octal(options.size ?? data.length, 124, 12);
  octal(0, 136, 12);
  block.write(options.type ?? '0', 156, 'latin1');
  block.write(options.link ?? '', 157, 100, 'latin1');
  block.write(options.magic ?? 'ustar\x0000', 257, 'latin1');
  if (options.prefix !== undefined) block.write(options.prefix, 345, 155, 'latin1');
  options.patch?.(block);
  return Buffer.concat([seal(block), data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

/** Writes the checksum of a header block. */
export function seal(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** An archive with its end mark. */
export function tar(...items: readonly (Item | Buffer)[]): Buffer {
  const blocks = items.map((one) => Buffer.isBuffer(one) ? one : item(one));
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** An extended header. */
export function pax(records: Readonly<Record<string, string>>, type = 'x'): Buffer {
  return item({ name: 'pax', type, data: paxText(Object.entries(records)) });
}

export function paxText(records: readonly (readonly [string, string])[]): string {
  return records.map(([keyword, value]) => {
    const rest = Buffer.byteLength(` ${keyword}=${value}\n`);
    let length = rest + 1;
    while (String(length).length + rest !== length) length++;
    return `${length} ${keyword}=${value}\n`;
  }).join('');
}

export interface Seen extends TarHeader {
  readonly content: string;
}

/** Everything a reader tells of an archive that comes in chunks of a size. */
export function readTar(
  bytes: Buffer,
  chunk = bytes.length,
): { seen: Seen[]; dropped: string[] } {
  const seen: Seen[] = [];
  const dropped: string[] = [];
  let header: TarHeader | undefined;
  let content: Buffer[] = [];
  const handler: TarHandler = {
    entry(next) {
      if (next.type !== 'file') seen.push({ ...next, content: '' });
      header = next;
      content = [];
      return 'read';
    },
    data(part) {
      content.push(Buffer.from(part));
    },
    finish() {
      if (header === undefined) throw new Error('finish without an entry');
      seen.push({ ...header, content: Buffer.concat(content).toString('latin1') });
    },
    dropped(path) {
      dropped.push(path);
    },
  };
  const reader = new TarReader(handler);
  for (let i = 0; i < bytes.length; i += chunk) reader.push(bytes.subarray(i, i + chunk));
  reader.end();
  return { seen, dropped };
}

export const WIDE = { uncompressedBytes: 1e9, entries: 1e6, fileBytes: 1e6, heldBytes: 1e7 };

export async function* chunked(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

/** Reads a blob with everything kept, unless told otherwise. */
export function read(
  bytes: Uint8Array,
  options: Partial<ReadLayerOptions<string>> = {},
): Promise<LayerContent<string>> {
  return readLayer(chunked(bytes), {
    interest: () => HELD,
    hashFiles: true,
    budget: new Budget(WIDE),
    ...options,
  });
}

/** What the system's tar makes of a directory. */
export function systemTar(directory: string, options: readonly string[], what = '.'): Buffer {
  return execFileSync('tar', ['-C', directory, '-c', ...options, '-f', '-', what], {
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** Small seeded generator (mulberry32) of numbers below 1. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A copy with some bytes changed, cut out or doubled. */
export function mutate(bytes: Buffer, next: () => number): Buffer {
  const at = (): number => Math.floor(next() * bytes.length);
  const copy = Buffer.from(bytes);
  for (let i = Math.floor(next() * 4); i >= 0; i--) copy[at()] = Math.floor(next() * 256);
  const kind = next();
  if (kind < 0.2) return copy.subarray(0, at());
  if (kind < 0.3) return Buffer.concat([copy.subarray(0, at()), copy.subarray(at())]);
  return copy;
}

/** The code of the error that something ends with, `none`, or what else it fails with. */
export function codeOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    return codeOfError(error);
  }
}

/** The same of a promise. */
export function codeOfAsync(work: Promise<unknown>): Promise<string> {
  return work.then(() => 'none', codeOfError);
}

function codeOfError(error: unknown): string {
  return error instanceof LayerError ? error.code : String(error);
}
