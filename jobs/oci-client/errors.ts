/**
 * The failure of everything that reads images, and how outside text is shown in its messages.
 *
 * @module
 */

/** What can go wrong between a reference and the last byte of a blob. */
export type OciErrorCode =
  | 'aborted'
  | 'archive_invalid'
  | 'blob_not_found'
  | 'body_too_large'
  | 'digest_mismatch'
  | 'forbidden_address'
  | 'image_not_found'
  | 'invalid_reference'
  | 'layout_invalid'
  | 'manifest_invalid'
  | 'manifest_unsupported'
  | 'platform_not_found'
  | 'platform_unsupported'
  | 'registry_denied'
  | 'registry_error'
  | 'registry_rate_limited'
  | 'registry_refused_login'
  | 'registry_tls_failed'
  | 'registry_unreachable'
  | 'size_mismatch'
  | 'timeout'
  | 'too_many_redirects';

/** What an `OciError` may carry beside its code and sentence. */
export interface OciErrorOptions {
  readonly status?: number | undefined;
  readonly retryAfter?: number | undefined;
  readonly temporary?: boolean | undefined;
  readonly cause?: unknown;
}

/** One sentence for a person, a stable code for a machine. */
export class OciError extends Error {
  override readonly name = 'OciError';
  readonly code: OciErrorCode;
  /** HTTP status of the registry's answer. */
  readonly status?: number;
  /** Seconds after which the registry wants to be asked again. */
  readonly retryAfter?: number;
  /** Whether the same request may well succeed later. */
  readonly temporary: boolean;

  constructor(code: OciErrorCode, message: string, options: OciErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.temporary = options.temporary ?? (code === 'registry_rate_limited' || code === 'timeout');
    if (options.status !== undefined) this.status = options.status;
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter;
  }
}

const SHOWN_CHARACTERS = 300;
// Cf holds the bidirectional controls that could turn a message around.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Outside text as it may stand in a message: capped, and with control characters escaped. */
export function printable(text: string, limit = SHOWN_CHARACTERS): string {
  const shown = text.slice(0, limit).replace(
    UNPRINTABLE,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
  return text.length > limit ? `${shown}…` : shown;
}

/** `printable` text in double quotes. */
export function quoted(text: string, limit = SHOWN_CHARACTERS): string {
  return `"${printable(text, limit)}"`;
}

/** A URL without what may be secret in it: user information, query (signatures), fragment. */
export function redactUrl(url: URL): string {
  return printable(`${url.protocol}//${url.host}${url.pathname}`);
}

/** The reason of an aborted signal as an `OciError`: `timeout` for deadlines, else `aborted`. */
export function abortError(signal: AbortSignal, doing: string): OciError {
  const reason: unknown = signal.reason;
  if (reason instanceof OciError) return reason;
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new OciError('timeout', `Time ran out while ${doing}; try again later.`, {
      cause: reason,
    });
  }
  return new OciError('aborted', `It was cancelled while ${doing}.`, { cause: reason });
}
