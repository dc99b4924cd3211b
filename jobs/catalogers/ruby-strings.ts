/**
 * String literals in Ruby source text (Ruby documentation, "Literals"), as far as generated
 * specifications of gems have them.
 *
 * @module
 */

/** Characters of one literal; longer ones are no names. */
const ITEM_LIMIT = 1000;
const LITERAL =
  /"((?:[^"\\]|\\[^]){0,4096})"|'((?:[^'\\]|\\[^]){0,4096})'|%[qQ]\{((?:[^{}\\]|\\[^]){0,4096})\}/y;
const WORDS = /%w(?:\[([^\]]{0,4096})\]|\(([^)]{0,4096})\)|\{([^}]{0,4096})\})/y;
const BETWEEN_ITEMS = /(?:\.freeze)?\s*,?\s*/y;
const ESCAPE = /((?:\\x[0-9A-Fa-f]{2})+)|\\u\{([0-9A-Fa-f]{1,6})\}|\\u([0-9A-Fa-f]{4})|\\([^])/g;
const CONTROL: ReadonlyMap<string, string> = new Map([['n', '\n'], ['t', '\t'], ['r', '\r'], [
  's',
  ' ',
]]);

/** The string literal at a place of a text, or the literals of the array there; else none. */
export function stringsAt(text: string, start: number): readonly string[] {
  const words = matchAt(WORDS, text, start);
  if (words !== null) {
    return (words[1] ?? words[2] ?? words[3] ?? '').split(/\s+/).filter(Boolean);
  }
  if (text.charAt(start) !== '[') {
    const literal = matchAt(LITERAL, text, start);
    return literal === null ? [] : [valueOf(literal)];
  }
  const values: string[] = [];
  let at = after(BETWEEN_ITEMS, text, start + 1);
  while (values.length < ITEM_LIMIT) {
    const literal = matchAt(LITERAL, text, at);
    if (literal === null) {
      break;
    }
    values.push(valueOf(literal));
    at = after(BETWEEN_ITEMS, text, at + literal[0].length);
  }
  return values;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function after(pattern: RegExp, text: string, at: number): number {
  return at + (matchAt(pattern, text, at)?.[0].length ?? 0);
}

/** Only double quotes know escapes; what looks like interpolation stays as it is. */
function valueOf([, double, single, percent]: RegExpExecArray): string {
  return double === undefined
    ? (single ?? percent ?? '').replace(/\\([\\'{}])/g, '$1')
    : double.replace(ESCAPE, unescape);
}

function unescape(
  _all: string,
  bytes: string | undefined,
  braced: string | undefined,
  four: string | undefined,
  char: string | undefined,
): string {
  if (bytes !== undefined) {
    return Buffer.from(bytes.replaceAll('\\x', ''), 'hex').toString('utf8');
  }
  const code = Number.parseInt(braced ?? four ?? '', 16);
  if (Number.isNaN(code)) {
    return CONTROL.get(char ?? '') ?? char ?? '';
  }
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD';
}
