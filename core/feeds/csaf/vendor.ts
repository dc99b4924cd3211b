/**
 * What differs from one publisher of documents to the next.
 *
 * @module
 */
import type { PlacedProduct } from './product-tree.ts';
import type { RpmComponent } from './rpm-component.ts';

/** Where a product's statements belong. */
export interface Placement {
  readonly namespaces: readonly string[];
  /** The product itself, where its packages have to come from it. */
  readonly cpe?: string | undefined;
}

/** A publisher. */
export interface Vendor {
  /** Who has scored, where a score does not tell. */
  readonly name: string;
  /** The package that a product is; undefined where it is none. */
  component(product: PlacedProduct): RpmComponent | undefined;
  /** Undefined where nobody can tell what images the product may be in. */
  placement(product: PlacedProduct, component: RpmComponent): Placement | undefined;
  /** Ids of advisories in the URL or the words of a remediation. */
  readonly advisory: RegExp;
}
