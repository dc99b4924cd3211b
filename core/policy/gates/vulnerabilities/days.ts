/**
 * Ages in days, as rules count them.
 *
 * @module
 */

const DAY_MS = 86_400_000;
/** ECMAScript, "Time Values and Time Range". */
const LAST_MOMENT = 8_640_000_000_000_000;

/** A moment and how many days may pass from it. */
export type Limit = readonly [since: Date, days: number];

/** Whether more than so many days have passed. */
export function hasPassed(since: Date, days: number, now: Date): boolean {
  return now.getTime() > since.getTime() + days * DAY_MS;
}

/** The first moment at which a limit has passed; undefined where it has already, or never will. */
export function momentAfter([since, days]: Limit, now: Date): Date | undefined {
  const moment = since.getTime() + days * DAY_MS + 1;
  return moment > now.getTime() && moment <= LAST_MOMENT ? new Date(moment) : undefined;
}

/** The day of a moment in UTC: `2026-01-31`. */
export function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}
