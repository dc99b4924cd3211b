/**
 * Failures of an analysis that no part below names.
 *
 * @module
 */
export type AnalysisErrorCode =
  | 'digest_mismatch'
  | 'diff_id_mismatch'
  | 'core_unreachable'
  | 'task_superseded'
  | 'task_refused';

/** An analysis cannot go on. */
export class AnalysisError extends Error {
  override readonly name = 'AnalysisError';
  readonly code: AnalysisErrorCode;
  /** Whether another attempt can end otherwise. */
  readonly temporary: boolean;

  constructor(
    code: AnalysisErrorCode,
    message: string,
    options: { cause?: unknown; temporary?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.temporary = options.temporary ?? false;
  }
}
