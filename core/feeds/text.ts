/**
 * Words of feeds as records keep them: cut, without control characters, links to the web alone.
 *
 * @module
 */

const LINE_LIMIT = 300;
const PROSE_LIMIT = 4000;
export const NOTE_LIMIT = 200;
const URL_LIMIT = 2000;
const URLS_LIMIT = 10;

/** One line of at most `limit` characters; undefined for what is no text or has none. */
export function lineOf(value: unknown, limit = LINE_LIMIT): string | undefined {
  if (typeof value !== 'string') return undefined;
  // Cut before and after: the first keeps a foreign megabyte away from the expression.
  const line = cut(value, 4 * limit).replace(/[\s\x00-\x1f\x7f-\x9f]+/g, ' ').trim();
  return line === '' ? undefined : cut(line, limit);
}

/** Text of several lines, cut to 4,000 characters; undefined for what is no text or has none. */
export function proseOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = cut(value, PROSE_LIMIT).replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '').trim();
  return text === '' ? undefined : text;
}

/** The links among these to the web, each once, at most ten. */
export function urlsOf(values: Iterable<unknown>): readonly string[] {
  const urls = new Set<string>();
  for (const value of values) {
    if (urls.size === URLS_LIMIT) break;
    if (typeof value !== 'string' || value.length > URL_LIMIT) continue;
    if (/^https?:\/\/[^\s\x00-\x1f\x7f]+$/i.test(value) && URL.canParse(value)) urls.add(value);
  }
  return [...urls];
}

/** Whether a text can be a name or version: printable, without blanks, not too long. */
export function isWord(text: string): boolean {
  return text.length <= LINE_LIMIT && text.isWellFormed() &&
    /^[^\s\x00-\x1f\x7f-\x9f]+$/.test(text);
}

/** The beginning of a text, without half characters. */
function cut(text: string, limit: number): string {
  const start = text.length > limit ? text.slice(0, limit) : text;
  return (/[\ud800-\udbff]$/.test(start) ? start.slice(0, -1) : start).toWellFormed();
}
