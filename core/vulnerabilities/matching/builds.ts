/**
 * Builds of RPM packages that have no order among each other: of modules, and of flavours that are
 * built beside the ordinary ones.
 *
 * @module
 */

/** `.module+el8.4.0+…` of Red Hat and most that rebuild it, `.module_el8.4.0+…` of AlmaLinux. */
const MODULE = /\.module(?<sign>[+_])(?<platform>el\d+(?:\.\d+)*)/;
const KSPLICE = /\.ksplice\d/;
const FIPS = /_fips/;

/** Builds beside the ordinary ones, as Oracle makes them. */
export const FLAVOURS: ReadonlySet<string> = new Set(['ksplice', 'fips']);

/** The flavour of a version; empty for an ordinary build. */
export function flavourOf(version: string): string {
  if (KSPLICE.test(version)) return 'ksplice';
  return FIPS.test(version) ? 'fips' : '';
}

/** Whether a version is of a module's build. */
export function isModular(version: string): boolean {
  return MODULE.test(version);
}

/** A build that has the fix, and how an installed version is compared with it. */
export interface Comparable {
  /** As the record writes it. */
  readonly fixed: string;
  /** What is compared. */
  readonly bound: string;
  readonly installed: string;
}

/**
 * Which of the fixed builds of one record an installed version is compared with, and by how much of
 * the text: what a module's build adds to a release has an order only in builds of one system, and
 * where one fix was built for several of its releases, only in those for the same.
 *
 * @param byPlatform whether the record lists builds for several releases
 */
export function comparableBuilds(
  installed: string,
  builds: readonly string[],
  byPlatform: boolean,
): readonly Comparable[] {
  const own = MODULE.exec(installed);
  const all = builds.map((fixed) => ({ fixed, module: MODULE.exec(fixed) }));
  if (own === null) {
    const plain = all.filter(({ module }) => module === null);
    return whole(installed, plain.length > 0 ? plain : all);
  }
  const ofSystem = all.filter(({ module }) => module?.groups?.['sign'] === own.groups?.['sign']);
  const alike = byPlatform ? ofSystem.filter(({ module }) => module?.[0] === own[0]) : ofSystem;
  if (alike.length > 0) return whole(installed, alike);
  const modular = all.filter(({ module }) => module !== null);
  if (modular.length === 0) return whole(installed, all);
  return modular.map(({ fixed, module }) => ({
    fixed,
    bound: fixed.slice(0, module?.index),
    installed: installed.slice(0, own.index),
  }));
}

function whole(installed: string, builds: readonly { readonly fixed: string }[]): Comparable[] {
  return builds.map(({ fixed }) => ({ fixed, bound: fixed, installed }));
}
