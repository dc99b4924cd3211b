/**
 * What is found in one package, named: one finding for each group of names that go together.
 *
 * @module
 */
import { type AliasGroups, aliasGroups, namesOf } from '../groups.ts';
import { findingOf } from './findings.ts';
import { scoped, subscribed } from './scopes.ts';
import type { Subject } from './subjects.ts';
import { decide } from './suppressions.ts';
import type { Finding, RecordHead, Suppression } from './types.ts';
import type { Verdict } from './verdicts.ts';

/** What records say of a package, and of all that are the same. */
export interface Judged {
  readonly subject: Subject;
  readonly verdicts: readonly Verdict[];
  /** Whether any record finds something. */
  readonly isFound: boolean;
}

/** A finding with the reason in the records themselves why it does not count. */
export interface Found {
  readonly finding: Finding;
  readonly suppression: Suppression | undefined;
}

/** The names of what is found in one package, and further records by the groups of their names. */
interface Named {
  readonly groups: AliasGroups;
  readonly recordsOf: (id: string) => readonly RecordHead[];
}

/**
 * Names the vulnerabilities of each package by its own records and those that have a name in common
 * with them: what else is installed with it changes nothing.
 */
export class Naming {
  readonly #byName: ReadonlyMap<string, readonly RecordHead[]>;

  constructor(records: readonly RecordHead[]) {
    this.#byName = byNames(records.filter(({ withdrawn }) => withdrawn === undefined), namesOf);
  }

  of({ verdicts }: Judged): Named {
    const own = new Set(verdicts.map(({ head }) => head));
    const names = new Set([...own].flatMap(namesOf));
    const further = new Set([...names].flatMap((name) => this.#byName.get(name) ?? []));
    const groups = aliasGroups(own.union(further));
    const byGroup = Map.groupBy(further, ({ id }) => groups.keyOf(id));
    return { groups, recordsOf: (id) => byGroup.get(groups.keyOf(id)) ?? [] };
  }
}

/** One finding for each group of names, by its id. */
export function foundIn(
  { subject, verdicts: all }: Judged,
  { groups, recordsOf }: Named,
  preferCve: boolean,
): readonly Found[] {
  const { verdicts, notices } = scoped(subject, all);
  const affected = verdicts.filter(({ says }) => says === 'affected');
  // A record of several CVEs is in the group of one of them, and speaks for all.
  const others = byNames(verdicts.filter(({ says }) => says !== 'affected'), namesOfVerdict);
  const noticed = byNames(notices, ({ related }) => related);
  const found: Found[] = [];
  for (const [key, ofGroup] of Map.groupBy(affected, ({ head }) => groups.keyOf(head.id))) {
    const names = groups.membersOf(key);
    const speaking = namedBy(names, others);
    const { verdicts: reachable, notes } = subscribed(subject, [...ofGroup, ...speaking]);
    const decision = decide(subject, reachable);
    if (decision.verdicts.length === 0) continue;
    const finding = findingOf({
      subject,
      verdicts: decision.verdicts,
      decisive: decision.decisive,
      names,
      notices: namedBy(names, noticed),
      others: othersOf(recordsOf(key), decision.verdicts),
      notes,
    }, preferCve);
    found.push({ finding, suppression: decision.suppression });
  }
  return found.sort((a, b) => a.finding.id < b.finding.id ? -1 : 1);
}

function namesOfVerdict({ head }: Verdict): readonly string[] {
  return namesOf(head);
}

/** Things by their names, of which each may have several. */
export function byNames<T>(things: readonly T[], namesIn: (thing: T) => readonly string[]) {
  const found = new Map<string, T[]>();
  for (const thing of things) {
    for (const name of namesIn(thing)) {
      const same = found.get(name);
      if (same === undefined) found.set(name, [thing]);
      else same.push(thing);
    }
  }
  return found;
}

/** Those with any of the names, each once. */
function namedBy<T>(names: readonly string[], things: ReadonlyMap<string, readonly T[]>): T[] {
  return things.size === 0 ? [] : [...new Set(names.flatMap((name) => things.get(name) ?? []))];
}

/** Records that are not already among the verdicts, each id of a feed once. */
function othersOf(records: readonly RecordHead[], verdicts: readonly Verdict[]): RecordHead[] {
  if (records.length === 0) return [];
  const seen = new Set(verdicts.map(({ head: { id, feed } }) => `${id}\n${feed}`));
  const sorted = records.map((head) => ({ head, key: `${head.id}\n${head.feed}` }))
    .sort((a, b) => compareTexts(a.key, b.key) || compareTexts(textOf(a.head), textOf(b.head)));
  return sorted.flatMap(({ head, key }) => {
    if (seen.has(key)) return [];
    seen.add(key);
    return [head];
  });
}

/** Tells records of one id apart, of which a feed may have one for each package. */
function textOf({ modified, published, title, severity, urls }: RecordHead): string {
  return [modified ?? '', published ?? '', title ?? '', severity ?? '', ...urls].join('\n');
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
