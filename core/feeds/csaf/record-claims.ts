/**
 * The claims of a document's vulnerabilities: each product id of each status (OASIS CSAF 2.0,
 * 3.2.3.9), as a package of a product of the vendor.
 *
 * @module
 */
import type { Severity } from '../../vulnerabilities/advisory.ts';
import { type Claim, Claims, type Naming, type Rating } from './claims.ts';
import type { Vulnerability } from './document.ts';
import type { PlacedProduct, Products } from './product-tree.ts';
import {
  reasonsOf,
  remediesOf,
  type Scores,
  scoresOf,
  type Severities,
  severitiesOf,
} from './remediations.ts';
import { isSource, type RpmComponent } from './rpm-component.ts';
import type { Placement, Vendor } from './vendor.ts';

/** What a status says. What a vendor recommends has the fix. */
const STATUSES: Readonly<Record<string, Claim['kind']>> = {
  fixed: 'fixed',
  first_fixed: 'fixed',
  recommended: 'fixed',
  known_affected: 'affected',
  first_affected: 'affected',
  last_affected: 'affected',
  known_not_affected: 'unaffected',
  under_investigation: 'investigated',
};

/** A package and where it belongs. */
interface Place {
  readonly component: RpmComponent;
  readonly placement: Placement;
}

/** Gathers what a document says of packages. */
export class RecordClaims {
  readonly claims = new Claims();
  /** Ids that the document does not explain. */
  readonly unknown = new Set<string>();
  /** Fixed packages of which the fixing build is not told. */
  versionless = 0;
  readonly #products: Products;
  readonly #vendor: Vendor;
  readonly #components = new Map<string, RpmComponent | undefined>();

  constructor(products: Products, vendor: Vendor) {
    this.#products = products;
    this.#vendor = vendor;
  }

  /**
   * Adds a vulnerability.
   *
   * @param severity of the record: only others are kept at the statements
   */
  add(vulnerability: Vulnerability, severity: Severity | undefined): void {
    const remedies = remediesOf(vulnerability, this.#products, this.#vendor.advisory);
    const severities = severitiesOf(vulnerability, this.#products, severity);
    const reasons = reasonsOf(vulnerability, this.#products);
    const scores = scoresOf(vulnerability, this.#vendor.name);
    const hasSourceNames = this.#namesSources(vulnerability);
    for (const [status, ids] of Object.entries(vulnerability.product_status)) {
      const kind = Object.hasOwn(STATUSES, status) ? STATUSES[status] : undefined;
      if (kind === undefined) continue;
      for (const id of ids) {
        const place = this.#placeOf(id);
        if (place === undefined) continue;
        const remedy = remedies.get(id);
        const { component } = place;
        const naming = namingOf(component, hasSourceNames);
        const version = component.isVersioned ? component.version : undefined;
        const rating = ratingOf(id, severities, scores);
        switch (kind) {
          case 'fixed': {
            const fix = component.version;
            if (fix === undefined) {
              this.versionless += 1;
              break;
            }
            const architecture = isSource(component.architecture)
              ? undefined
              : component.architecture;
            const note = remedy?.advisories;
            this.#add(place, { kind, naming, version: fix, architecture, note }, rating);
            break;
          }
          case 'affected': {
            const upTo = status === 'first_affected' ? undefined : version;
            const state = remedy?.state ?? 'not-fixed';
            const note = remedy?.note ?? remedy?.advisories;
            this.#add(place, { kind, naming, state, upTo, note }, rating);
            break;
          }
          case 'unaffected':
            this.#add(place, { kind, naming, version, note: reasons.get(id) }, {});
            break;
          case 'investigated':
            this.#add(place, { kind, naming, note: undefined }, {});
            break;
        }
      }
    }
  }

  /** Whether names that come without an architecture are those of built packages. */
  #namesSources({ product_status }: Vulnerability): boolean {
    const unversioned = ['known_affected', 'known_not_affected'] as const;
    return unversioned.some((status) =>
      product_status[status]?.some((id) => {
        const component = this.#placeOf(id)?.component;
        return component?.isVersioned === false && isSource(component.architecture);
      })
    );
  }

  #add({ component, placement }: Place, claim: Claim, rating: Rating): void {
    const { name, module } = component;
    for (const namespace of placement.namespaces) {
      this.claims.add({ namespace, package: name, module, cpe: placement.cpe }, claim, rating);
    }
  }

  #placeOf(id: string): Place | undefined {
    const product = this.#products.place(id);
    if (product === undefined) {
      if (!this.#products.has(id)) this.unknown.add(id);
      return undefined;
    }
    const component = this.#componentOf(product);
    if (component === undefined) return undefined;
    const placement = this.#vendor.placement(product, component);
    return placement === undefined ? undefined : { component, placement };
  }

  /** A build is the same in all the products that have it. */
  #componentOf(product: PlacedProduct): RpmComponent | undefined {
    const key = `${product.component.id}\n${product.group?.id ?? ''}`;
    if (this.#components.has(key)) return this.#components.get(key);
    const component = this.#vendor.component(product);
    this.#components.set(key, component);
    return component;
  }
}

/**
 * Builds with an architecture are what they say. A build without one is an old document's word for
 * all packages of its source; a mere name is one of a built package where sources are named apart.
 */
function namingOf(component: RpmComponent, hasSourceNames: boolean): Naming {
  if (isSource(component.architecture)) return 'source';
  if (component.architecture !== undefined || component.isBuilt === true) return 'built';
  return hasSourceNames && component.isCertain && !component.isVersioned ? 'built' : 'either';
}

function ratingOf(id: string, severities: Severities, scores: Scores): Rating {
  const severity = severities.own.get(id) ?? severities.common;
  const own = scores.own.get(id);
  return {
    ...(severity === undefined ? {} : { severity }),
    ...(own === undefined ? {} : { scores: own }),
  };
}
