/**
 * Escapes that stand for one character or one set, in and outside of classes.
 *
 * @module
 */
import { categoriesOf } from './alphabet.ts';
import { type CharacterSet, complement, range } from './characters.ts';
import type { Flags } from './flags.ts';
import type { Reader } from './reader.ts';

/** One character, which case and ranges apply to, or a category. */
export type Escaped =
  | { readonly kind: 'character'; readonly character: number }
  | { readonly kind: 'category'; readonly set: CharacterSet };

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
]);

/** Hexadecimal digits, by the letter before them. */
const HEX_LENGTHS: ReadonlyMap<string, number> = new Map([['x', 2], ['u', 4], ['U', 8]]);
const HEX = /^[0-9a-fA-F]$/;
const OCTAL = /^[0-7]$/;
const HIGHEST_OCTAL = 0o377;

/**
 * Reads what follows a backslash: `letter` is taken already.
 *
 * @throws {ExpressionError} no such escape
 */
export function readEscape(reader: Reader, letter: string, flags: Flags): Escaped {
  const start = reader.position - 2;
  const control = CONTROLS.get(letter);
  if (control !== undefined) return one(control);
  const category = categoryOf(reader, letter, flags);
  if (category !== undefined) return { kind: 'category', set: category };
  const length = HEX_LENGTHS.get(letter);
  if (length !== undefined && (letter === 'x' || reader.alphabet.kind === 'text')) {
    return one(hexadecimal(reader, letter, length, start));
  }
  if (letter === '') {
    throw reader.error('The expression ends with a backslash that escapes nothing', start + 1);
  }
  if (/^[A-Za-z]$/.test(letter)) {
    const reason = letter === 'N' && reader.alphabet.kind === 'text'
      ? 'Characters cannot be given by their names'
      : `There is no escape '\\${letter}'`;
    throw reader.error(reason, start);
  }
  return one(letter.codePointAt(0) ?? 0);
}

/**
 * Reads an octal number whose first digits are taken already; `most` digits in all.
 *
 * @throws {ExpressionError} it is no byte
 */
export function readOctal(reader: Reader, taken: string, most: number): Escaped {
  const start = reader.position - taken.length - 1;
  const value = Number.parseInt(taken + reader.takeWhile(OCTAL, most - taken.length), 8);
  if (value > HIGHEST_OCTAL) {
    throw reader.error('An octal escape goes up to \\377', start);
  }
  return one(value);
}

function one(character: number): Escaped {
  return { kind: 'character', character };
}

function categoryOf(reader: Reader, letter: string, flags: Flags): CharacterSet | undefined {
  const { digit, space, word } = categoriesOf(reader.alphabet, flags.ascii);
  const { highest } = reader.alphabet;
  switch (letter) {
    case 'd':
      return digit;
    case 'D':
      return complement(digit, highest);
    case 's':
      return space;
    case 'S':
      return complement(space, highest);
    case 'w':
      return word;
    case 'W':
      return complement(word, highest);
    default:
      return undefined;
  }
}

function hexadecimal(reader: Reader, letter: string, length: number, start: number): number {
  const digits = reader.takeWhile(HEX, length);
  if (digits.length < length) {
    throw reader.error(`The escape '\\${letter}' needs ${length} hexadecimal digits`, start);
  }
  const value = Number.parseInt(digits, 16);
  if (value > reader.alphabet.highest) {
    throw reader.error('There is no character of that number', start);
  }
  return value;
}

/** The set of what an escape stands for. */
export function escapedSet(escaped: Escaped): CharacterSet {
  return escaped.kind === 'category' ? escaped.set : range(escaped.character, escaped.character);
}
