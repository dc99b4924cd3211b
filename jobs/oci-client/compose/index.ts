/**
 * Composes small images reproducibly in memory, for demonstrations, tests and builds.
 *
 * @module
 */

export type { Compression } from './compress.ts';
export { ComposeError, type ComposeErrorCode } from './errors.ts';
export {
  type ComposedDocument,
  type ComposedImage,
  type ComposedLayer,
  composeImage,
  composeIndex,
  composeLayer,
  type ComposeOptions,
  digestOf,
  type EntriesLayer,
  type LayerSpec,
  type RuntimeConfig,
  type TarLayer,
} from './image.ts';
export { type LayoutImage, type LayoutIndex, writeLayout } from './layout.ts';
export { packTar, type TarEntry, type TarEntryType, type TarOptions } from './tar.ts';
export type { TarFormat } from './tar-header.ts';
