/**
 * The failure of building images: one sentence for a person, a stable code for a machine.
 *
 * @module
 */

/** Why images could not be built. */
export type ImagesErrorCode =
  | 'arguments_invalid'
  | 'bundle_failed'
  | 'command_failed'
  | 'integrity_mismatch'
  | 'library_missing'
  | 'lock_invalid'
  | 'package_unavailable';

/** Thrown by every file of this folder. */
export class ImagesError extends Error {
  override readonly name = 'ImagesError';
  readonly code: ImagesErrorCode;

  constructor(code: ImagesErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}
