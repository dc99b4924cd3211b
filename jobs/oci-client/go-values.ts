/**
 * Values that builders print into an image's history with Go's `%v` and `%q` (package fmt).
 *
 * @module
 */

/** The strings of a `%q` list, `["a" "b"]`, or undefined for anything else. Also takes commas. */
export function parseQuotedList(text: string): readonly string[] | undefined {
  if (!text.startsWith('[') || !text.endsWith(']')) {
    return undefined;
  }
  const items: string[] = [];
  let index = 1;
  while (index < text.length - 1) {
    const char = text.charAt(index);
    if (char === ' ' || char === ',') {
      index++;
      continue;
    }
    const end = char === '"' ? closingQuote(text, index) : -1;
    if (end === -1) {
      return undefined;
    }
    items.push(unquote(text.slice(index, end + 1)));
    index = end + 1;
  }
  return items;
}

/** The list at the start of a text that goes on behind it. */
export function leadingQuotedList(text: string): readonly string[] | undefined {
  let index = 1;
  while (index < text.length && text.charAt(index) !== ']') {
    const end = text.charAt(index) === '"' ? closingQuote(text, index) : index;
    if (end === -1) {
      return undefined;
    }
    index = end + 1;
  }
  return parseQuotedList(text.slice(0, index + 1));
}

/** The items of a `%v` list or set: `[a b]`, `map[a:{} b:{}]`; undefined for anything else. */
export function parsePlainList(text: string): readonly string[] | undefined {
  const inner = /^(?:map)?\[([^[\]"]*)\]$/.exec(text)?.[1];
  return inner?.split(' ').map((item) => item.endsWith(':{}') ? item.slice(0, -3) : item)
    .filter((item) => item !== '');
}

function closingQuote(text: string, open: number): number {
  for (let index = open + 1; index < text.length; index++) {
    const char = text.charAt(index);
    if (char === '"') {
      return index;
    }
    index += char === '\\' ? 1 : 0;
  }
  return -1;
}

const ESCAPE = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/gs;
const CONTROLS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(
    ESCAPE,
    (_match, byte?: string, short?: string, long?: string, char = '') => {
      const hex = byte ?? short ?? long;
      return hex === undefined ? CONTROLS[char] ?? char : fromCodePoint(Number.parseInt(hex, 16));
    },
  );
}

function fromCodePoint(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD';
}
