/**
 * Why a source's file could not be had, in words that say what to do next. Nothing in them comes
 * from a URL but its host, and nothing from an answer but its status.
 *
 * @module
 */
import { TidewaiterError } from '../errors.ts';
import { escapeText } from '../log.ts';

const LONGEST_NAME = 200;

/** The failure of a source that cannot be read from. */
export function unreachable(
  where: string,
  reason: string,
  { file, cause }: { readonly file?: string | undefined; readonly cause?: unknown } = {},
): TidewaiterError {
  const what = file === undefined ? 'The feed' : `The feed's file ${shown(file)}`;
  return new TidewaiterError(
    'feed_unreachable',
    502,
    `${what} cannot be had from ${shown(where)}: ${reason}.`,
    { cause },
  );
}

function shown(text: string): string {
  return escapeText(text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}…` : text);
}

/** Why one attempt has failed, and whether another may do better. */
export class FetchFailure extends Error {
  override readonly name = 'FetchFailure';
  /** Who has failed: `host:port`. */
  readonly host: string;
  readonly isTemporary: boolean;
  /** Of the answer, if there was one. */
  readonly status: number | undefined;
  /** Seconds that the server asks to wait. */
  readonly retryAfter: number | undefined;

  constructor(host: string, reason: string, options: {
    readonly isTemporary?: boolean;
    readonly status?: number;
    readonly retryAfter?: number | undefined;
    readonly cause?: unknown;
  } = {}) {
    super(reason, { cause: options.cause });
    this.host = host;
    this.isTemporary = options.isTemporary ?? false;
    this.status = options.status;
    this.retryAfter = options.retryAfter;
  }
}

/** The failure of an answer with no file in it. */
export function statusFailure(host: string, status: number, retryAfter?: number): FetchFailure {
  const isTemporary = status >= 500 || status === 408 || status === 429;
  return new FetchFailure(host, statusReason(status), { isTemporary, status, retryAfter });
}

/** The same in words. */
export function statusReason(status: number): string {
  if (status === 401 || status === 403) {
    return `it refuses access (${status}); check the URL of the source and its credentials`;
  }
  if (status === 404 || status === 410) {
    return `it has no such file (${status}); check the URL of the source`;
  }
  if (status === 407) return 'the proxy wants a login (407); check the setting of the proxy';
  if (status === 429) return 'it is asked too often (429); try again later';
  if (status >= 500) return `it fails (${status}); try again later`;
  return `it answers ${status}, which is no file; check the URL of the source`;
}

/**
 * Seconds that a `Retry-After` asks to wait (RFC 9110, 10.2.3: a number or a date); undefined if it
 * says nothing that can be read.
 */
export function retryAfterOf(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const date = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
