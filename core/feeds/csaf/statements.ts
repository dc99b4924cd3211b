/**
 * The claims of a record, told again in as few statements as possible: what is the same in several
 * products, repositories and architectures is one statement, with the products it holds for.
 *
 * @module
 */
import { EVERY_VERSION, type Range, type Statement } from '../../vulnerabilities/advisory.ts';
import { compareRpm } from '../../vulnerabilities/versions/rpm.ts';
import type { Claims, Gathered, Naming } from './claims.ts';
import { rangeOfFixes } from './streams.ts';

/** What a statement says, without whose package and in which product. */
type Content = Pick<
  Statement,
  'names' | 'affected' | 'ranges' | 'versions' | 'state' | 'architectures'
>;

interface Told {
  readonly content: Content;
  readonly notes: Iterable<string>;
}

const LONGEST_NOTE = 200;
const INVESTIGATED = 'under investigation';

/** The statements of all claims. */
export function statementsOf(claims: Claims): readonly Statement[] {
  const found = new Map<
    string,
    { readonly statement: Statement; readonly cpes: Set<string>; readonly notes: Set<string> }
  >();
  for (const gathered of claims.all()) {
    const { subject: { cpe, ...whose }, rating } = gathered;
    for (const { content, notes } of told(gathered)) {
      const statement = { ...whose, ...content, ...rating };
      const key = JSON.stringify(statement);
      const same = found.get(key) ?? { statement, cpes: new Set(), notes: new Set() };
      found.set(key, same);
      if (cpe !== undefined) same.cpes.add(cpe);
      for (const note of notes) same.notes.add(note);
    }
  }
  return Array.from(found.values(), ({ statement, cpes, notes }) => ({
    ...statement,
    ...(cpes.size === 0 ? {} : { cpes: [...cpes].sort() }),
    ...(notes.size === 0 ? {} : { note: joined(notes) }),
  }));
}

/** As many notes as have room, each whole. */
function joined(notes: Iterable<string>): string {
  let text = '';
  for (const note of notes) {
    const longer = text === '' ? note : `${text}, ${note}`;
    if (longer.length > LONGEST_NOTE) break;
    text = longer;
  }
  return text;
}

/**
 * What is said of one package in one product. Where products fall together a document may contradict
 * itself: a fix tells more than that all is affected, and both more than that nothing is.
 */
function* told(gathered: Gathered): Generator<Told> {
  const { fixes, advisories, affected, unaffected, investigated } = gathered;
  for (const content of fixed(fixes)) yield { content, notes: advisories };
  for (const { what: { state, upTo }, namings, notes } of affected.values()) {
    const left = withoutFixed(namings, fixes);
    if (left.size === 0) continue;
    const ranges: readonly Range[] = [
      upTo === undefined ? EVERY_VERSION : [...EVERY_VERSION, ['<=', upTo]],
    ];
    const names = namesOf(left);
    yield { content: { names, affected: true, ranges, versions: [], state }, notes };
  }
  const isAffected = fixes.size > 0 || affected.size > 0;
  yield* denied(unaffected, isAffected);
  if (!isAffected && unaffected.size === 0 && investigated.size > 0) {
    // It is said of no version: it is kept for people alone.
    const names = namesOf(investigated);
    const content: Content = { names, affected: true, ranges: [], versions: [], state: 'unknown' };
    yield { content, notes: [INVESTIGATED] };
  }
}

/**
 * Namings of an affected package of which nothing is fixed: the sources of a name may be others than
 * those that its built packages are fixed in.
 */
function withoutFixed(namings: ReadonlySet<Naming>, fixes: Gathered['fixes']): Set<Naming> {
  if (fixes.size === 0) return new Set(namings);
  const isOther = (naming: Naming) =>
    naming !== 'either' && !fixes.has(naming) && !fixes.has('either');
  return new Set([...namings].filter(isOther));
}

function* denied(unaffected: Gathered['unaffected'], isAffected: boolean): Generator<Told> {
  const common = { affected: false, state: 'unknown' } as const;
  const all = unaffected.get('');
  if (all !== undefined && !isAffected) {
    const names = namesOf(all.namings);
    yield {
      content: { ...common, names, ranges: [EVERY_VERSION], versions: [] },
      notes: all.notes,
    };
    return;
  }
  const builds = [...unaffected.values()].filter(({ what }) => what !== undefined);
  for (const [names, alike] of Map.groupBy(builds, ({ namings }) => namesOf(namings))) {
    const versions = alike.flatMap(({ what }) => what ?? []).sort(compareRpm);
    const notes = new Set(alike.flatMap((one) => [...one.notes]));
    yield { content: { ...common, names, ranges: [], versions }, notes };
  }
}

/** What is fixed, for source and built packages at once where they have the same builds. */
function* fixed(fixes: Gathered['fixes']): Generator<Content> {
  const common = { affected: true, versions: [], state: 'fixed' } as const;
  const byRange = new Map<string, { readonly range: Range; readonly namings: Set<Naming> }>();
  for (const [naming, builds] of fixes) {
    const groups = byArchitecture(builds);
    for (const [list, architectures] of groups) {
      const range = rangeOfFixes(list.split(' '));
      if (groups.size > 1) {
        const only = architectures.length === 0 ? {} : { architectures: architectures.toSorted() };
        yield { ...common, names: naming, ranges: [range], ...only };
        continue;
      }
      const key = JSON.stringify(range);
      const same = byRange.get(key) ?? { range, namings: new Set() };
      byRange.set(key, same);
      same.namings.add(naming);
    }
  }
  for (const { range, namings } of byRange.values()) {
    yield { ...common, names: namesOf(namings), ranges: [range] };
  }
}

/** Architectures by the builds that they have, these joined by a blank. */
function byArchitecture(
  builds: ReadonlyMap<string, ReadonlySet<string | undefined>>,
): Map<string, readonly string[]> {
  const versions = new Map<string | undefined, string[]>();
  for (const [version, architectures] of builds) {
    for (const architecture of architectures) {
      const list = versions.get(architecture) ?? [];
      versions.set(architecture, list);
      list.push(version);
    }
  }
  const groups = new Map<string, readonly string[]>();
  for (const [architecture, list] of versions) {
    const key = list.sort(compareRpm).join(' ');
    groups.set(key, [
      ...groups.get(key) ?? [],
      ...architecture === undefined ? [] : [architecture],
    ]);
  }
  return groups;
}

function namesOf(namings: ReadonlySet<Naming>): Naming {
  const [only] = namings;
  return namings.size === 1 && only !== undefined ? only : 'either';
}
