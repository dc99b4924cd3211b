/**
 * Reads container images: references, registries, OCI layouts, archives, manifests, verified blobs.
 *
 * @module
 */

export { isForbiddenAddress } from './addresses.ts';
export {
  type Authority,
  type AuthorizationKind,
  Authorizer,
  type AuthorizerOptions,
  type Credentials,
} from './auth.ts';
export { type Challenge, parseChallenge } from './challenge.ts';
export { MAX_CONFIG_BYTES, MAX_CONFIG_ITEMS, parseConfig } from './config.ts';
export { collect, digestOf, isDigest, verified } from './digest.ts';
export { guessDockerfile } from './dockerfile.ts';
export { OciError, type OciErrorCode, type OciErrorOptions, redactUrl } from './errors.ts';
export { Agent, askWith } from './http.ts';
export { openLayout } from './layout.ts';
export { type LocalKind, openLocal } from './local.ts';
export { checkLogin, type LoginOptions } from './login.ts';
export { bareHost } from './lookup.ts';
export { MAX_LAYERS, MAX_MANIFEST_BYTES, parseManifest } from './manifest.ts';
export * from './media-types.ts';
export { choosePlatform, formatPlatform, normalizePlatform } from './platform.ts';
export {
  formatReference,
  isRepository,
  isTag,
  parseReference,
  type Reference,
  registryOrigin,
} from './reference.ts';
export { type IndexContent, type Pushed, pushImages, type PushOptions } from './push.ts';
export { openRegistry, type RegistryOptions, type RegistrySource } from './registry.ts';
export { resolveImage } from './resolve.ts';
export type { Response } from './response.ts';
export {
  createTransport,
  type FetchOptions,
  type Timeouts,
  type Transport,
  type TransportOptions,
} from './transport.ts';
export type {
  BlobOptions,
  Descriptor,
  Digest,
  Fetched,
  HistoryEntry,
  ImageConfig,
  ImageSource,
  Index,
  Manifest,
  Platform,
  ResolvedImage,
} from './types.ts';
