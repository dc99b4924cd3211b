/**
 * What the version schemes share: ASCII character classes and comparison of runs of characters
 * in place, without building a number or a substring.
 *
 * @module
 */

const ZERO = 0x30;
const NINE = 0x39;

/** Whether a UTF-16 code unit is one of 0-9; false for NaN, which stands past the end. */
export function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** Whether a UTF-16 code unit is an ASCII letter of either case. */
export function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** Whether a UTF-16 code unit is what C's `isspace` takes for white space. */
export function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** Whether a UTF-16 code unit is 0-9 or an ASCII letter. */
export function isAlphanumeric(code: number): boolean {
  return isDigit(code) || isLetter(code);
}

/** The index after the run of digits that begins at `start`; `start` where there is none. */
export function digitsEnd(text: string, start: number, end: number = text.length): number {
  let index = start;
  while (index < end && isDigit(text.charCodeAt(index))) index++;
  return index;
}

/** The index after the run of ASCII letters that begins at `start`; `start` where there is none. */
export function lettersEnd(text: string, start: number, end: number = text.length): number {
  let index = start;
  while (index < end && isLetter(text.charCodeAt(index))) index++;
  return index;
}

/** Whether nothing but zeros stands from `start` up to `end`; true for an empty run. */
export function isZeros(text: string, start: number, end: number): boolean {
  let index = start;
  while (index < end && text.charCodeAt(index) === ZERO) index++;
  return index === end;
}

/** Whether a word stands at an index, its ASCII letters (lower case in `word`) in either case. */
export function hasWordAt(text: string, at: number, word: string): boolean {
  for (let index = 0; index < word.length; index++) {
    const code = text.charCodeAt(at + index);
    if ((isLetter(code) ? code | 0x20 : code) !== word.charCodeAt(index)) return false;
  }
  return true;
}

/**
 * Compares two runs of digits by value, whatever their length; an empty run is 0. No number is
 * built, because dates and hashes in versions exceed what a double holds exactly.
 */
export function compareNumbers(
  a: string,
  aStart: number,
  aEnd: number,
  b: string,
  bStart: number,
  bEnd: number,
): number {
  let i = aStart;
  let j = bStart;
  while (i < aEnd && a.charCodeAt(i) === ZERO) i++;
  while (j < bEnd && b.charCodeAt(j) === ZERO) j++;
  return (aEnd - i) - (bEnd - j) || compareCodes(a, i, aEnd, b, j, bEnd);
}

/** Compares two runs by code unit; a run that the other one begins with is smaller. */
export function compareCodes(
  a: string,
  aStart: number,
  aEnd: number,
  b: string,
  bStart: number,
  bEnd: number,
): number {
  let i = aStart;
  let j = bStart;
  while (i < aEnd && j < bEnd) {
    const difference = a.charCodeAt(i) - b.charCodeAt(j);
    if (difference !== 0) return difference;
    i++;
    j++;
  }
  return (aEnd - i) - (bEnd - j);
}
