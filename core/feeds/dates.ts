/**
 * Dates of feeds, which come in many shapes, in one.
 *
 * @module
 */

/** RFC 3339 and ISO 8601 with less: the time, its seconds or its zone may be missing. */
const DATE =
  /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,12}))? ?([Zz]|[+-]\d\d(?::?\d\d)?)?)?$/;

/**
 * A date or time as RFC 3339 in UTC to the millisecond, `2024-03-29T17:15:21.150Z`; UTC where it
 * has no zone. Undefined for what is none, a 30th of February as well.
 */
export function instantOf(value: unknown): string | undefined {
  const found = typeof value === 'string' ? DATE.exec(value.trim()) : null;
  const day = found?.[1];
  if (day === undefined || dayOf(day) === undefined) return undefined;
  const [, , minutes = '00:00', seconds = ':00', fraction = '', zone = 'Z'] = found ?? [];
  const digits = zone.replace(/\D/g, '').padEnd(4, '0');
  const offset = digits === '0000' ? 'Z' : `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const time = Date.parse(`${day}T${minutes}${seconds}.${milliseconds}${offset}`);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/** The day of a date or time as it is written, YYYY-MM-DD; undefined for what is none. */
export function dayOf(value: unknown): string | undefined {
  const day = typeof value === 'string' ? DATE.exec(value.trim())?.[1] : undefined;
  if (day === undefined) return undefined;
  const time = Date.parse(`${day}T00:00:00Z`);
  // Some engines take the 30th of February for the 1st of March.
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day ? undefined : day;
}
