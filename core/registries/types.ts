/**
 * Where images come from, in the words of core.
 *
 * @module
 */
import type { LocalKind } from 'oci-client';

/** Where an image is pulled from. */
export type AnalysisSource =
  | { readonly kind: 'registry'; readonly registry: string; readonly repository: string }
  | { readonly kind: LocalKind; readonly path: string };

/** What a Job may reach besides core. */
export interface Access {
  /** Addresses of the registry and its blob hosts: `address:port`. */
  readonly endpoints: readonly string[];
  /** Folder or archive it reads. */
  readonly path?: string | undefined;
}
