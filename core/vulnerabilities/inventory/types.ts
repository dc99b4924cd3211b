/**
 * What inventories are made of.
 *
 * @module
 */
import type { Distribution, Package } from '../../../jobs/contract/index.ts';

/** What is known of a package without its image. */
export interface InventoryPackage extends
  Readonly<
    Pick<Package, 'type' | 'name' | 'version' | 'architecture' | 'source' | 'purl'>
  > {
  /**
   * Label of the module that an rpm is of, `NAME:STREAM:VERSION:CONTEXT[:ARCH]`. Most inventories
   * do not tell: without it a package may still be of one.
   */
  readonly module?: string | undefined;
  /** Where the package itself tells of one; undefined for the inventory's. */
  readonly distribution?: Distribution | undefined;
}

/** A bill of materials, or a list, that was read. */
export interface Inventory {
  readonly packages: readonly InventoryPackage[];
  /** Null where it tells of none, or of several. */
  readonly distribution: Distribution | null;
}

/** Is told which entry of an inventory cannot be read, and why in short. */
export type NoteUnreadable = (entry: string, reason: string) => void;

/** A source package as it is told of: a name, often with a version, or the file of an rpm's source. */
export type ToldSource =
  | { readonly name: string; readonly version?: string | undefined }
  | { readonly file: string };

/** What a document says of a package beside its URL. */
export interface Told {
  /** Names of the package as it writes them, with and without what is before them. */
  readonly names?: readonly string[] | undefined;
  readonly version?: string | undefined;
  readonly architecture?: string | undefined;
  readonly source?: ToldSource | undefined;
  readonly module?: string | undefined;
}
