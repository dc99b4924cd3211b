/**
 * Bounded reading of the text files that package managers keep.
 *
 * @module
 */
import { CatalogError } from './types.ts';

/**
 * Decodes UTF-8 without its byte order mark; bytes that are not UTF-8 become U+FFFD, so that one
 * odd maintainer's name does not hide a whole database.
 *
 * @throws {CatalogError} more than `limit` bytes
 */
export function readText(content: Buffer, limit: number): string {
  if (content.length > limit) {
    throw new CatalogError(`larger than ${Math.floor(limit / 1024)} KiB`);
  }
  const text = content.toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** The lines of a text without their ends, LF or CRLF. One at a time: a text may be all ends. */
export function* lines(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    const cut = end > start && text.charCodeAt(end - 1) === CARRIAGE_RETURN ? end - 1 : end;
    yield text.slice(start, cut);
    start = end + 1;
  }
}

const CARRIAGE_RETURN = 0x0d;

/** A decimal count such as a size, or undefined for anything else. */
export function count(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}
