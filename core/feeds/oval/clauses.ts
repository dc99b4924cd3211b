/**
 * What has to be true together, for one way in which a definition holds: a platform, a module, and
 * packages with bounds.
 *
 * @module
 */
import type { Bound } from '../../vulnerabilities/advisory.ts';

/** A distribution's release, and what has to be bought or added to it: `sles:15.1`, `ltss`. */
export interface Platform {
  readonly namespace: string;
  readonly channel?: string | undefined;
}

/** Bounds of packages by their names; without bounds, every version. */
export type Packages = ReadonlyMap<string, readonly Bound[]>;

/** Of each part, nothing said is everything allowed. */
export interface Clause {
  readonly platforms?: readonly Platform[];
  /** Architectures of the machine, as its release package has them. */
  readonly machines?: readonly string[];
  /** Architectures of the package itself. */
  readonly architectures?: readonly string[];
  /** `NAME:STREAM` of an enabled module. */
  readonly module?: string;
  /** Builds of a kind of their own: `ksplice`, `fips`. */
  readonly channel?: string;
  readonly packages?: Packages;
}

const MAX_PACKAGES = 64;
const MAX_BOUNDS = 64;
const MAX_CHOICES = 2000;

/** Whether a clause has more parts than any that a vendor writes. */
export function isTooLarge({ platforms, machines, architectures, packages }: Clause): boolean {
  const choices = [platforms, machines, architectures];
  return choices.some((choice) => (choice?.length ?? 0) > MAX_CHOICES) ||
    (packages !== undefined && (packages.size > MAX_PACKAGES ||
      packages.values().some((bounds) => bounds.length > MAX_BOUNDS)));
}

function meet(a: readonly string[] | undefined, b: readonly string[] | undefined) {
  if (a === undefined || b === undefined) return a ?? b;
  return a.filter((value) => b.includes(value));
}

function meetPlatforms(
  a: readonly Platform[] | undefined,
  b: readonly Platform[] | undefined,
): readonly Platform[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.flatMap((platform) => {
    const same = b.find(({ namespace }) => namespace === platform.namespace);
    if (same === undefined) return [];
    return [platform.channel === undefined ? same : platform];
  });
}

function meetPackages(a: Packages | undefined, b: Packages | undefined): Packages | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const all = new Map(a);
  for (const [name, bounds] of b) all.set(name, [...all.get(name) ?? [], ...bounds]);
  return all;
}

/** Both at once; undefined where that cannot be. */
export function both(a: Clause, b: Clause): Clause | undefined {
  const platforms = meetPlatforms(a.platforms, b.platforms);
  const machines = meet(a.machines, b.machines);
  const architectures = meet(a.architectures, b.architectures);
  const isNever = [platforms, machines, architectures].some((part) => part?.length === 0) ||
    (a.module !== undefined && b.module !== undefined && a.module !== b.module);
  if (isNever) return undefined;
  const module = a.module ?? b.module;
  const channel = a.channel ?? b.channel;
  const packages = meetPackages(a.packages, b.packages);
  return {
    ...(platforms === undefined ? {} : { platforms }),
    ...(machines === undefined ? {} : { machines }),
    ...(architectures === undefined ? {} : { architectures }),
    ...(module === undefined ? {} : { module }),
    ...(channel === undefined ? {} : { channel }),
    ...(packages === undefined ? {} : { packages }),
  };
}

function isOnly(clause: Clause, part: 'platforms' | 'machines'): boolean {
  const keys = Object.keys(clause);
  return keys.length === 1 && keys[0] === part;
}

function platformKey({ namespace, channel = '' }: Platform): string {
  return `${namespace} ${channel}`;
}

/** One of them: those that only choose a platform or a machine become one choice. */
export function anyOf(clauses: readonly Clause[]): readonly Clause[] {
  const platforms = new Map<string, Platform>();
  const machines = new Set<string>();
  const others: Clause[] = [];
  for (const clause of clauses) {
    if (isOnly(clause, 'platforms')) {
      for (const platform of clause.platforms ?? []) platforms.set(platformKey(platform), platform);
    } else if (isOnly(clause, 'machines')) {
      for (const machine of clause.machines ?? []) machines.add(machine);
    } else {
      others.push(clause);
    }
  }
  // Where a release itself is enough, nothing has to be added to it.
  const needed = [...platforms.values()].filter(({ namespace, channel }) =>
    channel === undefined || !platforms.has(platformKey({ namespace }))
  );
  return [
    ...(needed.length === 0 ? [] : [{ platforms: needed }]),
    ...(machines.size === 0 ? [] : [{ machines: [...machines] }]),
    ...others,
  ];
}
