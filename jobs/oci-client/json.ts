/**
 * JSON (RFC 8259) of outside documents, read the way the container runtimes read it.
 *
 * Go's decoder matches the names of fields without regard to case and merges what is given twice.
 * A document whose meaning depends on that would be one image to us and another one to the
 * runtime, so such documents are refused.
 *
 * @module
 */

import { z } from 'zod';

const QUOTE = 0x22;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const BRACKET_END = 0x5d;
const BRACE = 0x7b;
const BRACE_END = 0x7d;

/** Thrown for text that is not unambiguous JSON. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

/**
 * Reads UTF-8 JSON in which no object has the same name twice.
 *
 * @throws {JsonError}
 */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw new JsonError('it is not JSON');
  }
  const repeated = repeatedName(text);
  if (repeated !== undefined) throw new JsonError(`it names ${repeated.slice(0, 80)} twice`);
  return value;
}

/** The first name, in its quotes, that one object of valid JSON has twice. */
function repeatedName(text: string): string | undefined {
  // One for each open bracket; an object gets its set with its first name.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === BRACE || character === BRACKET) open.push(undefined);
    else if (character === BRACE_END || character === BRACKET_END) open.pop();
    if (character !== QUOTE) continue;
    const end = endOfString(text, at);
    if (isFollowedByColon(text, end)) {
      const name = text.slice(at, end);
      const plain: unknown = name.includes('\\') ? JSON.parse(name) : name.slice(1, -1);
      const names = open.at(-1) ?? new Set();
      if (names.has(String(plain))) return name;
      names.add(String(plain));
      open[open.length - 1] = names;
    }
    at = end - 1;
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) return at + 1;
    if (character === BACKSLASH) at += 1;
  }
  return text.length;
}

function isFollowedByColon(text: string, position: number): boolean {
  let next = position;
  while (/\s/.test(text.charAt(next))) next += 1;
  return text.charAt(next) === ':';
}

/**
 * A list of no more items than that. Longer ones are refused before an item is looked at, because
 * each wrong one would cost memory for its own message.
 */
export function list<Item extends z.ZodType>(item: Item, most: number) {
  return z.unknown().refine((value) => !Array.isArray(value) || value.length <= most, {
    error: tooMany(most),
    abort: true,
  }).pipe(z.array(item));
}

/** A map of no more members than that, as `list`. */
export function map<Member extends z.ZodType>(member: Member, most: number) {
  return z.unknown().refine((value) => Object.keys(Object(value)).length <= most, {
    error: tooMany(most),
    abort: true,
  }).pipe(z.record(z.string(), member));
}

function tooMany(most: number): string {
  return `has more than ${most} items, build the image with fewer`;
}

/**
 * The schema of a Go structure: names of fields in any case, none of them twice, unknown ones
 * dropped.
 */
export function struct<Shape extends z.ZodRawShape>(shape: Shape) {
  const fields = new Map(Object.keys(shape).map((field) => [fold(field), field]));
  return z.unknown().transform((value, context) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const named: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(value)) {
      const field = fields.get(fold(name));
      if (field === undefined) continue;
      if (Object.hasOwn(named, field)) {
        context.addIssue({ code: 'custom', message: 'is given twice', path: [field] });
      }
      named[field] = member;
    }
    return named;
  }).pipe(z.object(shape));
}

/** Go's folding of ASCII names: the long s and the Kelvin sign are the only others it takes. */
function fold(name: string): string {
  return name.replace(
    /[A-Z\u017F\u212A]/g,
    (letter) => letter === '\u017F' ? 's' : letter.toLowerCase(),
  );
}

/** One clause on the first thing a schema found wrong, for messages. */
export function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'it has an unexpected shape';
  const path = issue.path.map(String).join('.');
  return path === '' ? issue.message : `${path.slice(0, 80)}: ${issue.message}`;
}
