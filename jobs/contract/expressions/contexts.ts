/**
 * What is true at a place of a text, as bits: one for each of `PLACES`, further ones are left to
 * look-arounds.
 *
 * @module
 */
import { categoriesOf, TEXT } from './alphabet.ts';
import { has } from './characters.ts';
import { bitOfPlace } from './program.ts';
import { PLACES } from './tree.ts';

/** Bytes, or code points. */
export type Units = Uint8Array | Uint32Array;

/** The first bit that no place has. */
export const FIRST_LOOK_BIT = PLACES.length;
/** The bits of places. */
export const PLACE_BITS = (1 << FIRST_LOOK_BIT) - 1;
/** Look-arounds that find a bit. */
export const LOOK_LIMIT = 31 - FIRST_LOOK_BIT;

const NEWLINE = 0x0a;

function mask(...places: readonly (typeof PLACES)[number][]): number {
  return places.reduce((bits, place) => bits | (1 << bitOfPlace(place)), 0);
}

const TEXT_START = mask('text-start', 'line-start');
const LINE_START = mask('line-start');
const TEXT_END = mask('text-end', 'last-line-end', 'line-end');
const LAST_LINE_END = mask('last-line-end', 'line-end');
const LINE_END = mask('line-end');
const BOUNDARY = mask('boundary');
const NO_BOUNDARY = mask('no-boundary');
const ASCII_BOUNDARY = mask('ascii-boundary');
const ASCII_NO_BOUNDARY = mask('ascii-no-boundary');
const UNICODE = BOUNDARY | NO_BOUNDARY;

/** Whether the bits are the same at all places of a text but its first and its last two. */
export function isOfEnds(wanted: number): boolean {
  return (wanted & ~mask('text-start', 'text-end', 'last-line-end')) === 0;
}

/** The bits at `at`, in the text from `start` to `end`; those of `wanted` at least are right. */
export function contextAt(
  units: Units,
  start: number,
  end: number,
  at: number,
  wanted: number,
): number {
  const before = at > start ? units[at - 1] : undefined;
  const after = at < end ? units[at] : undefined;
  let bits = 0;
  if (before === undefined) bits |= TEXT_START;
  else if (before === NEWLINE) bits |= LINE_START;
  if (after === undefined) bits |= TEXT_END;
  else if (after === NEWLINE) bits |= at === end - 1 ? LAST_LINE_END : LINE_END;
  // To Python, no place of an empty text is without a boundary (until 3.14).
  if (start === end) return bits;
  bits |= isAsciiWord(before) === isAsciiWord(after) ? ASCII_NO_BOUNDARY : ASCII_BOUNDARY;
  if ((wanted & UNICODE) !== 0) {
    bits |= isWord(before) === isWord(after) ? NO_BOUNDARY : BOUNDARY;
  }
  return bits;
}

const ASCII_WORD = Uint8Array.from(
  { length: 0x80 },
  (_, character) => /\w/.test(String.fromCharCode(character)) ? 1 : 0,
);

function isAsciiWord(character: number | undefined): boolean {
  return character !== undefined && ASCII_WORD[character] === 1;
}

function isWord(character: number | undefined): boolean {
  if (character === undefined || character < 0x80) return isAsciiWord(character);
  return has(categoriesOf(TEXT, false).word, character);
}
