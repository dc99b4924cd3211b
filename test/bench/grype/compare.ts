/**
 * Sets what two matchers find in the same packages beside each other: pairs of a package and a
 * vulnerability, whose names are one where records call them so.
 *
 * @module
 */
import type { Distribution, Package } from '../../../jobs/contract/index.ts';
import type { Finding, FoundStatement, Suppression } from '../../../core/vulnerabilities/index.ts';
import { type OwnResult, type Records, statementsOn } from './own.ts';
import type { PeerMatch } from './peer.ts';

/** A pair that only one of the two has. */
export interface Difference {
  readonly purl: string;
  readonly package: Package;
  readonly distribution: Distribution | null;
  /** Whose finding it is. */
  readonly side: 'own' | 'peer';
  /** All names of the vulnerability. */
  readonly names: readonly string[];
  /** Own ones; none where they are of the peer alone. */
  readonly findings: readonly Finding[];
  /** Why the matcher knows of it and does not count it. */
  readonly suppression: Suppression | undefined;
  readonly matches: readonly PeerMatch[];
  /** All that is said of the package of this vulnerability. */
  readonly statements: readonly FoundStatement[];
  /** Names of all that the matcher finds in the package. */
  readonly reported: ReadonlySet<string>;
  /** Records of all that the peer finds in it. */
  readonly peerIds: ReadonlySet<string>;
}

export interface Comparison {
  /** Pairs that either has. */
  readonly pairs: number;
  readonly both: number;
  readonly differences: readonly Difference[];
}

/** One package as both sides see it. */
interface Seen {
  readonly package: Package;
  readonly distribution: Distribution | null;
  readonly findings: Map<string, Finding[]>;
  readonly suppressions: Map<string, Suppression>;
  readonly matches: Map<string, PeerMatch[]>;
}

/** A package URL in the one form that both sides' spellings of it have. */
export function canonicalPurl(purl: string): string {
  const [locator = '', query = ''] = purl.split('?', 2);
  const qualifiers = query.split('&').filter((pair) => pair !== '').map(decodeURIComponent).sort();
  return [decodeURIComponent(locator), ...qualifiers].join('\n').toLowerCase();
}

function add<T>(map: Map<string, T[]>, key: string, item: T): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [item]);
  else known.push(item);
}

/**
 * Compares what was found in packages.
 *
 * @throws Error where the peer speaks of a package that was not asked about
 */
export function compare(
  records: Records,
  own: readonly OwnResult[],
  peer: readonly PeerMatch[],
): Comparison {
  const seen = new Map<string, Seen>();
  const { groups } = records;
  for (const { packages, distribution, findings, suppressed } of own) {
    for (const found of packages) {
      seen.set(canonicalPurl(found.purl), {
        package: found,
        distribution,
        findings: new Map(),
        suppressions: new Map(),
        matches: new Map(),
      });
    }
    const of = (found: Package) => seen.get(canonicalPurl(found.purl));
    for (const finding of findings) {
      const keys = new Set(finding.ids.map((id) => groups.keyOf(id)));
      for (const key of keys) add(of(finding.package)?.findings ?? new Map(), key, finding);
    }
    for (const { suppression, ids, package: found } of suppressed) {
      for (const id of ids) of(found)?.suppressions.set(groups.keyOf(id), suppression);
    }
  }
  for (const match of peer) {
    const one = seen.get(canonicalPurl(match.purl));
    if (one === undefined) throw new Error(`Nobody asked about ${match.purl}.`);
    add(one.matches, groups.keyOf(match.id), match);
  }
  return differencesIn(records, [...seen.values()]);
}

function differencesIn(records: Records, seen: readonly Seen[]): Comparison {
  const differences: Difference[] = [];
  let pairs = 0;
  let both = 0;
  for (const { package: found, distribution, findings, suppressions, matches } of seen) {
    const reported = new Set(
      [...findings.values()].flat().flatMap(({ ids, aliases, related }) => [
        ...ids,
        ...aliases,
        ...related,
      ]),
    );
    const peerIds = new Set([...matches.values()].flat().map(({ id }) => id));
    for (const key of new Set([...findings.keys(), ...matches.keys()])) {
      pairs += 1;
      const [ours, theirs] = [findings.get(key) ?? [], matches.get(key) ?? []];
      if (ours.length > 0 && theirs.length > 0) {
        both += 1;
        continue;
      }
      const { groups } = records;
      differences.push({
        purl: found.purl,
        package: found,
        distribution,
        side: ours.length > 0 ? 'own' : 'peer',
        names: groups.membersOf(key),
        findings: ours,
        suppression: suppressions.get(key),
        matches: theirs,
        statements: statementsOn(records, [found], distribution)
          .filter(({ head }) => groups.keyOf(head.id) === key),
        reported,
        peerIds,
      });
    }
  }
  return { pairs, both, differences };
}
