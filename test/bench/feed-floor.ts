/**
 * What nobody who loads a feed gets around: its bytes are decompressed, and its JSON is parsed.
 * A program of its own, and nothing of the product's.
 *
 *     feed-floor.ts FILE     a document, plain or in gzip; a zip archive, or a tar archive in zstd
 *
 * @module
 */
import type { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { text as textOf } from 'node:stream/consumers';
import { gunzipSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import { extract } from 'tar-stream';

/** Parses JSON; XML is decoded and left at that. */
function take(text: string): void {
  if (text.startsWith('{') || text.startsWith('[')) JSON.parse(text);
}

/** By its central directory (APPNOTE 4.3.12): 46 bytes and three texts for each file. */
function takeZip(bytes: Buffer): void {
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  for (let file = 0; file < count; file += 1) {
    const [size, header] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 42)];
    const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
    const content = bytes.subarray(start, start + size);
    const isStored = bytes.readUInt16LE(at + 10) === 0;
    take((isStored ? content : inflateRawSync(content)).toString('utf8'));
    at += 46 + [28, 30, 32].reduce((sum, offset) => sum + bytes.readUInt16LE(at + offset), 0);
  }
}

async function takeTar(bytes: Uint8Array): Promise<void> {
  const archive = extract();
  archive.end(bytes);
  for await (const entry of archive) take(await textOf(entry));
}

const [file = ''] = process.argv.slice(2);
const bytes = readFileSync(file);
if (file.endsWith('.zip')) takeZip(bytes);
else if (file.endsWith('.tar.zst')) await takeTar(zstdDecompressSync(bytes));
else take((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'));
