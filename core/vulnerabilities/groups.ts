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
  const sets = new Sets();
  const living: Named[] = [];
  for (const record of records) {
    if (record.withdrawn !== undefined) continue;
    living.push(record);
    const [id = '', ...others] = namesOf(record);
    for (const other of others) sets.join(id, other);
  }
  const wrong = sets.withSeveralCves();
  if (wrong.size > 0) rejoin(sets, living.filter(({ id }) => wrong.has(sets.keyOf(id))), wrong);
  const members = new Map([...sets.members()].map(([key, ids]) => [key, ids.toSorted()]));
  return {
    keyOf: (id) => sets.keyOf(id),
    membersOf: (id) => members.get(sets.keyOf(id)) ?? [id],
  };
}

/** Groups that hold several CVEs are made anew, pair by pair, those before the second CVE first. */
function rejoin(sets: Sets, records: readonly Named[], wrong: ReadonlySet<string>): void {
  sets.dissolve(wrong);
  const pairs = new Map<string, readonly [string, string]>();
  for (const record of records) {
    const [id = '', ...others] = namesOf(record);
    for (const other of others) {
      const pair = id < other ? [id, other] as const : [other, id] as const;
      pairs.set(pair.join(' '), pair);
    }
  }
  const cves = new Map<string, string>();
  const cveOf = (key: string) => cves.get(key) ?? (isCve(key) ? key : undefined);
  for (const [, [a, b]] of [...pairs].sort(([x], [y]) => x < y ? -1 : 1)) {
    const [x, y] = [cveOf(sets.keyOf(a)), cveOf(sets.keyOf(b))];
    if (x !== undefined && y !== undefined) continue;
    sets.join(a, b);
    const cve = x ?? y;
    if (cve !== undefined) cves.set(sets.keyOf(a), cve);
  }
}

/** Disjoint sets of ids, each known by the first of its ids in the order of text. */
class Sets {
  readonly #parents = new Map<string, string>();

  keyOf(id: string): string {
    let key = id;
    let parent = this.#parents.get(key) ?? key;
    while (parent !== key) {
      key = parent;
      parent = this.#parents.get(key) ?? key;
    }
    // What was passed on the way finds it at once the next time.
    for (let at = id; at !== key;) {
      const next = this.#parents.get(at) ?? key;
      this.#parents.set(at, key);
      at = next;
    }
    return key;
  }

  join(a: string, b: string): void {
    const [x, y] = [this.keyOf(a), this.keyOf(b)];
    const [first, second] = x < y ? [x, y] : [y, x];
    this.#parents.set(first, first);
    this.#parents.set(second, first);
  }

  members(): ReadonlyMap<string, readonly string[]> {
    return Map.groupBy(this.#parents.keys(), (id) => this.keyOf(id));
  }

  /** Keys of sets that hold more than one CVE. */
  withSeveralCves(): ReadonlySet<string> {
    const cves = new Map<string, string>();
    const several = new Set<string>();
    for (const id of this.#parents.keys()) {
      if (!isCve(id)) continue;
      const key = this.keyOf(id);
      if (cves.has(key)) several.add(key);
      else cves.set(key, id);
    }
    return several;
  }

  /** Makes every id of these sets a set of its own. */
  dissolve(keys: ReadonlySet<string>): void {
    const ids = [...this.#parents.keys()].filter((id) => keys.has(this.keyOf(id)));
    for (const id of ids) this.#parents.set(id, id);
  }
}

/** The id that people know best: a CVE, GitHub's or else the first of those given. */
export function preferredId(ids: readonly string[], { first }: Preference): string {
  const cve = ids.find(isCve);
  const ghsa = ids.find((id) => id.startsWith(GHSA));
  return (first === 'cve' ? cve ?? ids[0] : ghsa ?? cve ?? ids[0]) ?? '';
}
