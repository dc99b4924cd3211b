/**
 * Layers of images: read in one pass, put on each other.
 *
 * @module
 */
export { Budget, type LayerLimits } from './budget.ts';
export {
  type DigestChoice,
  FURTHER_ALGORITHMS,
  type FurtherAlgorithm,
  type FurtherDigests,
} from './digests.ts';
export { HELD } from './files.ts';
export type { FileSearch, Interest, Kept, LayerEntry, PathProblem } from './files.ts';
export { decodeLayer, DOCUMENT_VERSION, encodeLayer, LayerDocumentError } from './document.ts';
export { LayerError, type LayerErrorCode } from './errors.ts';
export { type LayerContent, readLayer, type ReadLayerOptions } from './layer.ts';
export { binaryPath, displayPath, normalizePath } from './path.ts';
export {
  type KeptContent,
  squash,
  type SquashedEntry,
  type SquashedTree,
  type SquashLayer,
} from './squash.ts';
export type { EntryType } from './tar.ts';
export { Unpackers } from './unpackers.ts';
