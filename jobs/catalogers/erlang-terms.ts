/**
 * Erlang terms in text, as `file:consult/1` reads them (Erlang Reference Manual, "Data Types").
 *
 * @module
 */
import { CatalogError } from './types.ts';

/** An atom, a number, a string or a binary as its text; a tuple, a list or a map as its members. */
export type Term = string | readonly Term[];

const DEPTH_LIMIT = 64;
const BARE = /[^\s,{}[\]()<>"'%|=:#]+/y;

/**
 * The terms of a text, one after the other.
 *
 * @throws {CatalogError} brackets or quotes that do not match, or too many in each other
 */
export function readTerms(text: string): readonly Term[] {
  const top: Term[] = [];
  const open: { readonly members: Term[]; readonly close: string }[] = [];
  let members = top;
  for (let at = 0; at < text.length;) {
    const char = text.charAt(at);
    if (char === '{' || char === '[') {
      const inner: Term[] = [];
      members.push(inner);
      open.push({ members: inner, close: char === '{' ? '}' : ']' });
      members = inner;
      if (open.length > DEPTH_LIMIT) {
        throw new CatalogError('terms are nested too deeply');
      }
      at += 1;
    } else if (char === '}' || char === ']') {
      if (open.pop()?.close !== char) {
        throw new CatalogError('brackets of terms do not match');
      }
      members = open.at(-1)?.members ?? top;
      at += 1;
    } else if (char === '"' || char === "'") {
      const end = quotedEnd(text, at, char);
      members.push(text.slice(at + 1, end).replace(/\\(["'\\])/g, '$1'));
      at = end + 1;
    } else if (char === '$') {
      // A character, which may be a quote or a bracket.
      at += text.charAt(at + 1) === '\\' ? 3 : 2;
    } else if (char === '%') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else {
      BARE.lastIndex = at;
      const word = BARE.exec(text)?.[0] ?? '';
      // A dot ends a term; a word with a slash tells the encoding of a binary before it.
      const value = word.endsWith('.') ? word.slice(0, -1) : word;
      if (value !== '' && !value.startsWith('/')) {
        members.push(value);
      }
      at += word.length || 1;
    }
  }
  if (open.length > 0) {
    throw new CatalogError('brackets of terms do not match');
  }
  return top;
}

function quotedEnd(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === quote) {
      return at;
    }
    if (char === '\\') {
      at += 1;
    }
  }
  throw new CatalogError('a quote of a term is not closed');
}
