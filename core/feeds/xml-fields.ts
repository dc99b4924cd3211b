/**
 * Fields of vendors' advisories in XML: texts cut to what is kept, times, CVE ids.
 *
 * @module
 */

const TITLE_LENGTH = 300;
const DESCRIPTION_LENGTH = 4000;
const URL_LENGTH = 2000;
const MAX_URLS = 10;

/** All but tabs and line breaks. */
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
const CVE = /\bCVE-\d{4}-\d{4,12}\b/gi;
const TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ]+(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,12})?)?)? ?(?:Z|UTC|GMT|([+-])(\d{2}):?(\d{2}))?$/;
const SECONDS = /^\d{9,11}$/;

/** A text of several lines, without control characters and white space around it. */
export function plainText(text: string, limit: number = DESCRIPTION_LENGTH): string | undefined {
  // Cut before it is cleaned: what is foreign may be long.
  const clean = text.slice(0, limit * 2).replace(CONTROLS, '').trim();
  return clean === '' ? undefined : clean.slice(0, limit).trimEnd();
}

/** A text on one line. */
export function plainLine(text: string, limit: number = TITLE_LENGTH): string | undefined {
  return plainText(text.slice(0, limit * 4).replace(/\s+/g, ' '), limit);
}

/**
 * A time as RFC 3339 in UTC: from a date, a date and a time with or without seconds and zone (UTC
 * where there is none), or the seconds since 1970. Undefined for what is no time.
 */
export function timeOf(text: string): string | undefined {
  const trimmed = text.slice(0, 64).trim();
  if (SECONDS.test(trimmed)) return rfc3339(Number(trimmed) * 1000);
  const found = TIME.exec(trimmed);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7)
    .map((part) => Number(part ?? 0));
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // Days and hours that there are not are carried over instead of refused.
  const isTime = local.getUTCMonth() === month - 1 && local.getUTCDate() === day &&
    local.getUTCHours() === hour && local.getUTCMinutes() === minute;
  if (!isTime) return undefined;
  const [sign, hours, minutes] = found.slice(7);
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -1 : 1);
  return rfc3339(local.getTime() - offset * 60_000);
}

function rfc3339(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** The CVE ids in a text, each once, in the order in which they come. */
export function cvesIn(text: string): string[] {
  return [...new Set(text.match(CVE)?.map((id) => id.toUpperCase()))];
}

/** The first ten http(s) URLs, each once. */
export function urlsOf(texts: Iterable<string>): string[] {
  const urls = new Set<string>();
  for (const text of texts) {
    const url = text.trim();
    if (url.length <= URL_LENGTH && /^https?:\/\/[^\s<>"]+$/i.test(url)) urls.add(url);
    if (urls.size === MAX_URLS) break;
  }
  return [...urls];
}
