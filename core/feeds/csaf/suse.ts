/**
 * SUSE's products: which distribution, by its os-release, their packages are for. Its documents have
 * no package URLs: ids are `name-version-release[.architecture]` without an epoch, or mere names.
 *
 * Left out are products that are built on a distribution without saying on which one (SUSE Manager,
 * Enterprise Storage, CaaS Platform, OpenStack Cloud) and images.
 *
 * @module
 */
import { type Cpe, parseCpe } from '../../vulnerabilities/cpe.ts';
import type { PlacedProduct, TreeProduct } from './product-tree.ts';
import { isArchitecture, type RpmComponent, rpmComponentOf } from './rpm-component.ts';
import type { Placement, Vendor } from './vendor.ts';

/** Everything of SUSE Linux Enterprise: servers, modules, extensions, long-term support. */
const ENTERPRISE = /^(?:suse[-_])?sle[ds]?(?:$|[-_])|^packagehub$/;
/** Modules of 12 that are for all its service packs alike; those of 15 have one each. */
const MODULE_OF_12 = /^sle-module-/;
const SERVICE_PACKS_OF_12 = ['12', '12.1', '12.2', '12.3', '12.4', '12.5'];

const VERSION = /^\d{1,4}(?:\.\d{1,4}){0,2}$/;
const SERVICE_PACK = /^sp(\d{1,2})$/;

/** Products without a CPE, by their names. */
const NAMES: readonly (readonly [name: RegExp, id: string])[] = [
  [/^openSUSE Leap Micro (\d{1,2}\.\d{1,2})(?!\d)/, 'opensuse-leap-micro'],
  [/^openSUSE Leap (\d{1,2}\.\d{1,2})(?!\d)/, 'opensuse-leap'],
  [/^SUSE Linux Micro (\d{1,2}\.\d{1,2})(?!\d)/, 'sl-micro'],
  [/^SUSE Linux Enterprise Micro ([1-5]\.\d{1,2})(?!\d)/, 'sle-micro'],
  [/^SUSE Linux Enterprise Micro (\d{1,2}\.\d{1,2})(?!\d)/, 'sl-micro'],
];
const ENTERPRISE_NAME =
  /^SUSE Linux Enterprise (?:Server|Desktop|Module|High|Software|Workstation|Live)[A-Za-z ]{0,80}? (\d{2}(?:\.\d{1,2})?)(?: SP(\d{1,2}))?(?![\d.])/;

/** A build of SUSE: its release has two numbers at least, what a name may end with has not. */
const BUILD = /^([\w.+-]+)-(\d[\w.+~^]*)-(\d\w*(?:[.~]\w+)+)$/;

export const SUSE: Vendor = {
  name: 'suse',
  advisory: /(?:open)?SUSE-[A-Z]{2}-\d{4}:\d{1,6}-\d{1,3}/g,
  component,
  placement,
};

function component(product: PlacedProduct): RpmComponent | undefined {
  const { id, purl, architecture } = product.component;
  if (purl !== undefined) return rpmComponentOf(product);
  if (id.length > 500) return undefined;
  const dot = id.lastIndexOf('.');
  const last = id.slice(dot + 1);
  const own = dot > 0 && (last === architecture || isArchitecture(last)) ? last : undefined;
  const text = own === undefined ? id : id.slice(0, dot);
  const [, name, version, release] = BUILD.exec(text) ?? [];
  if (name !== undefined) {
    return {
      name,
      version: `${version}-${release}`,
      isVersioned: true,
      architecture: own ?? architecture,
      isCertain: true,
      isBuilt: true,
    };
  }
  return /^[\w.+-]+$/.test(text)
    ? { name: text, isVersioned: false, architecture: own, isCertain: true }
    : undefined;
}

/** A document asks for the same few products for each of its packages. */
const known = new WeakMap<TreeProduct, Placement>();

function placement({ platform }: PlacedProduct): Placement | undefined {
  const found = known.get(platform);
  if (found !== undefined) return found;
  const cpe = platform.cpe === undefined ? undefined : parseCpe(platform.cpe);
  const namespaces = cpe === undefined ? byName(platform.name) : byCpe(cpe);
  // Not kept with its CPE: an image of 15.5 is that of no module, but has its packages.
  const made = namespaces.length === 0 ? undefined : { namespaces };
  if (made !== undefined) known.set(platform, made);
  return made;
}

function byCpe({ vendor, product, version, update }: Cpe): readonly string[] {
  if (vendor === 'opensuse' && product === 'tumbleweed') return ['opensuse-tumbleweed'];
  if (!VERSION.test(version)) return [];
  if (vendor === 'opensuse') {
    if (product === 'leap') return [`opensuse-leap:${version}`];
    if (product === 'leap-micro') return [`opensuse-leap-micro:${version}`];
    return product === 'opensuse' ? [`opensuse:${version}`] : [];
  }
  if (vendor !== 'suse') return [];
  if (product === 'sl-micro') return [`sl-micro:${version}`];
  if (product.startsWith('sle-micro') || product === 'suse-microos') {
    return [`sle-micro:${version}`];
  }
  if (!ENTERPRISE.test(product)) return [];
  const pack = SERVICE_PACK.exec(update)?.[1];
  if (version === '12' && pack === undefined && MODULE_OF_12.test(product)) {
    return SERVICE_PACKS_OF_12.map((one) => `sles:${one}`);
  }
  return [pack === undefined ? `sles:${version}` : `sles:${version}.${pack}`];
}

function byName(name: string): readonly string[] {
  if (name.startsWith('openSUSE Tumbleweed')) return ['opensuse-tumbleweed'];
  for (const [pattern, id] of NAMES) {
    const version = pattern.exec(name)?.[1];
    if (version !== undefined) return [`${id}:${version}`];
  }
  const [, version, pack] = ENTERPRISE_NAME.exec(name) ?? [];
  if (version === undefined) return [];
  return [pack === undefined ? `sles:${version}` : `sles:${version}.${pack}`];
}
