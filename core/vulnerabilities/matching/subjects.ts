/**
 * An installed package as statements speak of it: under which names and versions, and what else
 * decides whether one is about it.
 *
 * @module
 */
import type { Package } from '../../../jobs/contract/index.ts';
import type { Coverage, Role } from '../distributions.ts';
import { normalizePackageName } from '../package-names.ts';
import { productsOf, targetOf } from '../programs.ts';
import { RPM_OF_UNKNOWN_EPOCH, type Scheme, schemeOf } from '../schemes.ts';
import { goToolchainVersion } from '../versions/go.ts';
import { isModular } from './builds.ts';
import { parsePackageUrl } from './package-url.ts';

/** Types of packages that are a distribution's. */
const SYSTEM_TYPES: ReadonlySet<string> = new Set(['deb', 'rpm', 'apk', 'alpm', 'ebuild']);
/** Type of programs that are known by what they hold. */
const PROGRAM = 'generic';
const GO = 'golang';
/** Go's standard library, and the toolchain's own command. */
const STANDARD_LIBRARY = 'stdlib';
const TOOLCHAIN = 'toolchain';

/** One name by which statements may speak of a package, with the version that goes with it. */
export interface Identity {
  readonly namespace: string;
  readonly role: Role;
  readonly name: string;
  readonly version: string;
  readonly isBuilt: boolean;
  readonly isSource: boolean;
  readonly scheme: Scheme;
  /** Whether the scheme can order the version. */
  readonly isOrdered: boolean;
}

export interface Subject {
  readonly package: Package;
  readonly kind: 'system' | 'language' | 'program';
  readonly identities: readonly Identity[];
  /** `NAME:STREAM` of its module, `''` for none; undefined where nobody knows. */
  readonly module: string | undefined;
  /** Target software under which the program is listed as itself. */
  readonly target: string | undefined;
}

/** Whether packages of a type are a distribution's. */
export function isSystemType(type: string): boolean {
  return SYSTEM_TYPES.has(type);
}

/** What a package is compared as; no identity where no feed can speak of it. */
export function subjectOf(found: Package, coverage: Coverage | undefined): Subject {
  if (isSystemType(found.type)) {
    const identities = coverage?.type === found.type ? systemIdentities(found, coverage) : [];
    const module = found.type === 'rpm' ? moduleOf(found) : undefined;
    return { package: found, kind: 'system', identities, module, target: undefined };
  }
  if (found.type === PROGRAM) {
    const target = targetOf(found.name);
    const identities = programIdentities(found);
    return { package: found, kind: 'program', identities, module: undefined, target };
  }
  const identities = languageIdentities(found);
  return { package: found, kind: 'language', identities, module: undefined, target: undefined };
}

/** The built package and its source: one identity where both have the same name and version. */
function systemIdentities(found: Package, { scopes }: Coverage): readonly Identity[] {
  const { name, version, source = { name, version } } = found;
  return scopes.flatMap(({ namespace, role }) => {
    const scheme = schemeOf(namespace, name);
    if (scheme === undefined) return [];
    const built: Identity = {
      namespace,
      role,
      name,
      version,
      isBuilt: true,
      isSource: source.name === name && source.version === version,
      scheme,
      isOrdered: scheme.isOrdered(version),
    };
    if (built.isSource) return [built];
    return [built, {
      ...built,
      name: source.name,
      version: source.version,
      isBuilt: false,
      isSource: true,
      scheme: hasUnknownEpoch(found) ? RPM_OF_UNKNOWN_EPOCH : scheme,
      isOrdered: scheme.isOrdered(source.version),
    }];
  });
}

/** The file's name of a source package has no epoch, and another version may have another one. */
function hasUnknownEpoch({ type, version, source }: Package): boolean {
  return type === 'rpm' && source !== undefined && !source.version.includes(':') &&
    source.version !== version;
}

function languageIdentities(found: Package): readonly Identity[] {
  const name = languageName(found);
  if (name === undefined) return [];
  return identityOf(found.type, normalizePackageName(found.type, name), languageVersion(found));
}

/** As advisories write it: Go's without their `v`. */
function languageVersion({ type, name, version }: Package): string {
  if (type !== GO) return version;
  return name === STANDARD_LIBRARY
    ? goToolchainVersion(version) ?? version
    : version.replace(/^v(?=\d)/, '');
}

/** Maven's group, or whatever else comes before the name, is only in the package URL. */
function languageName({ type, name, purl }: Package): string | undefined {
  if (type !== 'maven' && type !== 'hex') return name;
  const path = parsePackageUrl(purl)?.path ?? name;
  // Without its group an artifact may be anybody's.
  return type === 'maven' && !path.includes('/') ? undefined : path;
}

function programIdentities({ name, version }: Package): readonly Identity[] {
  const products = productsOf(name).flatMap((product) => identityOf('cpe', product, version));
  return name === 'go'
    ? [...products, ...identityOf(GO, TOOLCHAIN, goToolchainVersion(version) ?? version)]
    : products;
}

function identityOf(namespace: string, name: string, version: string): readonly Identity[] {
  const scheme = schemeOf(namespace, name);
  return scheme === undefined ? [] : [{
    namespace,
    role: 'own',
    name,
    version,
    isBuilt: true,
    isSource: true,
    scheme,
    isOrdered: scheme.isOrdered(version),
  }];
}

/** The label is `NAME:STREAM:VERSION:CONTEXT`; a build of a module without one has lost it. */
function moduleOf({ purl, version }: Package): string | undefined {
  const label = parsePackageUrl(purl)?.qualifiers.get('rpmmod');
  if (label !== undefined) return label.split(':', 2).join(':');
  return isModular(version) ? undefined : '';
}
