/**
 * The order among versions that PEP 440 does not know, as setuptools sorted them before it.
 *
 * Follows the rule of `pkg_resources.parse_version` of setuptools 0.6 to 7: the text is cut into
 * numbers, words and other characters; numbers are compared as eight digits, words that mean a
 * pre-release sort below the end, others above it.
 *
 * @module
 */

import { digitsEnd, isAlphanumeric, isDigit, isLetter, lettersEnd } from './characters.ts';

const DOT = 0x2e;
const HYPHEN = 0x2d;

const NUMBER_DIGITS = 8;
const ZERO_NUMBER = '0'.repeat(NUMBER_DIGITS);
/** Stands at the end of every version; words with a smaller text mean a pre-release. */
const FINAL = '*final';
const FINAL_HYPHEN = '*final-';

const REPLACEMENTS: ReadonlyMap<string, string> = new Map([
  ['pre', 'c'],
  ['preview', 'c'],
  ['rc', 'c'],
  ['dev', '@'],
  ['-', 'final-'],
]);

/**
 * Orders two versions that are not PEP 440: negative where `a` is older, 0 where they are the
 * same, positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function compareLegacyPep440(a: string, b: string): number {
  const x = keyOf(a);
  const y = keyOf(b);
  for (const [index, part] of x.entries()) {
    const other = y[index];
    if (other === undefined) return 1;
    if (part !== other) return part < other ? -1 : 1;
  }
  return x.length - y.length;
}

/** The parts by which a version is ordered: numbers of eight digits, words behind an asterisk. */
function keyOf(version: string): readonly string[] {
  const text = version.toLowerCase();
  const key: string[] = [];
  let index = 0;
  while (index < text.length) {
    const end = partEnd(text, index);
    const part = text.slice(index, end);
    if (isDigit(text.charCodeAt(index))) key.push(part.padStart(NUMBER_DIGITS, '0'));
    else if (part !== '.') pushWord(key, `*${REPLACEMENTS.get(part) ?? part}`);
    index = end;
  }
  pushWord(key, FINAL);
  return key;
}

/** Adds a word; zeros before it do not count, nor hyphens before one that means a pre-release. */
function pushWord(key: string[], word: string): void {
  if (word < FINAL) {
    while (key.at(-1) === FINAL_HYPHEN) key.pop();
  }
  while (key.at(-1) === ZERO_NUMBER) key.pop();
  key.push(word);
}

/** The end of a run of digits, of letters or of other characters; a dot or hyphen stands alone. */
function partEnd(text: string, start: number): number {
  const code = text.charCodeAt(start);
  if (isDigit(code)) return digitsEnd(text, start);
  if (isLetter(code)) return lettersEnd(text, start);
  let index = start + 1;
  if (!isOther(code)) return index;
  while (index < text.length && isOther(text.charCodeAt(index))) index++;
  return index;
}

function isOther(code: number): boolean {
  return !isAlphanumeric(code) && code !== DOT && code !== HYPHEN;
}
