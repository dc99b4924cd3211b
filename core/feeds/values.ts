/**
 * Texts, times and addresses of foreign records, in the form and length that is kept.
 *
 * @module
 */
import type { Severity } from '../vulnerabilities/advisory.ts';

const LONGEST_LINE = 300;
const LONGEST_PROSE = 4000;
const LONGEST_URL = 2000;
const MOST_URLS = 10;

/** A text as one line without control characters, cut to `limit`; undefined where nothing is left. */
export function lineOf(text: string | undefined, limit = LONGEST_LINE): string | undefined {
  // Cut twice: the first keeps the work on an endless text small.
  const line = text?.slice(0, limit * 4).replace(/[\p{Cc}\s]+/gu, ' ').trim().slice(0, limit);
  return line === undefined || line === '' ? undefined : line;
}

/** A text with its lines, without other control characters, cut to 4,000 characters. */
export function proseOf(text: string | undefined): string | undefined {
  const prose = text?.slice(0, LONGEST_PROSE).replaceAll(/[^\P{Cc}\t\n]/gu, '').trim();
  return prose === undefined || prose === '' ? undefined : prose;
}

/** The addresses that are http or https, each once, the first ten. */
export function urlsOf(addresses: Iterable<string | undefined>): readonly string[] {
  const urls = new Set<string>();
  for (const address of addresses) {
    if (urls.size === MOST_URLS) break;
    if (address === undefined || address.length > LONGEST_URL) continue;
    const url = URL.parse(address.trim());
    if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:')) urls.add(url.href);
  }
  return [...urls];
}

const TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?\s?([Zz]|[+-]\d{2}:?\d{2})?)?$/;

/** RFC 3339 in UTC of a date or time of any precision, in UTC where no zone is told. */
export function timeOf(text: string | undefined): string | undefined {
  const [, day, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] =
    TIME.exec(text?.trim() ?? '') ?? [];
  if (day === undefined) return undefined;
  const colon = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const time = new Date(`${day}T${minutes}:${seconds}.${milliseconds}${colon}`);
  if (Number.isNaN(time.getTime()) || !isDay(day)) return undefined;
  return time.toISOString().replace('.000Z', 'Z');
}

/** Whether a month has that day: a Date takes 31 February for 2 March. */
function isDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

/** Words of vendors and their severities. */
const SEVERITY_WORDS: ReadonlyMap<string, Severity> = new Map([
  ['critical', 'critical'],
  ['important', 'high'],
  ['high', 'high'],
  ['moderate', 'medium'],
  ['medium', 'medium'],
  ['low', 'low'],
]);

/** The severity behind a vendor's word; one that nobody knows is `unknown`. */
export function severityOf(word: string): Severity {
  return SEVERITY_WORDS.get(word.trim().toLowerCase()) ?? 'unknown';
}
