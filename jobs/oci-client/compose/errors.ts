/**
 * The failure of everything that composes: tar archives, images, layouts.
 *
 * @module
 */

/** What can go wrong while composing. */
export type ComposeErrorCode = 'tar_entry_invalid' | 'layout_invalid';

/** One sentence for a person, a stable code for a machine. */
export class ComposeError extends Error {
  override readonly name = 'ComposeError';
  readonly code: ComposeErrorCode;

  constructor(code: ComposeErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
  }
}
