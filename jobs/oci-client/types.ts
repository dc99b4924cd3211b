/**
 * The shapes that every source of images (a registry, an OCI layout) shares.
 *
 * @module
 */

/** `sha256:` or `sha512:` and the lower-case hex of a blob's content. */
export type Digest = `${'sha256' | 'sha512'}:${string}`;

/** What an image was built for, in the words of the OCI image index. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/** A pointer to content (OCI image specification, "Content Descriptors"). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes of the content. */
  readonly size: number;
  readonly platform?: Platform | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** An image manifest: Docker v2 schema 2 or OCI. */
export interface Manifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly config: Descriptor;
  /** Bottom layer first. */
  readonly layers: readonly Descriptor[];
}

/** A list of manifests for several platforms: Docker manifest list or OCI index. */
export interface Index {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

/** A manifest document as it was served: its digest is of exactly these bytes. */
export interface Fetched {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly document: Manifest | Index;
}

/** One entry of an image's history (OCI image configuration). */
export interface HistoryEntry {
  readonly created?: string | undefined;
  readonly created_by?: string | undefined;
  readonly comment?: string | undefined;
  readonly author?: string | undefined;
  readonly empty_layer?: boolean | undefined;
}

/** The parts of an image configuration that Tidewaiter reads. */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string | undefined;
  readonly created?: string | undefined;
  /** Digests of the uncompressed layers, bottom layer first. */
  readonly diffIds: readonly Digest[];
  readonly history: readonly HistoryEntry[];
  readonly config: {
    readonly user?: string | undefined;
    readonly env?: readonly string[] | undefined;
    readonly entrypoint?: readonly string[] | undefined;
    readonly cmd?: readonly string[] | undefined;
    readonly workingDir?: string | undefined;
    readonly exposedPorts?: readonly string[] | undefined;
    readonly volumes?: readonly string[] | undefined;
    readonly labels?: Readonly<Record<string, string>> | undefined;
  };
}

/** How a blob is read. */
export interface BlobOptions {
  readonly signal?: AbortSignal | undefined;
}

/** One repository of images, wherever it lies: all methods fail with an `OciError`. */
export interface ImageSource {
  /** Asks for a manifest's digest without its body. `reference` is a tag or a digest. */
  head(reference: string, signal?: AbortSignal): Promise<Descriptor>;
  /** Reads and checks a manifest or an index. `reference` is a tag or a digest. */
  manifest(reference: string, signal?: AbortSignal): Promise<Fetched>;
  /**
   * Streams a blob. The stream fails with `digest_mismatch` or `size_mismatch` at its end unless
   * it carried exactly the bytes the descriptor names; what was read before must then be dropped.
   */
  blob(descriptor: Descriptor, options?: BlobOptions): AsyncIterable<Uint8Array>;
  /** Releases connections. */
  close(): Promise<void>;
}

/** One image for one platform, with everything its analysis starts from. */
export interface ResolvedImage {
  readonly digest: Digest;
  /** The index the image was chosen from, if any, and what it offers. */
  readonly parentDigest?: Digest | undefined;
  readonly index?: Index | undefined;
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  readonly config: ImageConfig;
  readonly configBytes: Uint8Array;
}
