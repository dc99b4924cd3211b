/**
 * SUSE's products as the distributions that images tell in their os-release: by the packages that
 * stand for them, or by their names.
 *
 * Products that are no base of images (desktops, high-performance computing, SAP, SUSE Manager,
 * storage, OpenStack) have no place here: what is said of them is said of the server, too.
 *
 * @module
 */
import type { Platform } from './clauses.ts';

/** What has to be bought for a release of the server, by the end of the name. */
const ADDITIONS = ['ltss', 'espos', 'bcl', 'teradata'] as const;
/** Modules of version 12 are for all of its service packs. */
const PACKS_OF_12 = ['12', '12.1', '12.2', '12.3', '12.4', '12.5'] as const;

/** Products by the names of their release packages, in lower case and without `-release`. */
const BY_PACKAGE: Readonly<Record<string, string>> = {
  sles: 'sles',
  'sle-micro': 'sle-micro',
  'sle-micro-rancher': 'sle-micro',
  'suse-microos': 'sle-micro',
  'sl-micro': 'sl-micro',
  leap: 'opensuse-leap',
  'leap-micro': 'opensuse-leap-micro',
};
const BY_NAME: Readonly<Record<string, string>> = {
  'SUSE Linux Enterprise Server': 'sles',
  'SUSE Linux Enterprise Micro': 'sle-micro',
  'SUSE Linux Enterprise Micro for Rancher': 'sle-micro',
  'SUSE Linux Micro': 'sl-micro',
  'openSUSE Leap': 'opensuse-leap',
  'openSUSE Leap Micro': 'opensuse-leap-micro',
  openSUSE: 'opensuse',
};
/** What is added to the server, by package and by name; both with what comes after them. */
const EXTENSION_PACKAGES = /^(?:sle-module-|sle-(?:sdk|we|ha|live-patching)$|packagehub)/;
const EXTENSION_NAMES =
  /^SUSE (?:Linux Enterprise (?:Module for|Software Development Kit|Software Bootstrap Kit|Workstation Extension|High Availability|Live Patching)|Package Hub)/;

function releases(id: string, version: string, channel?: string): readonly Platform[] {
  return [{ namespace: `${id}:${version}`, channel }];
}

function extension(version: string): readonly Platform[] {
  if (version !== '12') return releases('sles', version);
  return PACKS_OF_12.map((pack) => ({ namespace: `sles:${pack}` }));
}

/** `openSUSE-release` stands for all that is called so; its version tells which. */
function openSuse(version: string): readonly Platform[] {
  const major = Number(version.split('.')[0]);
  // Tumbleweed counts days: 20210101.
  if (major >= 20_000_000) return [{ namespace: 'opensuse-tumbleweed' }];
  if (major < 10) return releases('opensuse-leap-micro', version);
  return releases(major < 15 ? 'opensuse' : 'opensuse-leap', version);
}

/**
 * The distributions that a release package of a version stands for, none for other products;
 * undefined for what is no release package.
 */
export function productsOfPackage(name: string, version: string): readonly Platform[] | undefined {
  const product = /^(.{1,100})-release$/.exec(name.toLowerCase())?.[1];
  if (product === undefined) return undefined;
  if (!/^\d[\d.]{0,20}$/.test(version)) return [];
  if (product === 'opensuse') return openSuse(version);
  if (EXTENSION_PACKAGES.test(product)) return extension(version);
  const own = Object.hasOwn(BY_PACKAGE, product) ? BY_PACKAGE[product] : undefined;
  if (own !== undefined) return releases(own, version);
  const addition = /^sles[-_]/.test(product)
    ? ADDITIONS.find((word) => product.includes(word))
    : undefined;
  return addition === undefined ? [] : releases('sles', version, addition);
}

/**
 * The same by the name of a product: `SUSE Linux Enterprise Server 15 SP1-LTSS`; undefined for what
 * is no product of SUSE.
 */
export function productsOfName(name: string): readonly Platform[] | undefined {
  if (!/^(?:openSUSE|SUSE|Open Enterprise Server)\b/.test(name)) return undefined;
  if (name === 'openSUSE Tumbleweed') return [{ namespace: 'opensuse-tumbleweed' }];
  const found = /^(\D{1,120}?) (\d{1,3}(?:\.\d{1,3})?)(?: SP(\d))?(?:-([A-Z]{2,10}).{0,40})?$/
    .exec(name);
  if (found === null) return [];
  const [, product = '', major = '', pack, suffix] = found;
  const version = pack === undefined ? major : `${major}.${pack}`;
  if (EXTENSION_NAMES.test(product)) return extension(version);
  const id = Object.hasOwn(BY_NAME, product) ? BY_NAME[product] : undefined;
  if (id === undefined) return [];
  return releases(id, version, suffix?.toLowerCase());
}
