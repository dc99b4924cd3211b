/**
 * The two alphabets of Python's `re`: bytes, and characters of text.
 *
 * @module
 */
import { type CharacterSet, charactersOf, range, union } from './characters.ts';

/** What the escapes `\d`, `\s` and `\w` stand for. */
export interface Categories {
  readonly digit: CharacterSet;
  readonly space: CharacterSet;
  readonly word: CharacterSet;
}

export interface Alphabet {
  readonly kind: 'bytes' | 'text';
  /** The last character. */
  readonly highest: number;
}

export const BYTES: Alphabet = { kind: 'bytes', highest: 0xff };
export const TEXT: Alphabet = { kind: 'text', highest: 0x10ffff };

const ASCII_CATEGORIES: Categories = {
  digit: charactersOf('0123456789'),
  space: charactersOf(' \t\n\r\f\v'),
  word: union([range(0x30, 0x39), range(0x41, 0x5a), range(0x5f, 0x5f), range(0x61, 0x7a)]),
};

let unicode: Categories | undefined;

/** The categories of bytes and of text under the flag `a`, or those of all of Unicode. */
export function categoriesOf(alphabet: Alphabet, ascii: boolean): Categories {
  if (alphabet.kind === 'bytes' || ascii) return ASCII_CATEGORIES;
  unicode ??= {
    digit: setMatching(/\p{Nd}/u),
    // What `str.isspace` takes: JavaScript's \s lacks the separators and has one mark too many.
    space: union([
      range(0x09, 0x0d),
      range(0x1c, 0x20),
      range(0x2000, 0x200a),
      range(0x2028, 0x2029),
      charactersOf('\u0085\u00a0\u1680\u202f\u205f\u3000'),
    ]),
    word: setMatching(/[\p{L}\p{N}_]/u),
  };
  return unicode;
}

function setMatching(pattern: RegExp): CharacterSet {
  const ranges: number[] = [];
  for (let character = 0; character <= TEXT.highest; character += 1) {
    if (!pattern.test(String.fromCodePoint(character))) continue;
    if (ranges.at(-1) === character - 1) ranges[ranges.length - 1] = character;
    else ranges.push(character, character);
  }
  return ranges;
}
