/**
 * When a request is made again: `Retry-After` (RFC 9110, 10.2.3) and short back-off.
 *
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { OciError } from './errors.ts';

const MAX_WAIT = 60;
const MAX_RETRY_AFTER = 86_400;
const THROTTLED_RETRIES = 3;
const OTHER_RETRIES = 2;
const FIRST_BACKOFF = 0.2;
const FIRST_THROTTLED_BACKOFF = 1;

/** Seconds that a `Retry-After` header asks for, at most a day; undefined if it says nothing. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^[0-9]{1,10}$/.test(text)) return Math.min(Number(text), MAX_RETRY_AFTER);
  // Dates start with a day's name; Date.parse alone would take "1.5" for a month.
  const date = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(date)) return undefined;
  return Math.min(Math.max(Math.ceil((date - now) / 1000), 0), MAX_RETRY_AFTER);
}

/**
 * Makes an attempt again while its failure is temporary: three times, as late as the registry
 * asks (at most a minute), when it throttles; twice after a short wait else. An attempt that ran
 * out of time is not made again. When the signal fires during a wait, the last failure is thrown.
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let retries = 0;; retries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const seconds = waitAfter(error, retries);
      if (seconds === undefined || !await elapsed(seconds, signal)) throw error;
    }
  }
}

/** Seconds until the next attempt, or undefined when there is none. */
function waitAfter(error: unknown, retries: number): number | undefined {
  if (!(error instanceof OciError) || !error.temporary || error.code === 'timeout') {
    return undefined;
  }
  const { retryAfter } = error;
  const isThrottled = error.code === 'registry_rate_limited' || retryAfter !== undefined;
  if (retries >= (isThrottled ? THROTTLED_RETRIES : OTHER_RETRIES)) return undefined;
  if (retryAfter !== undefined) return Math.min(retryAfter, MAX_WAIT);
  const first = isThrottled ? FIRST_THROTTLED_BACKOFF : FIRST_BACKOFF;
  return first * 2 ** retries * (0.5 + Math.random());
}

async function elapsed(seconds: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await sleep(seconds * 1000, undefined, signal === undefined ? {} : { signal });
    return true;
  } catch {
    return false;
  }
}
