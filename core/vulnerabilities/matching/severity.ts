/**
 * How bad a vulnerability is, by whom one believes first: for packages of a distribution its vendor,
 * then the databases of ecosystems, then the National Vulnerability Database; for all others without
 * the vendor.
 *
 * @module
 */
import type { Score, Severity } from '../advisory.ts';
import { cvssOf, type CvssVersion, severityOfBase } from '../cvss.ts';
import type { Subject } from './subjects.ts';
import type { RecordHead } from './types.ts';
import type { Verdict } from './verdicts.ts';

/** What one record says, and how far one believes it: the lowest rank first. */
interface Opinion {
  readonly rank: number;
  readonly severity: Severity;
  readonly source: string;
}

export interface Rating {
  readonly severity: Severity;
  readonly source: string | undefined;
}

const VENDOR = 0;
const ECOSYSTEM = 1;
const PRIMARY = 2;
const SECONDARY = 3;

/** Ids of databases that look after an ecosystem, and of those that gather for all of them. */
const ECOSYSTEMS = /^(?:DRUPAL|EEF|GHSA|GO|HSEC|MAL|OSEC|OSV|PYSEC|RSEC|RUSTSEC)-/;

/** The newest first. Those that share a type have the same words for their scores. */
const VERSIONS: readonly (readonly [type: Score['type'], version: CvssVersion])[] = [
  ['CVSS_V4', '4.0'],
  ['CVSS_V3', '3.1'],
  ['CVSS_V2', '2.0'],
];

/**
 * The severity of a vulnerability in a package.
 *
 * @param verdicts those that find it, the most telling first
 * @param others records of the same vulnerability that are about no package here
 */
export function ratingOf(
  subject: Subject,
  verdicts: readonly Verdict[],
  others: readonly RecordHead[],
): Rating {
  const malicious = verdicts.find(({ head }) => head.malicious === true);
  if (malicious !== undefined) return { severity: 'critical', source: malicious.head.feed };
  const opinions = [
    ...verdicts.flatMap((verdict) => opinionOf(verdict, subject) ?? []),
    ...others.flatMap((head) => opinionOfHead(head) ?? []),
  ];
  const [best] = opinions.sort((a, b) => a.rank - b.rank);
  return { severity: best?.severity ?? 'unknown', source: best?.source };
}

/** All scores, each once. */
export function scoresOf(
  verdicts: readonly Verdict[],
  others: readonly RecordHead[],
): readonly Score[] {
  const all = [
    ...verdicts.flatMap(({ head, hits }) => [
      ...hits.flatMap(({ statement }) => statement.scores ?? []),
      ...head.scores,
    ]),
    ...others.flatMap(({ scores }) => scores),
  ];
  if (all.length === 0) return all;
  const seen = new Map(
    all.toReversed().map((score) => [`${score.source ?? ''} ${score.vector}`, score]),
  );
  return [...seen.values()].reverse();
}

/** What a statement says of itself stands before what its record says, a word before a vector. */
function opinionOf({ head, hits }: Verdict, { kind }: Subject): Opinion | undefined {
  const rank = headRank(head);
  const believed = kind === 'system' ? VENDOR : rank ?? ECOSYSTEM;
  const word = hits.find(({ statement }) => isTold(statement.severity))?.statement.severity ??
    (isTold(head.severity) ? head.severity : undefined);
  const scores = hits.flatMap(({ statement }) => statement.scores ?? []);
  const severity = word ?? severityOfScores(scores) ?? severityOfScores(head.scores);
  return severity === undefined ? undefined : { rank: believed, severity, source: head.feed };
}

function opinionOfHead(head: RecordHead): Opinion | undefined {
  const rank = headRank(head);
  if (rank === undefined) return undefined;
  const severity = isTold(head.severity) ? head.severity : severityOfScores(head.scores);
  return severity === undefined ? undefined : { rank, severity, source: head.feed };
}

/** Undefined for the records of a distribution: they rate their own packages alone. */
function headRank({ id, scores }: RecordHead): number | undefined {
  if (scores.some(({ primary }) => primary === true)) return PRIMARY;
  if (scores.some(({ primary }) => primary === false)) return SECONDARY;
  return ECOSYSTEMS.test(id) ? ECOSYSTEM : undefined;
}

function isTold(severity: Severity | undefined): severity is Severity {
  return severity !== undefined && severity !== 'unknown';
}

/** By the first that has a base score, told or of its vector: primary ones before the others. */
function severityOfScores(scores: readonly Score[]): Severity | undefined {
  const primary = scores.filter((score) => score.primary === true);
  return severityOfAlike(primary) ??
    (primary.length === scores.length ? undefined : severityOfAlike(scores));
}

/** Newer versions before older ones. */
function severityOfAlike(scores: readonly Score[]): Severity | undefined {
  for (const [type, version] of VERSIONS) {
    for (const score of scores) {
      if (score.type !== type) continue;
      const base = score.base ?? cvssOf(score.vector)?.base;
      if (base !== undefined) return severityOfBase(version, base);
    }
  }
  return undefined;
}
