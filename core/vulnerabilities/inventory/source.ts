/**
 * The source package that a distribution's package was built from, as analyses have it.
 *
 * @module
 */
import type { Purl } from './purl.ts';
import type { InventoryPackage, ToldSource } from './types.ts';

/** How rpm writes a value that is not there. */
export const NONE = '(none)';

/** Reads the qualifier `upstream`: `NAME@VERSION`, `NAME` or `NAME-VERSION-RELEASE.src.rpm`. */
export function upstreamSource({ type, qualifiers }: Purl): ToldSource | undefined {
  const upstream = qualifiers['upstream'];
  if (upstream === undefined) return undefined;
  if (type === 'rpm' && upstream.endsWith('.rpm')) return { file: upstream };
  const at = upstream.lastIndexOf('@');
  return at > 0
    ? { name: upstream.slice(0, at), version: upstream.slice(at + 1) || undefined }
    : { name: upstream };
}

/**
 * The source of a package; undefined where it is not told, and where name and version are the
 * package's own. The source of an rpm has an epoch only with the package's own version, as its
 * file's name tells none.
 */
export function sourceOf(
  { type, name, version }: Pick<InventoryPackage, 'type' | 'name' | 'version'>,
  told: ToldSource | undefined,
): InventoryPackage['source'] {
  const named = told === undefined ? undefined : 'file' in told ? sourceOfFile(told.file) : told;
  if (named === undefined || named.name === '' || named.name === NONE) return undefined;
  const toldVersion = named.version ?? version;
  const isOwn = type === 'rpm'
    ? withoutEpoch(toldVersion) === withoutEpoch(version)
    : toldVersion === version;
  if (isOwn) return named.name === name ? undefined : { name: named.name, version };
  return { name: named.name, version: type === 'rpm' ? withoutEpoch(toldVersion) : toldVersion };
}

/** `NAME-VERSION-RELEASE.src.rpm`, read from the right: names have hyphens, the others have none. */
function sourceOfFile(
  file: string,
): { readonly name: string; readonly version: string } | undefined {
  const end = file.lastIndexOf('.', file.length - '.rpm'.length - 1);
  const release = file.lastIndexOf('-', end);
  const version = file.lastIndexOf('-', release - 1);
  return version > 0 && release > version + 1 && end > release + 1
    ? { name: file.slice(0, version), version: file.slice(version + 1, end) }
    : undefined;
}

function withoutEpoch(version: string): string {
  return version.replace(/^\d+:/, '');
}
