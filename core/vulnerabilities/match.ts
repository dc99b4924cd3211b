/**
 * Which vulnerabilities the packages of an image have, by what feeds say of them. Pure: the same
 * statements in any order give the same findings.
 *
 * @module
 */
import type { Package } from '../../jobs/contract/index.ts';
import type { Assessment } from './advisory.ts';
import { type Coverage, coverageOf } from './distributions.ts';
import { namesOf } from './groups.ts';
import { Assessments } from './matching/assessments.ts';
import { Products } from './matching/conditions.ts';
import { kernelPartOf } from './matching/kernel.ts';
import { byNames, type Found, foundIn, type Judged, Naming } from './matching/naming.ts';
import { Ownership, type OwnersOf } from './matching/ownership.ts';
import { statementsByName } from './matching/statements.ts';
import { subjectOf } from './matching/subjects.ts';
import type {
  Finding,
  MatchInput,
  MatchResult,
  RecordHead,
  SuppressedFinding,
  Suppression,
} from './matching/types.ts';
import { Judge } from './matching/verdicts.ts';

/** What is known before records are looked up. */
export type MatchQuestion = Omit<MatchInput, 'records' | 'assessments'>;

/**
 * Matching in two steps: what statements say of each package, and then, of what is found, what
 * records tell of it. Most of what is said finds nothing, and its records need not be read.
 */
export class Matching {
  readonly #input: MatchQuestion;
  readonly #coverage: Coverage | undefined;
  readonly #judged: readonly Judged[];

  constructor(input: MatchQuestion) {
    this.#input = input;
    this.#coverage = coverageOf(input.distribution);
    this.#judged = judge(input, this.#coverage);
  }

  /**
   * The names that records have to be looked up by: those of what is found, and of what goes by a
   * common name with it, as far as the records that are known tell. More records may lead to more
   * names; when they do not, all are known.
   */
  namesToLookUp(records: readonly RecordHead[] = []): ReadonlySet<string> {
    const found = this.#judged.filter(({ isFound }) => isFound).flatMap(({ verdicts }) => verdicts);
    const heads = byNames([...new Set(found.map(({ head }) => head))], namesOf);
    const further = byNames(records, namesOf);
    const names = new Set<string>();
    const reached = new Set<string>();
    const waiting = found.filter(({ says }) => says === 'affected').flatMap(({ head }) => {
      for (const name of namesOf(head)) names.add(name);
      return namesOf(head);
    });
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (reached.has(name)) continue;
      reached.add(name);
      for (const head of heads.get(name) ?? []) {
        for (const own of namesOf(head)) {
          names.add(own);
          waiting.push(own);
        }
      }
      for (const record of further.get(name) ?? []) waiting.push(...namesOf(record));
    }
    return names;
  }

  /**
   * What is found. Records complete the heads of statements that have their numbers.
   *
   * @param records that have one of the names to look up
   */
  finish(
    records: readonly RecordHead[] = [],
    assessments: readonly Assessment[] = [],
  ): MatchResult {
    const input = this.#input;
    const { packages, options = {}, image = [] } = input;
    const judged = completed(this.#judged, records);
    const naming = new Naming(records);
    const coverage = this.#coverage;
    const ownership = new Ownership(input, coverage, ownersOf(input, judged, coverage));
    const known = new Map<Judged, readonly Found[]>();
    const findings: Finding[] = [];
    const suppressed: SuppressedFinding[] = [];
    for (const [at, own] of judged.entries()) {
      const found = packages[at];
      if (found === undefined || !own.isFound) continue;
      const all = known.get(own) ?? foundIn(own, naming.of(own), options.preferCve ?? false);
      known.set(own, all);
      for (const { finding: ofSame, suppression: byRecords } of all) {
        const finding = ofSame.package === found ? ofSame : { ...ofSame, package: found };
        const suppression = kernelSuppression(found, options.kernel ?? false) ?? byRecords ??
          ownership.suppressionOf(found, new Set([finding.id, ...finding.aliases]));
        if (suppression === undefined) findings.push(finding);
        else suppressed.push({ ...finding, suppression });
      }
    }
    return assess({ findings, suppressed }, new Assessments(assessments, image, packages));
  }
}

/** Matches an image's packages with what feeds say of them, where all of that is at hand. */
export function match({ records, assessments, ...question }: MatchInput): MatchResult {
  return new Matching(question).finish(records, assessments);
}

/** Puts the whole of a record in the place of what its statements had of it. */
function completed(
  all: readonly Judged[],
  records: readonly RecordHead[],
): readonly Judged[] {
  const byNumber = new Map(
    records.flatMap((head) => head.record === undefined ? [] : [[head.record, head] as const]),
  );
  if (byNumber.size === 0) return all;
  const whole = ({ record }: RecordHead) => record === undefined ? undefined : byNumber.get(record);
  // Packages that are the same are judged but once, and stay one.
  const known = new Map<Judged, Judged>();
  return all.map((judged) => {
    if (!judged.isFound) return judged;
    const made = known.get(judged) ?? {
      ...judged,
      verdicts: judged.verdicts.map((verdict) => ({
        ...verdict,
        head: whole(verdict.head) ?? verdict.head,
      })),
    };
    known.set(judged, made);
    return made;
  });
}

/** Suppresses what trusted people say is harmless. */
export function assess<F extends Finding>(
  result: {
    readonly findings: readonly F[];
    readonly suppressed: readonly (F & { readonly suppression: Suppression })[];
  },
  assessments: Assessments,
): typeof result {
  const findings: F[] = [];
  const suppressed = [...result.suppressed];
  for (const finding of result.findings) {
    const suppression = assessed(finding, assessments);
    if (suppression === undefined) findings.push(finding);
    else suppressed.push({ ...finding, suppression });
  }
  return { findings, suppressed };
}

/** Judges each package, in their order, and those that are the same but once. */
function judge(input: MatchQuestion, coverage: Coverage | undefined): readonly Judged[] {
  const { packages, distribution, statements, cpes = [], channels } = input;
  const statementsOf = statementsByName(statements);
  const judge = new Judge({ products: new Products(cpes, distribution), channels });
  const bySame = new Map<string, Judged>();
  return packages.map((found) => {
    const { purl, name, version, source = found, architecture } = found;
    const key = `${purl}\n${name}\n${version}\n${source.name}\n${source.version}\n${architecture}`;
    const known = bySame.get(key);
    if (known !== undefined) return known;
    const subject = subjectOf(found, coverage);
    const verdicts = judge.verdictsOn(subject, statementsOf);
    const isFound = verdicts.some(({ says }) => says === 'affected');
    const judged = { subject, verdicts, isFound };
    bySame.set(key, judged);
    return judged;
  });
}

/** The packages of the distribution's kind that brought one: those given, or else by their name. */
function ownersOf(
  { owners: given, packages }: MatchQuestion,
  judged: readonly Judged[],
  coverage: Coverage | undefined,
): OwnersOf {
  const owners = packages.flatMap((found, at) => {
    const { verdicts = [] } = judged[at] ?? {};
    return found.type === coverage?.type ? [{ package: found, verdicts }] : [];
  });
  if (given === undefined) {
    const byName = Map.groupBy(owners, (owner) => owner.package.name);
    return ({ owner }) => owner === undefined ? [] : byName.get(owner) ?? [];
  }
  const byPackage = new Map(owners.map((owner) => [owner.package, owner]));
  return (found) => given(found).flatMap((one) => byPackage.get(one) ?? []);
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
