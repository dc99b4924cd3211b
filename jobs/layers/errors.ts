/**
 * Why a layer could not be read.
 *
 * @module
 */

export type LayerErrorCode =
  /** The blob or the archive in it ends too early. */
  | 'layer_truncated'
  /** The blob is not what its format asks for. */
  | 'layer_malformed'
  | 'layer_unsupported_compression'
  /** The image is larger than the analysis may be. */
  | 'image_limit_exceeded';

/** Another attempt with the same bytes ends the same. */
export class LayerError extends Error {
  readonly code: LayerErrorCode;

  constructor(code: LayerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LayerError';
    this.code = code;
  }
}
