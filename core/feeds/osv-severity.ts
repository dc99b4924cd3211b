/**
 * Severities of OSV records (OSV schema 1.7, "severity[]"): CVSS vectors and words.
 *
 * @module
 */
import type { Score, Severity } from '../vulnerabilities/advisory.ts';
import type { OsvRecord } from './osv-schema.ts';
import { severityOf } from './severities.ts';

type Severities = OsvRecord['severity'];

/** Which version of CVSS a vector is of, whatever its record says, by how it begins. */
const VECTORS: readonly (readonly [RegExp, Score['type']])[] = [
  [/^CVSS:3\.[01]\/[A-Z:/]{1,250}$/i, 'CVSS_V3'],
  [/^CVSS:4\.0\/[A-Z:/]{1,250}$/i, 'CVSS_V4'],
  [/^AV:[LAN]\/AC:[HML]\/[A-Z:/]{1,100}$/i, 'CVSS_V2'],
];

/** How errata of rebuilds of Red Hat's distribution are titled: `Important: kernel update`. */
const ERRATUM = /^(?:AL|RL|RX)[BES]A-/;
const TITLED = /^(Critical|Important|Moderate|Low):/;

/** The CVSS vectors, each once. */
export function scoresOf(severities: Severities): readonly Score[] {
  const scores = severities.flatMap(({ score }): readonly Score[] => {
    const vector = score.trim().replace(/\/$/, '');
    const type = VECTORS.find(([pattern]) => pattern.test(vector))?.[1];
    return type === undefined ? [] : [{ type, vector }];
  });
  return [...new Map(scores.map((score) => [score.vector, score])).values()];
}

/** What a distribution says in words among the severities: Ubuntu's priority. */
export function priorityOf(severities: Severities): Severity | undefined {
  const word = severities.find(({ type }) => type === 'Ubuntu')?.score;
  return word === undefined ? undefined : severityOf(word);
}

/** What a record says in words of the whole; undefined where it says none. */
export function severityOfRecord(record: OsvRecord): Severity | undefined {
  const priority = priorityOf(record.severity);
  if (priority !== undefined) return priority;
  const titled = ERRATUM.test(record.id) ? TITLED.exec(record.summary ?? '')?.[1] : undefined;
  const word = record.database_specific?.severity ?? titled;
  return word === undefined ? undefined : severityOf(word);
}
