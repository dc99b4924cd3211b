/**
 * What a policy may look at: the facts of one image. Pure data; the verdicts' floor fills it from
 * the catalog, a bundle's unit tests from a file.
 *
 * @module
 */

/** An installed package as rules see it. */
export interface PackageFact {
  /** Type of the package URL: `deb`, `apk`, `npm`, `pypi`, … */
  readonly type: string;
  readonly name: string;
  /** As the package manager writes it, with epoch and release. */
  readonly version: string;
  readonly licenses: readonly string[];
  /** Absolute path of the file that told of it. */
  readonly location: string;
}

/** Everything a rule can ask about one image. */
export interface ImageFacts {
  /** Digest of the manifest. */
  readonly digest: string;
  /** Digest of the configuration without `sha256:`. */
  readonly id: string;
  readonly architecture: string;
  readonly os: string;
  /** Null for images without a distribution. */
  readonly distribution: {
    readonly id: string;
    readonly version: string;
    readonly like: readonly string[];
  } | null;
  /** Bytes of all uncompressed layers. */
  readonly size: number;
  readonly layerCount: number;
  /** Supplied by whoever submitted the image (`Actual`), or guessed from its history. */
  readonly dockerfile: { readonly mode: 'Actual' | 'Guessed'; readonly text: string };
  readonly packages: readonly PackageFact[];
}
