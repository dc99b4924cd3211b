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
  const open: (Set<string> | undefined)[] = [];
  const structure = /["[\]{}]/g;
  for (let match = structure.exec(text); match !== null; match = structure.exec(text)) {
    const [character] = match;
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(undefined);
    else if (character !== '"') open.pop();
    else {
      const end = endOfString(text, match.index);
      structure.lastIndex = end;
      const names = open.at(-1);
      if (names === undefined || !isFollowedByColon(text, end)) continue;
      const name = text.slice(match.index, end);
      const plain: unknown = name.includes('\\') ? JSON.parse(name) : name.slice(1, -1);
      if (names.has(String(plain))) return name;
      names.add(String(plain));
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  const special = /["\\]/g;
  special.lastIndex = start + 1;
  for (let match = special.exec(text); match !== null; match = special.exec(text)) {
    if (match[0] === '"') return special.lastIndex;
    special.lastIndex += 1;
  }
  return text.length;
}

function isFollowedByColon(text: string, position: number): boolean {
  let next = position;
  while (/\s/.test(text.charAt(next))) next += 1;
  return text.charAt(next) === ':';
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
