/**
 * Package URLs in their canonical form (Package-URL Specification, ECMA-427, and its definitions of
 * each type).
 *
 * @module
 */
import type { Distribution } from '../contract/report.ts';
import type { FoundPackage } from './types.ts';

/** Longest package URL that a report holds. */
const LENGTH_LIMIT = 1024;

/** Types whose names the specification wants in lower case. */
const LOWER_CASE: ReadonlySet<string> = new Set(['composer', 'hex', 'luarocks', 'otp', 'pub']);

/** Types whose namespace is the vendor of the distribution, and the vendor where none is known. */
const DISTRIBUTION_TYPES: ReadonlyMap<string, string> = new Map([
  ['deb', 'debian'],
  ['apk', 'alpine'],
  ['rpm', 'redhat'],
  ['alpm', 'arch'],
]);

/**
 * The package URL of a found package. Packages of a distribution get its id as namespace and
 * `arch`, `distro` and `upstream` (`SOURCE@VERSION`) as qualifiers, which are left out where the
 * URL would be longer than a report allows.
 */
export function purl(found: FoundPackage, distribution: Distribution | null): string {
  if (found.purl !== undefined) {
    return found.purl;
  }
  const vendor = DISTRIBUTION_TYPES.get(found.type);
  const base = locator(
    found.type,
    vendor === undefined ? segmentsOf(found) : distributed(found, distribution?.id ?? vendor),
    versionOf(found),
  );
  const qualified = base + qualifiers(found, vendor === undefined ? null : distribution);
  return qualified.length > LENGTH_LIMIT ? base : qualified;
}

/** The namespace is in lower case, and but for rpm the name, too. */
function distributed({ type, name }: FoundPackage, vendor: string): readonly string[] {
  return [vendor.toLowerCase(), type === 'rpm' ? name : name.toLowerCase()];
}

/** The epoch of an rpm is a qualifier. */
function versionOf({ type, version, qualifiers }: FoundPackage): string {
  const epoch = type === 'rpm' ? qualifiers?.['epoch'] : undefined;
  return epoch !== undefined && version.startsWith(`${epoch}:`)
    ? version.slice(epoch.length + 1)
    : version;
}

/**
 * Percent-encodes all but letters, digits, `.-_~` and the colon, which the specification leaves
 * bare everywhere.
 */
export function encodeComponent(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll('%3A', ':')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function locator(type: string, segments: readonly string[], version: string): string {
  return `pkg:${type}/${segments.map(encodeComponent).join('/')}@${encodeComponent(version)}`;
}

/**
 * Namespace, one of its own or what the name has before its last slash, and name. npm names keep
 * their case: only names from before the lower-case rule have upper-case letters.
 */
function segmentsOf({ type, name: written, namespace }: FoundPackage): readonly string[] {
  const name = LOWER_CASE.has(type) ? written.toLowerCase() : written;
  if (namespace !== undefined) return [namespace, name];
  if (type === 'pypi') {
    return [name.toLowerCase().replace(/[-_.]+/g, '-')];
  }
  const segments = name.split('/').filter((segment) => segment !== '');
  return segments.length === 0 ? [name] : segments;
}

/** In the lexical order that the canonical form asks for. */
function qualifiers(found: FoundPackage, distribution: Distribution | null): string {
  const isDistributed = DISTRIBUTION_TYPES.has(found.type);
  const own = isDistributed
    ? {
      arch: found.architecture,
      distro: distribution === null ? undefined : distroOf(distribution),
      upstream: found.source && `${found.source.name}@${found.source.version}`,
    }
    : {};
  const pairs = Object.entries({ ...own, ...found.qualifiers }).sort(([a], [b]) => a < b ? -1 : 1);
  const texts = pairs.flatMap(([key, value]) => value ? [`${key}=${encodeComponent(value)}`] : []);
  return texts.length === 0 ? '' : `?${texts.join('&')}`;
}

function distroOf({ id, version }: Distribution): string {
  return version === '' ? id : `${id}-${version}`;
}
