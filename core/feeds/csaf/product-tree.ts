/**
 * The products of a document, and what the ids of its statements stand for (OASIS CSAF 2.0, 3.2.2):
 * a component as a part of a platform.
 *
 * @module
 */
import { Branch, type Product, type ProductTree } from './document.ts';

/** A product with the architecture of the branch that it stands in. */
export interface TreeProduct {
  readonly id: string;
  readonly name: string;
  readonly cpe?: string | undefined;
  readonly purl?: string | undefined;
  readonly architecture?: string | undefined;
}

/** What an id stands for. */
export interface PlacedProduct {
  readonly component: TreeProduct;
  /** The product that it is a part of. */
  readonly platform: TreeProduct;
  /** What stands between them, such as a module of packages. */
  readonly group?: TreeProduct | undefined;
}

/** Relationships one behind the other; Red Hat has two where there is a module. */
const LONGEST_CHAIN = 8;
const DEEPEST_BRANCH = 32;

interface Link {
  readonly component: string;
  readonly platform: string;
}

/** Products, relationships and groups of a document by their ids. */
export class Products {
  readonly #products = new Map<string, TreeProduct>();
  readonly #links = new Map<string, Link>();
  readonly #groups = new Map<string, readonly string[]>();

  constructor(tree: ProductTree | undefined) {
    for (const product of tree?.full_product_names ?? []) this.#add(product, undefined);
    this.#addBranches(tree?.branches ?? []);
    for (const relationship of tree?.relationships ?? []) {
      this.#links.set(relationship.full_product_name.product_id, {
        component: relationship.product_reference,
        platform: relationship.relates_to_product_reference,
      });
    }
    for (const { group_id, product_ids } of tree?.product_groups ?? []) {
      this.#groups.set(group_id, product_ids);
    }
  }

  /** What an id stands for; undefined for a product that is no part of another, or of none known. */
  place(id: string): PlacedProduct | undefined {
    const link = this.#links.get(id);
    if (link === undefined) return undefined;
    const inner = this.#follow(link.component, ({ component }) => component);
    const outer = this.#follow(link.platform, ({ platform }) => platform);
    if (inner === undefined || outer === undefined) return undefined;
    // A package is a part of its module, or a module in a platform is what it is a part of.
    const group = inner.passed[0]?.platform ?? outer.passed[0]?.component;
    return {
      component: inner.product,
      platform: outer.product,
      group: group === undefined ? undefined : this.#products.get(group),
    };
  }

  /** Whether the tree has the id, as a product or as a part. */
  has(id: string): boolean {
    return this.#products.has(id) || this.place(id) !== undefined;
  }

  /** The products of a list of ids and of groups. */
  *idsOf(entry: {
    readonly product_ids: readonly string[];
    readonly group_ids: readonly string[];
  }): Generator<string> {
    yield* entry.product_ids;
    for (const group of entry.group_ids) yield* this.#groups.get(group) ?? [];
  }

  /** The product at the end of a chain of relationships, with those that were passed. */
  #follow(
    id: string,
    next: (link: Link) => string,
  ): { readonly product: TreeProduct; readonly passed: readonly Link[] } | undefined {
    const passed: Link[] = [];
    let end = id;
    for (let link = this.#links.get(end); link !== undefined; link = this.#links.get(end)) {
      if (passed.length === LONGEST_CHAIN) return undefined;
      passed.push(link);
      end = next(link);
    }
    const product = this.#products.get(end);
    return product === undefined ? undefined : { product, passed };
  }

  #addBranches(roots: readonly unknown[]): void {
    let level = roots.map((node) => ({ node, architecture: undefined as string | undefined }));
    for (let depth = 0; depth < DEEPEST_BRANCH && level.length > 0; depth += 1) {
      level = level.flatMap(({ node, architecture }) => {
        const { success, data } = Branch.safeParse(node);
        if (!success) return [];
        const own = data.category === 'architecture' ? data.name : architecture;
        if (data.product !== undefined) this.#add(data.product, own);
        return data.branches.map((child) => ({ node: child, architecture: own }));
      });
    }
  }

  #add(product: Product, architecture: string | undefined): void {
    const helper = product.product_identification_helper;
    this.#products.set(product.product_id, {
      id: product.product_id,
      name: product.name ?? product.product_id,
      cpe: helper?.cpe,
      purl: helper?.purl,
      architecture,
    });
  }
}
