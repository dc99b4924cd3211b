/**
 * Which vulnerabilities the packages of an image have, by what feeds say of them. Pure: the same
 * statements in any order give the same findings.
 *
 * @module
 */
import type { Package } from '../../jobs/contract/index.ts';
import { type Coverage, coverageOf } from './distributions.ts';
import { type AliasGroups, aliasGroups } from './groups.ts';
import { Assessments } from './matching/assessments.ts';
import { Products } from './matching/conditions.ts';
import { findingOf } from './matching/findings.ts';
import { speaksOf } from './matching/heads.ts';
import { kernelPartOf } from './matching/kernel.ts';
import { Ownership } from './matching/ownership.ts';
import { scoped, subscribed } from './matching/scopes.ts';
import { statementsByName } from './matching/statements.ts';
import { type Subject, subjectOf } from './matching/subjects.ts';
import { decide } from './matching/suppressions.ts';
import type {
  Finding,
  MatchInput,
  MatchResult,
  RecordHead,
  SuppressedFinding,
  Suppression,
} from './matching/types.ts';
import { Judge, type Verdict } from './matching/verdicts.ts';

/** What records say of a package, and of all that are the same. */
interface Judged {
  readonly subject: Subject;
  readonly verdicts: readonly Verdict[];
}

/** A finding with the reason in the records themselves why it does not count. */
interface Found {
  readonly finding: Finding;
  readonly suppression: Suppression | undefined;
}

/** Matches an image's packages with what feeds say of them. */
export function match(input: MatchInput): MatchResult {
  const { packages, distribution, options = {} } = input;
  const coverage = coverageOf(distribution);
  const judged = judge(input, coverage);
  const naming = namingOf([...new Set(judged.values())], input.records ?? []);
  const ownership = new Ownership(input, coverage, {
    packagesOf: installedByName(packages, coverage),
    verdictsOn: (owner) => judged.get(owner)?.verdicts ?? [],
  });
  const assessments = new Assessments(input.assessments ?? [], input.image ?? [], packages);
  const known = new Map<Judged, readonly Found[]>();
  const findings: Finding[] = [];
  const suppressed: SuppressedFinding[] = [];
  for (const found of packages) {
    const own = judged.get(found);
    if (own === undefined || !isFound(own)) continue;
    const all = known.get(own) ?? foundIn(own, naming, options.preferCve ?? false);
    known.set(own, all);
    for (const { finding: ofSame, suppression: byRecords } of all) {
      const finding = ofSame.package === found ? ofSame : { ...ofSame, package: found };
      const suppression = kernelSuppression(found, options.kernel ?? false) ?? byRecords ??
        ownership.suppressionOf(found, new Set([finding.id, ...finding.aliases])) ??
        assessed(finding, assessments);
      if (suppression === undefined) findings.push(finding);
      else suppressed.push({ ...finding, suppression });
    }
  }
  return { findings, suppressed };
}

/** Judges each package once, however often it is installed. */
function judge(input: MatchInput, coverage: Coverage | undefined): ReadonlyMap<Package, Judged> {
  const { packages, distribution, statements, cpes = [], channels } = input;
  const statementsOf = statementsByName(statements);
  const judge = new Judge({ products: new Products(cpes, distribution), channels });
  const bySame = new Map<string, Judged>();
  const judged = new Map<Package, Judged>();
  for (const found of packages) {
    const { purl, name, version, source, architecture } = found;
    const key = [purl, name, version, source?.name, source?.version, architecture].join('\n');
    let one = bySame.get(key);
    if (one === undefined) {
      const subject = subjectOf(found, coverage);
      one = { subject, verdicts: judge.verdictsOn(subject, statementsOf) };
      bySame.set(key, one);
    }
    judged.set(found, one);
  }
  return judged;
}

function isFound({ verdicts }: Judged): boolean {
  return verdicts.some(({ says }) => says === 'affected');
}

/** The names of all that was found, and further records by the groups of their names. */
interface Naming {
  readonly groups: AliasGroups;
  readonly recordsOf: (id: string) => readonly RecordHead[];
}

function namingOf(judged: readonly Judged[], records: readonly RecordHead[]): Naming {
  const living = records.filter(({ withdrawn }) => withdrawn === undefined);
  const heads = judged.filter(isFound).flatMap(({ verdicts }) => verdicts.map(({ head }) => head));
  const groups = aliasGroups(new Set([...heads, ...living]));
  const byGroup = Map.groupBy(living, ({ id }) => groups.keyOf(id));
  return { groups, recordsOf: (id) => byGroup.get(groups.keyOf(id)) ?? [] };
}

/** One finding for each group of names, by its id. */
function foundIn(
  { subject, verdicts: all }: Judged,
  { groups, recordsOf }: Naming,
  preferCve: boolean,
): readonly Found[] {
  const { verdicts, notices } = scoped(subject, all);
  const found: Found[] = [];
  for (const [key, ofGroup] of Map.groupBy(verdicts, ({ head }) => groups.keyOf(head.id))) {
    const { verdicts: reachable, notes } = subscribed(subject, ofGroup);
    const decision = decide(subject, reachable);
    if (decision.verdicts.length === 0) continue;
    const names = groups.membersOf(key);
    const ofNames = new Set(names);
    const finding = findingOf({
      subject,
      verdicts: decision.verdicts,
      decisive: decision.decisive,
      names,
      notices: notices.filter((head) => speaksOf(head, ofNames)),
      others: othersOf(recordsOf(key), decision.verdicts),
      notes,
    }, preferCve);
    found.push({ finding, suppression: decision.suppression });
  }
  return found.sort((a, b) => a.finding.id < b.finding.id ? -1 : 1);
}

/** Records that are not already among the verdicts, in an order of their own. */
function othersOf(records: readonly RecordHead[], verdicts: readonly Verdict[]): RecordHead[] {
  const key = ({ feed, id }: RecordHead) => `${id} ${feed}`;
  const known = new Set(verdicts.map(({ head }) => key(head)));
  const others = new Map(
    records.map((head) => [key(head), head] as const).filter(([text]) => !known.has(text)),
  );
  return [...others].sort(([a], [b]) => a < b ? -1 : 1).map(([, head]) => head);
}

/** The packages of the distribution's kind by their names. */
function installedByName(
  packages: readonly Package[],
  coverage: Coverage | undefined,
): (name: string) => readonly Package[] {
  const installed = packages.filter(({ type }) => type === coverage?.type);
  const byName = Map.groupBy(installed, ({ name }) => name);
  return (name) => byName.get(name) ?? [];
}

function kernelSuppression(found: Package, isWanted: boolean): Suppression | undefined {
  const part = kernelPartOf(found);
  if (part === undefined || (part === 'kernel' && isWanted)) return undefined;
  const text = part === 'headers'
    ? 'headers hold no kernel'
    : 'a container runs on the kernel of its host';
  return { reason: 'kernel', text };
}

function assessed(finding: Finding, assessments: Assessments): Suppression | undefined {
  const found = assessments.against(finding);
  if (found === undefined) return undefined;
  const { author, document, justification, statement, status, time } = found;
  const word = status === 'fixed' ? 'fixed' : 'not affected';
  return {
    reason: 'assessment',
    text: `${word} by ${author}${justification === undefined ? '' : `: ${justification}`}`,
    assessment: { author, document, justification, statement, status, time },
  };
}
