/**
 * The source of an expression, read from left to right.
 *
 * @module
 */
import type { Alphabet } from './alphabet.ts';
import { ExpressionError } from './errors.ts';

/** Characters of an expression. */
const LENGTH_LIMIT = 4096;

export class Reader {
  readonly alphabet: Alphabet;
  readonly #characters: readonly string[];
  position = 0;

  /**
   * A byte pattern is read as the bytes of its UTF-8.
   *
   * @throws {ExpressionError} it is too long
   */
  constructor(source: string, alphabet: Alphabet) {
    if (source.length > LENGTH_LIMIT) {
      throw new ExpressionError(
        `The expression is longer than ${LENGTH_LIMIT} characters`,
        LENGTH_LIMIT,
      );
    }
    this.alphabet = alphabet;
    this.#characters = alphabet.kind === 'text'
      ? Array.from(source)
      : Array.from(new TextEncoder().encode(source), (byte) => String.fromCharCode(byte));
  }

  /** The next character, or the empty text at the end. */
  peek(): string {
    return this.#characters[this.position] ?? '';
  }

  /** Takes the next character; the empty text at the end. */
  next(): string {
    const character = this.peek();
    if (character !== '') this.position += 1;
    return character;
  }

  /** Takes the next character if it is this one. */
  eat(character: string): boolean {
    const isNext = this.peek() === character;
    if (isNext) this.position += 1;
    return isNext;
  }

  /** Takes characters of a kind, as many as there are, up to `most`. */
  takeWhile(is: RegExp, most: number = LENGTH_LIMIT): string {
    let taken = '';
    while (taken.length < most && is.test(this.peek())) taken += this.next();
    return taken;
  }

  /**
   * Takes what is before a closing character, and that too.
   *
   * @throws {ExpressionError} nothing closes it
   */
  until(close: string, what: string): string {
    const start = this.position;
    let taken = '';
    for (;;) {
      const character = this.next();
      if (character === close) return taken;
      if (character === '') {
        throw this.error(`The ${what} lacks the '${close}' that closes it`, start);
      }
      taken += character;
    }
  }

  /** `reason` is a sentence without its full stop: the position follows. */
  error(reason: string, position: number = this.position): ExpressionError {
    return new ExpressionError(reason, position);
  }
}
