/**
 * Character classes: `[a-z_]`, `[^\s"]`.
 *
 * @module
 */
import { withCases } from './cases.ts';
import { type CharacterSet, complement, range, union } from './characters.ts';
import { type Escaped, escapedSet, readEscape, readOctal } from './escapes.ts';
import { casesOf, type Flags } from './flags.ts';
import type { Reader } from './reader.ts';

const BACKSPACE = 0x08;
/** Escapes that are places outside of a class. */
const NO_MEMBERS = /^[ABZ]$/;

/**
 * Reads a class from behind its `[` to behind its `]`.
 *
 * @throws {ExpressionError} it does not end, or holds no members
 */
export function readClass(reader: Reader, flags: Flags): CharacterSet {
  const start = reader.position - 1;
  const isNegated = reader.eat('^');
  const cased: CharacterSet[] = [];
  const categories: CharacterSet[] = [];
  const add = (escaped: Escaped): void => {
    (escaped.kind === 'category' ? categories : cased).push(escapedSet(escaped));
  };
  // A `]` that comes first is a member.
  for (let isFirst = true;; isFirst = false) {
    if (!isFirst && reader.eat(']')) break;
    const at = reader.position;
    const low = readMember(reader, flags, start);
    if (!reader.eat('-')) {
      add(low);
    } else if (reader.eat(']')) {
      add(low);
      cased.push(range(0x2d, 0x2d));
      break;
    } else {
      cased.push(rangeOf(reader, low, readMember(reader, flags, start), at));
    }
  }
  const members = [withCases(union(cased), casesOf(flags, reader.alphabet)), ...categories];
  return isNegated ? complement(union(members), reader.alphabet.highest) : union(members);
}

function readMember(reader: Reader, flags: Flags, start: number): Escaped {
  const character = reader.next();
  if (character === '') {
    throw reader.error("The class lacks the ']' that closes it", start);
  }
  if (character !== '\\') return { kind: 'character', character: character.codePointAt(0) ?? 0 };
  const at = reader.position - 1;
  const letter = reader.next();
  if (letter === 'b') return { kind: 'character', character: BACKSPACE };
  if (/^[0-7]$/.test(letter)) return readOctal(reader, letter, 3);
  if (NO_MEMBERS.test(letter) || /^[89]$/.test(letter)) {
    throw reader.error(`There is no escape '\\${letter}' in a class`, at);
  }
  return readEscape(reader, letter, flags);
}

function rangeOf(reader: Reader, low: Escaped, high: Escaped, at: number): CharacterSet {
  if (low.kind !== 'character' || high.kind !== 'character' || low.character > high.character) {
    throw reader.error('A range must go from one character to a higher one', at);
  }
  return range(low.character, high.character);
}
