/**
 * Flags of an expression, from its caller or written in it: `(?i)` at its beginning, `(?i-s:…)`
 * around a part (Python's documentation of `re`, "Regular Expression Syntax").
 *
 * @module
 */
import type { Alphabet } from './alphabet.ts';
import { BYTES } from './alphabet.ts';
import type { Cases } from './cases.ts';
import { ExpressionError } from './errors.ts';
import type { Reader } from './reader.ts';

export interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly verbose: boolean;
  /** Whether `\w` and its like, and case, are those of ASCII; bytes know no others. */
  readonly ascii: boolean;
}

export const NO_FLAGS: Flags = {
  ignoreCase: false,
  multiline: false,
  dotAll: false,
  verbose: false,
  ascii: false,
};

/** Flags that are written in one group. */
export interface WrittenFlags {
  readonly on: string;
  readonly off: string;
  /** Whether they are for one part only. */
  readonly isScoped: boolean;
}

/** Which characters count; only one of them can be set. `L` is read as the locale C. */
const TYPE_LETTERS = /[aLu]/;
export const FLAG_LETTERS = /^[aiLmsux]$/;

/** How characters that differ in case only are compared. */
export function casesOf(flags: Flags, alphabet: Alphabet): Cases {
  if (!flags.ignoreCase) return 'kept';
  return alphabet === BYTES || flags.ascii ? 'ascii' : 'unicode';
}

/** The flags with some set and some unset. */
export function changed(flags: Flags, on: string, off: string): Flags {
  const choose = (letter: string, before: boolean): boolean =>
    on.includes(letter) || (before && !off.includes(letter));
  return {
    ignoreCase: choose('i', flags.ignoreCase),
    multiline: choose('m', flags.multiline),
    dotAll: choose('s', flags.dotAll),
    verbose: choose('x', flags.verbose),
    ascii: TYPE_LETTERS.test(on) ? on.includes('a') : flags.ascii,
  };
}

/**
 * Checks letters that are set together.
 *
 * @throws {ExpressionError} one is no flag, or does not go with the alphabet or with another one
 */
export function checkLetters(letters: string, alphabet: Alphabet, position: number): void {
  const types = new Set<string>();
  for (const letter of letters) {
    if (!FLAG_LETTERS.test(letter)) {
      throw new ExpressionError(`There is no flag '${letter}'`, position);
    }
    if (letter === (alphabet === BYTES ? 'u' : 'L')) {
      const pattern = alphabet === BYTES ? 'a byte pattern' : 'a pattern of text';
      throw new ExpressionError(
        `The flag '${letter}' does not go with ${pattern}`,
        position,
      );
    }
    if (TYPE_LETTERS.test(letter)) types.add(letter);
  }
  if (types.size > 1) {
    throw new ExpressionError(
      "Only one of the flags 'a', 'L' and 'u' can be set",
      position,
    );
  }
}

/**
 * Reads flags, from behind the `(?` to behind the `)` or `:`.
 *
 * @throws {ExpressionError} they are no flags
 */
export function readFlags(reader: Reader): WrittenFlags {
  const start = reader.position;
  const on = reader.takeWhile(/^[A-Za-z]$/);
  checkLetters(on, reader.alphabet, start);
  if (on !== '' && reader.eat(')')) return { on, off: '', isScoped: false };
  let off = '';
  if (reader.eat('-')) {
    off = reader.takeWhile(/^[A-Za-z]$/);
    checkOff(off, on, start);
  }
  if (!reader.eat(':')) {
    throw reader.error(
      `Flags must be followed by ':'${off === '' ? " or ')'" : ''}`,
    );
  }
  return { on, off, isScoped: true };
}

function checkOff(off: string, on: string, position: number): void {
  if (off === '') throw new ExpressionError("Flags to unset are missing behind the '-'", position);
  for (const letter of off) {
    if (!/[imsx]/.test(letter)) {
      throw new ExpressionError(
        `'${letter}' is no flag that can be unset`,
        position,
      );
    }
    if (on.includes(letter)) {
      throw new ExpressionError(`The flag '${letter}' is both set and unset`, position);
    }
  }
}
