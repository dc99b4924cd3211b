/**
 * What may stand at the beginning of an expression, and between its parts in a verbose one.
 *
 * @module
 */
import { changed, checkLetters, FLAG_LETTERS, type Flags, NO_FLAGS, readFlags } from './flags.ts';
import type { Reader } from './reader.ts';

const BLANK = /^[ \t\n\r\f\v]$/;

/**
 * The flags for all of the expression: `given`, and what stands before everything but comments.
 *
 * @throws {ExpressionError} they do not go with each other
 */
export function readLeadingFlags(reader: Reader, given: string): Flags {
  let letters = given;
  for (;;) {
    const start = reader.position;
    if (letters.includes('x')) skipBlanks(reader);
    if (reader.eat('(') && reader.eat('?')) {
      if (reader.eat('#')) {
        reader.until(')', 'comment');
        continue;
      }
      if (FLAG_LETTERS.test(reader.peek())) {
        const at = reader.position;
        const { on, isScoped } = readFlags(reader);
        if (!isScoped) {
          letters += on;
          checkLetters(letters, reader.alphabet, at);
          continue;
        }
      }
    }
    reader.position = start;
    return changed(NO_FLAGS, letters, '');
  }
}

/** Blanks and comments of a verbose expression. */
export function skipBlanks(reader: Reader): void {
  for (;;) {
    reader.takeWhile(BLANK);
    if (!reader.eat('#')) return;
    reader.takeWhile(/^[^\n]$/);
  }
}
