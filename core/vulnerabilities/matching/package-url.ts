/**
 * Package URLs taken apart (Package-URL Specification, ECMA-427), as far as products of assessments
 * and packages are compared by them.
 *
 * @module
 */

export interface PackageUrl {
  readonly type: string;
  /** Namespace and name, decoded, with slashes between. */
  readonly path: string;
  /** Decoded; undefined where there is none. */
  readonly version: string | undefined;
  readonly qualifiers: ReadonlyMap<string, string>;
}

const SCHEME = 'pkg:';

/** Reads a package URL; undefined for what is none. Never throws. */
export function parsePackageUrl(text: string): PackageUrl | undefined {
  if (!text.startsWith(SCHEME)) return undefined;
  const [locator = '', query = ''] = (text.split('#', 1)[0] ?? '').split('?', 2);
  const parts = locator.slice(SCHEME.length).split('/').filter((part) => part !== '');
  const [type, ...segments] = parts;
  const last = segments.at(-1);
  if (type === undefined || last === undefined) return undefined;
  // A scope's own at sign is no version's; some write it bare.
  const at = last.lastIndexOf('@');
  const names = [...segments.slice(0, -1), at > 0 ? last.slice(0, at) : last];
  return {
    type: type.toLowerCase(),
    path: names.map(decoded).join('/'),
    version: at > 0 ? decoded(last.slice(at + 1)) : undefined,
    qualifiers: new Map(
      query.split('&').flatMap((pair) => {
        const equals = pair.indexOf('=');
        return equals < 1
          ? []
          : [[pair.slice(0, equals).toLowerCase(), decoded(pair.slice(equals + 1))]];
      }),
    ),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
