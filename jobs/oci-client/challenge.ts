/**
 * Parses `WWW-Authenticate` (RFC 9110, 11.6.1).
 *
 * @module
 */

/** One way to log in that a server offers. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** By lower-case name; of repeated ones the first. */
  readonly params: ReadonlyMap<string, string>;
}

const MAX_LENGTH = 8192;
const MAX_CHALLENGES = 16;
const MAX_PARAMS = 32;

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*[\t ]*(?=,|$)/y;
const EQUALS = /[\t ]*=[\t ]*/y;
const SEPARATORS = /[\t ,]*/y;
const SPACES = /[\t ]+/y;
// More than the grammar allows, because some registries write their realm's URL without quotes.
const UNQUOTED = /[^\s,"]+/y;
const QUOTED = /"(?:[^"\\]|\\[^])*"/y;

/** A place in a text from which sticky expressions are tried. */
class Scanner {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  take(expression: RegExp): string | undefined {
    expression.lastIndex = this.#position;
    const taken = expression.exec(this.#text)?.[0];
    if (taken !== undefined) this.#position += taken.length;
    return taken;
  }
}

/**
 * All challenges of a header, as far as it follows the grammar: what comes after the first
 * mistake is ignored, as is everything in a header of more than 8 KiB. Never fails.
 */
export function parseChallenge(header: string): Challenge[] {
  if (header.length > MAX_LENGTH) return [];
  const scanner = new Scanner(header);
  const challenges: Challenge[] = [];
  let params = new Map<string, string>();
  for (;;) {
    scanner.take(SEPARATORS);
    const name = scanner.take(TOKEN)?.toLowerCase();
    if (name === undefined) return challenges;
    if (challenges.length > 0 && scanner.take(EQUALS) !== undefined) {
      const value = takeValue(scanner);
      if (value === undefined || params.size >= MAX_PARAMS) return challenges;
      if (!params.has(name)) params.set(name, value);
      continue;
    }
    if (challenges.length >= MAX_CHALLENGES) return challenges;
    params = new Map();
    challenges.push({ scheme: name, params });
    if (scanner.take(SPACES) !== undefined) scanner.take(TOKEN68);
  }
}

function takeValue(scanner: Scanner): string | undefined {
  const text = scanner.take(QUOTED);
  return text === undefined ? scanner.take(UNQUOTED) : text.slice(1, -1).replace(/\\([^])/g, '$1');
}
