/**
 * Lists in compressed pieces: gzip of newline-delimited JSON, as those of reports are kept.
 *
 * @module
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

const compress = promisify(gzip);
const inflate = promisify(gunzip);

/** Characters after which a piece is full. */
const PIECE_LENGTH = 1024 * 1024;

/** Packs entries; no list makes no piece. */
export async function* packed(
  entries: Iterable<unknown> | AsyncIterable<unknown>,
): AsyncGenerator<Buffer> {
  let lines = '';
  for await (const entry of entries) {
    lines += `${JSON.stringify(entry)}\n`;
    if (lines.length < PIECE_LENGTH) continue;
    yield await compress(lines);
    lines = '';
  }
  if (lines !== '') yield await compress(lines);
}

/** The entries of one piece. */
export async function unpacked(piece: Buffer): Promise<unknown[]> {
  const text = (await inflate(piece)).toString('utf8');
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as unknown);
}
