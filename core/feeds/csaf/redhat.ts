/**
 * Red Hat's products: which RHEL their packages are built for.
 *
 * Left out are components that are no RPM packages (images `pkg:oci`, jars, `pkg:generic` and the
 * like), products without a CPE, and packages of layered products of which neither the CPE
 * (`openshift:4.12::el8`) nor the version (`….el8_6`) tells the RHEL: what is unfixed in
 * `openshift:4`.
 *
 * @module
 */
import { parseCpe } from '../../vulnerabilities/cpe.ts';
import type { PlacedProduct, TreeProduct } from './product-tree.ts';
import { type RpmComponent, rpmComponentOf } from './rpm-component.ts';
import type { Placement, Vendor } from './vendor.ts';

/** Products whose own version is a version of RHEL, in all their streams and repositories. */
const RHEL =
  /^(?:enterprise_linux|rhel)(?:_(?:aus|e4s|els|eus|eus_long_life|tus|mission_critical|cluster|cluster_storage|extras(?:_[a-z0-9_]+)?|productivity|rhn_tools|scalefs|sjis|virtualization|atomic))?$/;

/** `el8`, as the end of a CPE and as what a release is built for: `.el8_6`, `.module+el8.9.0+1`. */
const EDITION = /^el(\d{1,2})$/;
const DIST = /[.+_]el(\d{1,2})(?!\d)/;

export const REDHAT: Vendor = {
  name: 'redhat',
  advisory: /RH[SBE]A-\d{4}:\d{3,6}/g,
  component,
  placement,
};

/** A release that names a module without telling which one. */
const MODULAR = /\.module[+_]el\d/;

/** Red Hat always names the module of what is in one, but for builds in older documents. */
function component(product: PlacedProduct): RpmComponent | undefined {
  const found = rpmComponentOf(product);
  return found === undefined || found.module !== undefined || MODULAR.test(found.version ?? '')
    ? found
    : { ...found, module: '' };
}

function placement({ platform }: PlacedProduct, component: RpmComponent): Placement | undefined {
  const product = productOf(platform);
  // Without a package URL, only in RHEL itself a bare name is that of a package.
  if (product === undefined || !(product.isRhel || component.isCertain)) return undefined;
  const major = product.major ?? DIST.exec(component.version ?? '')?.[1];
  return major === undefined ? undefined : { namespaces: [`rhel:${major}`], cpe: platform.cpe };
}

/** What a CPE tells of the RHEL that a product's packages are built for. */
interface Product {
  readonly isRhel: boolean;
  readonly major: string | undefined;
}

/** A document asks for the same few products for each of its packages. */
const known = new WeakMap<TreeProduct, Product>();

function productOf(platform: TreeProduct): Product | undefined {
  const found = known.get(platform) ?? productOfCpe(platform.cpe);
  if (found !== undefined) known.set(platform, found);
  return found;
}

function productOfCpe(text: string | undefined): Product | undefined {
  const cpe = text === undefined ? undefined : parseCpe(text);
  if (cpe === undefined || cpe.vendor !== 'redhat') return undefined;
  const isRhel = RHEL.test(cpe.product);
  const editions = [cpe.edition, cpe.language, cpe.update].map((value) => EDITION.exec(value)?.[1]);
  const own = isRhel ? /^\d{1,2}/.exec(cpe.version)?.[0] : undefined;
  return { isRhel, major: editions.find((found) => found !== undefined) ?? own };
}
