/**
 * The bounds of the report, applied where packages are found: one absurd package must not have the
 * whole report refused.
 *
 * @module
 */
import { encodeComponent } from './purl.ts';
import type { FoundPackage, JavaVersions } from './types.ts';

/** Characters of a name and version in a package URL: leaves room for type and namespace. */
const IDENTITY_LIMIT = 800;
/** Characters that always encode to less than the limit: three bytes each, three characters a byte. */
const SURELY_SHORT = Math.floor(IDENTITY_LIMIT / 9);
const NAME_LIMIT = 1024;
const TEXT_LIMIT = 65_536;
const LICENSE_LIMIT = 1000;

/**
 * The package with its texts cut to what a report may hold. Undefined where name or version are
 * empty or too long to be real.
 */
export function bounded(found: FoundPackage): FoundPackage | undefined {
  if (found.name === '' || found.version === '' || !isShort(found)) {
    return undefined;
  }
  return {
    ...found,
    architecture: found.architecture?.slice(0, NAME_LIMIT),
    source: found.source !== undefined && isShort(found.source) ? found.source : undefined,
    licenses: found.licenses.slice(0, LICENSE_LIMIT).map((text) => text.slice(0, TEXT_LIMIT)),
    origin: found.origin?.slice(0, TEXT_LIMIT),
    ...(found.javaVersions === undefined ? {} : { javaVersions: shortened(found.javaVersions) }),
  };
}

function shortened({ specification, implementation, maven }: JavaVersions): JavaVersions {
  return {
    specification: specification?.slice(0, NAME_LIMIT),
    implementation: implementation?.slice(0, NAME_LIMIT),
    maven: maven?.slice(0, NAME_LIMIT),
  };
}

function isShort(identity: { readonly name: string; readonly version: string }): boolean {
  const { name, version } = identity;
  const length = name.length + version.length;
  return length <= SURELY_SHORT ||
    (length <= IDENTITY_LIMIT &&
      encodeComponent(name).length + encodeComponent(version).length <= IDENTITY_LIMIT);
}
