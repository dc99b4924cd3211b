/**
 * Names of one vulnerability: groups of ids that records of all sources call each other's aliases,
 * and the id that a group is reported by.
 *
 * @module
 */

/** A record as far as its names go. */
export interface Named {
  readonly id: string;
  readonly aliases: readonly string[];
  /** A withdrawn record joins nothing. */
  readonly withdrawn?: string | undefined;
}

/** Groups by any of their ids. */
export interface AliasGroups {
  /** The same text for all ids of a group; the id itself where no record names it. */
  keyOf(id: string): string;
  /** All ids of a group, sorted. */
  membersOf(id: string): readonly string[];
}

/** How a group is called where it is found. */
export interface Preference {
  /** What a CVE id comes before: everything, or all but GitHub's ids. */
  readonly first: 'cve' | 'ghsa';
}

const CVE = /^CVE-\d{4}-\d+$/;
/** A source's own record of one CVE: `DEBIAN-CVE-2024-1234`. */
const OF_CVE = /^[A-Z]+-(CVE-\d{4}-\d+)$/;
const GHSA = 'GHSA-';

/** Whether an id is a CVE's. */
export function isCve(id: string): boolean {
  return CVE.test(id);
}

/** All ids that a record gives its vulnerability, its own first. */
export function namesOf({ id, aliases }: Named): readonly string[] {
  const ofCve = OF_CVE.exec(id)?.[1];
  const own = ofCve === undefined || aliases.includes(ofCve) ? [id] : [id, ofCve];
  return [...own, ...aliases.filter((alias) => alias !== id)];
}

/**
 * The transitive closure of the records' names, whatever their order. What would join two CVEs into
 * one group is left out: such chains come from mistakes and from notices of several CVEs.
 */
export function aliasGroups(records: Iterable<Named>): AliasGroups {
  const pairs = new Map<string, readonly [string, string]>();
  for (const record of records) {
    if (record.withdrawn !== undefined) continue;
    const [id = '', ...others] = namesOf(record);
    for (const other of others) {
      const pair = id < other ? [id, other] as const : [other, id] as const;
      pairs.set(pair.join(' '), pair);
    }
  }
  const parents = new Map<string, string>();
  const cves = new Map<string, string>();
  const rootOf = (id: string) => {
    let root = id;
    for (let next = parents.get(root); next !== undefined; next = parents.get(root)) root = next;
    for (let at = id; at !== root;) {
      const next = parents.get(at) ?? root;
      parents.set(at, root);
      at = next;
    }
    return root;
  };
  const cveOf = (root: string) => cves.get(root) ?? (isCve(root) ? root : undefined);
  for (const [, [a, b]] of [...pairs].sort(([x], [y]) => x < y ? -1 : 1)) {
    const [x, y] = [rootOf(a), rootOf(b)];
    const [first, second] = [cveOf(x), cveOf(y)];
    if (x === y || (first !== undefined && second !== undefined)) continue;
    parents.set(y, x);
    const cve = first ?? second;
    if (cve !== undefined) cves.set(x, cve);
  }
  const members = Map.groupBy(
    new Set([...pairs.values()].flat()),
    (id) => rootOf(id),
  );
  return {
    keyOf: rootOf,
    membersOf: (id) => members.get(rootOf(id))?.toSorted() ?? [id],
  };
}

/** The id that people know best: a CVE, GitHub's or else the first of those given. */
export function preferredId(ids: readonly string[], { first }: Preference): string {
  const cve = ids.find(isCve);
  const ghsa = ids.find((id) => id.startsWith(GHSA));
  return (first === 'cve' ? cve ?? ids[0] : ghsa ?? cve ?? ids[0]) ?? '';
}
