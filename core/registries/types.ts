/**
 * Where images come from, in the words of core.
 *
 * @module
 */

/** Where an image is pulled from. */
export type AnalysisSource =
  | { readonly kind: 'registry'; readonly registry: string; readonly repository: string }
  | { readonly kind: 'layout'; readonly path: string };

/** What a Job may reach besides core. */
export interface Access {
  /** Addresses of the registry and its blob hosts: `address:port`. */
  readonly endpoints: readonly string[];
  /** Folder of an OCI layout it reads. */
  readonly folder?: string | undefined;
}
