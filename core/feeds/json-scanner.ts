/**
 * Where a value of a JSON document ends, found in bytes that come in chunks.
 *
 * @module
 */

/** Deepest nesting of a document; no feed has a tenth of it. */
const DEPTH_LIMIT = 512;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BLANK = 0x20;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

export function isBlank(byte: number | undefined): boolean {
  return byte === BLANK || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB;
}

/**
 * Follows one value at a time through strings, escapes and brackets (RFC 8259). It does not check
 * what is between those: that is for `JSON.parse`, which reads what was found.
 */
export class ValueScanner {
  readonly #closers = new Uint8Array(DEPTH_LIMIT);
  #depth = 0;
  #isScalar = false;
  #isInString = false;
  #isEscaped = false;

  /** Prepares for a value that begins with this byte, which `scan` is given too. */
  begin(first: number): void {
    this.#isScalar = first !== QUOTE && first !== OPEN_BRACE && first !== OPEN_BRACKET;
  }

  /**
   * Goes on with the value.
   *
   * @returns where it ends, or undefined where it goes on after these bytes
   * @throws SyntaxError where brackets do not pair or are nested too deep
   */
  scan(bytes: Uint8Array, from: number): number | undefined {
    return this.#isScalar ? scalarEnd(bytes, from) : this.#nestedEnd(bytes, from);
  }

  #nestedEnd(bytes: Uint8Array, from: number): number | undefined {
    const { length } = bytes;
    let at = from;
    let isInString = this.#isInString;
    if (this.#isEscaped && at < length) {
      this.#isEscaped = false;
      at++;
    }
    while (at < length) {
      const byte = bytes[at++];
      if (isInString) {
        if (byte === QUOTE) {
          isInString = false;
          if (this.#depth === 0) break;
        } else if (byte === BACKSLASH) {
          if (at === length) this.#isEscaped = true;
          else at++;
        }
      } else if (byte === QUOTE) isInString = true;
      else if (byte === OPEN_BRACE) this.#open(CLOSE_BRACE);
      else if (byte === OPEN_BRACKET) this.#open(CLOSE_BRACKET);
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#close(byte);
        if (this.#depth === 0) break;
      }
    }
    this.#isInString = isInString;
    const hasEnded = this.#depth === 0 && !isInString && at > from;
    return hasEnded ? at : undefined;
  }

  #open(closer: number): void {
    if (this.#depth === DEPTH_LIMIT) {
      throw new SyntaxError(`it is nested deeper than ${DEPTH_LIMIT} levels`);
    }
    this.#closers[this.#depth++] = closer;
  }

  #close(closer: number): void {
    if (this.#closers[--this.#depth] !== closer) throw new SyntaxError('its brackets do not pair');
  }
}

/** Numbers, `true`, `false` and `null` end before the next sign of structure. */
function scalarEnd(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isBlank(byte)) {
      return at;
    }
  }
  return undefined;
}
