/**
 * The assignments of an os-release file (os-release(5)): `KEY=value` lines with shell quoting.
 *
 * @module
 */

const KEY = /^[A-Za-z_][A-Za-z0-9_]*$/;
const BLANK = /\s/;
/** What a backslash may escape within double quotes. */
const ESCAPABLE = '"\\`$';

/** Reads an os-release file. As in a shell the last assignment of a key counts. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [key = '', value] = splitOnce(line.trim());
    if (value !== undefined && KEY.test(key)) {
      values.set(key, unquote(value));
    }
  }
  return values;
}

function splitOnce(line: string): readonly [string, string?] {
  const equals = line.indexOf('=');
  return equals === -1 ? [line] : [line.slice(0, equals), line.slice(equals + 1)];
}

/** A shell word: quoted and bare parts may follow each other, a bare blank ends it. */
function unquote(text: string): string {
  const parts: string[] = [];
  let quote = '';
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index);
    const next = text.charAt(index + 1);
    if (char === quote) {
      quote = '';
    } else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
    } else if (quote === '' && BLANK.test(char)) {
      break;
    } else if (char === '\\' && isEscape(quote, next)) {
      parts.push(next);
      index++;
    } else {
      parts.push(char);
    }
  }
  return parts.join('');
}

function isEscape(quote: string, next: string): boolean {
  return next !== '' && (quote === '' || (quote === '"' && ESCAPABLE.includes(next)));
}
