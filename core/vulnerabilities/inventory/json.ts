/**
 * JSON of foreign documents, within bounds: a text of many small parts takes fifty times its size
 * when it is read.
 *
 * @module
 */
import { invalid, tooLarge } from './problems.ts';

/** Objects and lists of one document; real ones have one in about seventy characters. */
const MOST_PARTS = 1_500_000;
/** Objects and lists within each other. */
const DEEPEST = 1000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Reads a text. @throws TidewaiterError `inventory_invalid` */
export function parsedJson(text: string, name: string): unknown {
  checkParts(text, name);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(name, 'it is not valid JSON', error);
  }
}

function checkParts(text: string, name: string): void {
  let parts = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (sign === QUOTE) {
      at = endOfString(text, at + 1);
    } else if (sign === OPEN_LIST || sign === OPEN_OBJECT) {
      parts += 1;
      depth += 1;
      if (parts > MOST_PARTS) throw tooLarge(name, `${MOST_PARTS} objects and lists`);
      if (depth > DEEPEST) throw tooLarge(name, `${DEEPEST} parts within each other`);
    } else if (sign === CLOSE_LIST || sign === CLOSE_OBJECT) {
      depth -= 1;
    }
  }
}

/** Where the quote is that ends a string. */
function endOfString(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (sign === QUOTE) return at;
    if (sign === BACKSLASH) at += 1;
  }
  return text.length;
}
