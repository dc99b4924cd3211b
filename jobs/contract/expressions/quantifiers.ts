/**
 * Quantifiers: `*`, `+?`, `{2,5}+`.
 *
 * @module
 */
import type { Reader } from './reader.ts';
import type { Repeat } from './tree.ts';

export type Quantifier = Pick<Repeat, 'least' | 'most' | 'mode'>;

/** Python's own bound on a number of repetitions. */
const COUNT_LIMIT = 2 ** 32 - 1;
const DIGIT = /^[0-9]$/;

/**
 * Reads a quantifier whose first character is taken already; undefined, with nothing more taken,
 * where that character stands for itself: a `{` that no numbers follow.
 *
 * @throws {ExpressionError} impossible numbers
 */
export function readQuantifier(reader: Reader, first: string): Quantifier | undefined {
  const bounds = readBounds(reader, first);
  if (bounds === undefined) return undefined;
  const [least, most] = bounds;
  if (reader.eat('?')) return { least, most, mode: 'lazy' };
  return { least, most, mode: reader.eat('+') ? 'possessive' : 'greedy' };
}

function readBounds(reader: Reader, first: string): readonly [number, number] | undefined {
  switch (first) {
    case '*':
      return [0, Infinity];
    case '+':
      return [1, Infinity];
    case '?':
      return [0, 1];
    case '{':
      return readBraces(reader);
    default:
      return undefined;
  }
}

function readBraces(reader: Reader): readonly [number, number] | undefined {
  const start = reader.position;
  const low = reader.takeWhile(DIGIT);
  const isRange = reader.eat(',');
  const high = isRange ? reader.takeWhile(DIGIT) : low;
  if ((low === '' && !isRange) || !reader.eat('}')) {
    reader.position = start;
    return undefined;
  }
  const least = Number(low);
  const most = high === '' ? Infinity : Number(high);
  if (least >= COUNT_LIMIT || (high !== '' && most >= COUNT_LIMIT)) {
    throw reader.error('The number of repetitions is too large', start);
  }
  if (most < least) {
    throw reader.error('The fewest repetitions are more than the most', start);
  }
  return [least, most];
}
