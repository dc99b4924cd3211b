/**
 * Every failure that reaches a person or a client: one sentence, a stable code, an HTTP status.
 *
 * @module
 */

/** What else an answer may carry in its `detail`, beside the codes. */
export type ErrorDetail = Readonly<Record<string, unknown>>;

/** A failure with a name that machines can rely on. */
export class TidewaiterError extends Error {
  override readonly name = 'TidewaiterError';
  /** Lower-case words joined by underscores, never changed once released. */
  readonly code: string;
  /** HTTP status of the answer that carries it. */
  readonly status: number;
  readonly detail: ErrorDetail;

  /** `message` is one sentence with the cause and the next step. */
  constructor(
    code: string,
    status: number,
    message: string,
    options: { cause?: unknown; detail?: ErrorDetail } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.status = status;
    this.detail = options.detail ?? {};
  }
}

/** The first sentence of anything thrown, for messages and logs. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of anything thrown, or `fallback` where it has none. */
export function codeOf(error: unknown, fallback: string): string {
  if (typeof error === 'object' && error !== null && 'code' in error) {
    const { code } = error;
    if (typeof code === 'string' && /^[a-z][a-z0-9_]*$/.test(code)) return code;
  }
  return fallback;
}
