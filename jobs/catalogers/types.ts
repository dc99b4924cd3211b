/**
 * What a cataloger is: the name and version of an ecosystem, the files it wants and a pure function
 * from one file's bytes to the packages it tells of.
 *
 * @module
 */

/** Type of programs that are known by what they hold; purl has no better one. */
export const PROGRAM = 'generic';

/** What a cataloger says of one package; the analysis adds layer and location. */
export interface FoundPackage {
  /** Type of the package URL: `deb`, `apk`, `npm`, `pypi`, … */
  readonly type: string;
  readonly name: string;
  /** As the package manager writes it, with epoch and release. */
  readonly version: string;
  readonly architecture?: string | undefined;
  /** The source package, where its name or version differs from the package's own. */
  readonly source?: { readonly name: string; readonly version: string } | undefined;
  /** As found, one item per licence. */
  readonly licenses: readonly string[];
  /** Who made it: maintainer, author or vendor. */
  readonly origin?: string | undefined;
  /** Installed bytes, as the package says. */
  readonly size?: number | undefined;
  /** Namespace of the package URL where the name does not carry it: the group of a Maven artifact. */
  readonly namespace?: string | undefined;
  /** More qualifiers of the package URL: the epoch of an rpm, say. */
  readonly qualifiers?: Readonly<Record<string, string>> | undefined;
  /** Set only where `purl()` cannot make it from the other fields. */
  readonly purl?: string | undefined;
  /** Where in the file it is, where that is an archive: `BOOT-INF/lib/x.jar`, and so on with `:`. */
  readonly within?: string | undefined;
  /** What a Java archive's manifest and its Maven project say of versions. */
  readonly javaVersions?: JavaVersions | undefined;
  /** Files that the distribution's package brought, as paths of `CatalogedFile`. */
  readonly owns?: readonly string[] | undefined;
}

export interface JavaVersions {
  readonly specification?: string | undefined;
  readonly implementation?: string | undefined;
  readonly maven?: string | undefined;
}

/** One file of the squashed tree. `path` is relative to the root, one char per raw byte. */
export interface CatalogedFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Read-only view of the squashed tree that a parser may ask. Paths as in `CatalogedFile`. */
export interface TreeView {
  has(path: string): boolean;
  /** The bytes of a regular file that some analyzer wanted; undefined for everything else. */
  content(path: string): Buffer | undefined;
}

/** Finds the packages of one ecosystem. */
export interface Cataloger {
  /** Stable name, such as `dpkg`. */
  readonly name: string;
  /** A bump has images analysed again in which it has read a file. */
  readonly version: number;
  /** The last version that wants other files than the one before: it has all images analysed again. */
  readonly widened?: number | undefined;
  /**
   * Whether the cataloger wants this file's content. Called for every file of every layer, so the
   * last bytes should decide. `path` is relative to the root, one char per raw byte.
   */
  wants(path: string): boolean;
  /** Set where its packages are the distribution's, which own their files. */
  readonly distribution?: true;
  /**
   * Set where `parse` asks nothing of the view: then each file is read while its layer is, and its
   * content let go of at once.
   */
  readonly alone?: true;
  /**
   * Whether the cataloger wants a file, whatever its path, that begins so: at least its first 64
   * bytes, or all of a shorter one. For those that are `alone`.
   */
  recognizes?(head: Buffer): boolean;
  /**
   * The packages that one wanted file of the squashed tree tells of. Pure, but that it tells `note`
   * of parts that cannot be read while the rest can.
   *
   * @throws {CatalogError} content that cannot be read
   */
  parse(file: CatalogedFile, view: TreeView, note?: Note): readonly FoundPackage[];
}

/** A cataloger that knows its files by how they begin. */
export type RecognizingCataloger = Cataloger & Required<Pick<Cataloger, 'recognizes'>>;

/** Is told which part of a file cannot be read, and why in short. */
export type Note = (within: string, reason: string) => void;

/** A wanted file whose content is not what its place promises. The message is a short reason. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly code = 'unreadable';
}
