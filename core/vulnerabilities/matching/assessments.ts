/**
 * What trusted people say of vulnerabilities in products (VEX), applied to findings (OpenVEX 0.2.0,
 * "Product identification"; CSAF 2.0, profile 5).
 *
 * @module
 */
import type { Package } from '../../../jobs/contract/index.ts';
import type { Assessment } from '../advisory.ts';
import { releaseOfQualifier } from '../distributions.ts';
import { isCve } from '../groups.ts';
import { type PackageUrl, parsePackageUrl } from './package-url.ts';
import type { Finding } from './types.ts';

/** Of what a vulnerability is not, or not any more. */
const HARMLESS: ReadonlySet<string> = new Set(['not_affected', 'fixed']);
/** Archives in archives that a place is looked up in. */
const PLACES_LIMIT = 16;
const SOURCE = 'source';
const GO = 'golang';

/** Assessments of one image's packages, found by the ids of vulnerabilities. */
export class Assessments {
  readonly #byId = new Map<string, Assessment[]>();
  readonly #image: readonly string[];
  readonly #imageUrls: readonly PackageUrl[];
  /** Packages that others may be parts of, by the place that told of them. */
  readonly #byLocation = new Map<string, Package[]>();
  readonly #byName = new Map<string, Package[]>();
  readonly #urls = new Map<string, PackageUrl | undefined>();

  constructor(
    assessments: readonly Assessment[],
    image: readonly string[],
    packages: readonly Package[],
  ) {
    for (const assessment of assessments) {
      for (const id of new Set([assessment.id, ...assessment.aliases])) {
        added(this.#byId, id).push(assessment);
      }
    }
    this.#image = image;
    this.#imageUrls = image.flatMap((text) => parsePackageUrl(text) ?? []);
    if (this.#byId.size === 0) return;
    for (const found of packages) {
      added(this.#byLocation, found.location).push(found);
      added(this.#byName, found.name).push(found);
    }
  }

  /** The assessment by which a finding does not count; undefined where none says so. */
  against(finding: Finding): Assessment | undefined {
    if (this.#byId.size === 0) return undefined;
    const names = [finding.id, ...finding.aliases];
    const own = this.#harmless(names, finding.package);
    if (own !== undefined || names.some(isCve)) return own;
    // A notice stands for all of its vulnerabilities: none of them may be left.
    const each = finding.related.filter(isCve).map((id) => this.#harmless([id], finding.package));
    return each.includes(undefined) ? undefined : each[0];
  }

  /** The latest that is about the package, where it says that there is nothing to fear. */
  #harmless(ids: readonly string[], found: Package): Assessment | undefined {
    const all = new Set(ids.flatMap((id) => this.#byId.get(id) ?? []));
    const [latest] = [...all].filter((assessment) => this.#isAbout(assessment, found))
      .sort((a, b) => timeOf(b) - timeOf(a) || (a.key < b.key ? -1 : 1));
    return latest !== undefined && HARMLESS.has(latest.status) ? latest : undefined;
  }

  #isAbout({ products, subcomponents }: Assessment, found: Package): boolean {
    if (subcomponents.length === 0) {
      return products.some((product) => this.#isImage(product) || this.#isPackage(product, found));
    }
    return subcomponents.some((part) => this.#isPackage(part, found)) &&
      products.some((product) => this.#isImage(product) || this.#holds(product, found));
  }

  #isImage(product: string): boolean {
    if (this.#image.includes(product)) return true;
    const wanted = this.#urlOf(product);
    return wanted?.type === 'oci' && this.#imageUrls.some((own) => covers(wanted, own));
  }

  /** A product is a package itself or, where it says so, the source of one. */
  #isPackage(product: string, found: Package): boolean {
    const wanted = this.#urlOf(product);
    if (wanted === undefined || wanted.type !== found.type) return false;
    const own = this.#urlOf(found.purl);
    if (own === undefined) return false;
    if (wanted.qualifiers.get('arch') !== SOURCE) return covers(wanted, own);
    const { name, version } = found.source ?? found;
    const namespace = own.path.slice(0, own.path.lastIndexOf('/') + 1);
    const qualifiers = new Map([...own.qualifiers, ['arch', SOURCE]]);
    return covers(wanted, { ...own, path: namespace + name, version, qualifiers });
  }

  /** Whether a product is a package that another one is a part of: its archive, program or owner. */
  #holds(product: string, found: Package): boolean {
    const places = outerPlaces(found.location);
    const holders = [
      ...places.flatMap((place) => this.#byLocation.get(place) ?? []),
      ...(found.owner === undefined ? [] : this.#byName.get(found.owner) ?? []),
    ];
    return holders.some((holder) => this.#isPackage(product, holder));
  }

  #urlOf(text: string): PackageUrl | undefined {
    if (!this.#urls.has(text)) this.#urls.set(text, parsePackageUrl(text));
    return this.#urls.get(text);
  }
}

/** What is not there in the wanted one may be anything; what is there must be the same. */
function covers(wanted: PackageUrl, own: PackageUrl): boolean {
  if (wanted.type !== own.type || pathOf(wanted) !== pathOf(own)) return false;
  if (wanted.version !== undefined && !isSameVersion(wanted, own)) return false;
  for (const [key, value] of wanted.qualifiers) {
    const other = own.qualifiers.get(key);
    const isSame = key === 'distro' && other !== undefined
      ? releaseOfQualifier(value) === releaseOfQualifier(other)
      : value === other;
    if (!isSame) return false;
  }
  return true;
}

function pathOf({ type, path }: PackageUrl): string {
  return type === 'pypi' ? path.toLowerCase().replace(/[-_.]+/g, '-') : path;
}

/** Go's versions are written with their `v` and without. */
function isSameVersion({ type, version: a = '' }: PackageUrl, { version: b = '' }: PackageUrl) {
  return a === b || (type === GO && a.replace(/^v/, '') === b.replace(/^v/, ''));
}

/** The place itself and the archives around it: `/app.jar` of `/app.jar:BOOT-INF/lib/x.jar`. */
function outerPlaces(location: string): readonly string[] {
  const places = [location];
  let at = location.lastIndexOf(':');
  while (at > 0 && places.length < PLACES_LIMIT) {
    places.push(location.slice(0, at));
    at = location.lastIndexOf(':', at - 1);
  }
  return places;
}

function timeOf({ time }: Assessment): number {
  const value = Date.parse(time);
  return Number.isNaN(value) ? 0 : value;
}

function added<T>(lists: Map<string, T[]>, key: string): T[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
