/**
 * Package URLs in their canonical form (Package-URL Specification, ECMA-427, and its definitions of
 * the types deb, apk, npm and pypi).
 *
 * @module
 */
import type { Distribution } from '../contract/report.ts';
import type { FoundPackage } from './types.ts';

/** Longest package URL that a report holds. */
const LENGTH_LIMIT = 1024;

/** Types whose namespace is the vendor of the distribution, and the vendor where none is known. */
const DISTRIBUTION_TYPES: ReadonlyMap<string, string> = new Map([
  ['deb', 'debian'],
  ['apk', 'alpine'],
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
  if (vendor === undefined) {
    return locator(found.type, segmentsOf(found), found.version);
  }
  const segments = [distribution?.id ?? vendor, found.name].map((text) => text.toLowerCase());
  const base = locator(found.type, segments, found.version);
  const qualified = base + qualifiers(found, distribution);
  return qualified.length > LENGTH_LIMIT ? base : qualified;
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
 * Namespace, one of its own or what the name has before its last slash, and name. npm names keep their case: only
 * names from before the lower-case rule have upper-case letters.
 */
function segmentsOf({ type, name, namespace }: FoundPackage): readonly string[] {
  if (namespace !== undefined) return [namespace, name];
  if (type === 'pypi') {
    return [name.toLowerCase().replace(/[-_.]+/g, '-')];
  }
  const segments = name.split('/').filter((segment) => segment !== '');
  return segments.length === 0 ? [name] : segments;
}

/** In the lexical order that the canonical form asks for. */
function qualifiers(found: FoundPackage, distribution: Distribution | null): string {
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['arch', found.architecture],
    ['distro', distribution === null ? undefined : distroOf(distribution)],
    ['upstream', found.source && `${found.source.name}@${found.source.version}`],
  ];
  const texts = pairs.flatMap(([key, value]) => value ? [`${key}=${encodeComponent(value)}`] : []);
  return texts.length === 0 ? '' : `?${texts.join('&')}`;
}

function distroOf({ id, version }: Distribution): string {
  return version === '' ? id : `${id}-${version}`;
}
