/**
 * Advisories of OSV records (OSV schema 1.7).
 *
 * @module
 */
import type { Advisory, Score, Statement } from '../vulnerabilities/advisory.ts';
import { instantOf } from './dates.ts';
import type { NoteUnreadable } from './format.ts';
import type { OsvAffected, OsvRecord } from './osv-schema.ts';
import { scoresOf, severityOfRecord } from './osv-severity.ts';
import { affectedOf, statementsOf } from './osv-statements.ts';
import { lineOf, NOTE_LIMIT, proseOf, urlsOf } from './text.ts';

/** Malicious packages, by the prefix of their ids. */
const MALICIOUS = /^MAL-/;
/** Ubuntu: one notice is about the fixes of many records, which themselves say what is affected. */
const NOTICE = /^(?:USN|LSN)-/;
/** A distribution's record about one vulnerability is named after it: `UBUNTU-CVE-2024-1234`. */
const NAMED_AFTER = /^[A-Z][A-Z0-9-]*-(CVE-[0-9]{4}-[0-9]{4,})$/;
const WEAKNESS = /^CWE-[0-9]{1,6}$/;
const ID = /^[\x21-\x7e]{1,200}$/;

/** The types of references in the order of their use to a reader; those of other types come between. */
const BEST_REFERENCES = ['ADVISORY', 'REPORT', 'ARTICLE'];
const LEAST_REFERENCES = ['EVIDENCE', 'DETECTION', 'INTRODUCED', 'PACKAGE'];

/** What a record says. A withdrawn one and a notice say nothing of packages. */
export function advisoryOf(record: OsvRecord, note: NoteUnreadable): Advisory {
  const { id } = record;
  const aliases = idsBut([id], [...record.aliases, vulnerabilityIn(id)]);
  const withdrawn = withdrawal(record);
  const entries = affectedOf(record, note);
  const scores = commonScores(record, entries);
  const malicious = MALICIOUS.test(id) ||
    record.database_specific?.['malicious-packages-origins'] !== undefined;
  const severity = malicious ? 'critical' : severityOfRecord(record);
  const says = withdrawn === undefined && !NOTICE.test(id);
  return {
    kind: 'advisory',
    key: id,
    id,
    aliases,
    related: relatedTo(record, aliases),
    withdrawn,
    published: instantOf(record.published),
    modified: instantOf(record.modified),
    title: lineOf(record.summary),
    description: proseOf(record.details),
    severity,
    urgency: urgencyOf(entries),
    scores,
    urls: pagesOf(record),
    cwes: weaknessesOf(record, entries),
    malicious: malicious ? true : undefined,
    informational: informationOf(entries),
    statements: says ? statementsOf(entries).map((one) => differing(one, severity, scores)) : [],
  };
}

/** Printable ids, each once, without some. */
function idsBut(without: readonly string[], ids: readonly string[]): readonly string[] {
  const found = new Set(ids.map((id) => id.trim()).filter((id) => ID.test(id)));
  for (const id of without) found.delete(id);
  return [...found];
}

/** The id that a record's id is made of; empty where it is none. */
function vulnerabilityIn(id: string): string {
  return NAMED_AFTER.exec(id)?.[1] ?? '';
}

/** A notice names the distribution's records: those tell of the vulnerabilities they are about. */
function relatedTo({ id, upstream, related }: OsvRecord, aliases: readonly string[]) {
  const named = [...upstream, ...related];
  return idsBut([id, ...aliases], [...named, ...named.map(vulnerabilityIn)]);
}

/** A time that cannot be read still says that the record does not hold any more. */
function withdrawal({ withdrawn, modified }: OsvRecord): string | undefined {
  if (!withdrawn?.trim()) return undefined;
  return instantOf(withdrawn) ?? instantOf(modified) ?? new Date(0).toISOString();
}

/** Scores that are given for each package alone belong to the record where they are all the same. */
function commonScores(record: OsvRecord, entries: readonly OsvAffected[]): readonly Score[] {
  const own = scoresOf(record.severity);
  const [first, ...others] = entries.map(({ severity }) => scoresOf(severity));
  if (own.length > 0 || first === undefined) return own;
  return others.every((scores) => areSame(scores, first)) ? first : [];
}

function areSame(a: readonly Score[], b: readonly Score[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A statement without what the record says already. */
function differing(
  statement: Statement,
  severity: Advisory['severity'],
  scores: readonly Score[],
): Statement {
  return {
    ...statement,
    severity: statement.severity === severity ? undefined : statement.severity,
    scores: statement.scores !== undefined && areSame(statement.scores, scores)
      ? undefined
      : statement.scores,
  };
}

/** Debian: how urgent the fix is, where all releases agree. */
function urgencyOf(entries: readonly OsvAffected[]): string | undefined {
  const urgencies = new Set(entries.map(({ ecosystem_specific: specific }) => specific?.urgency));
  const [urgency] = urgencies;
  return urgencies.size === 1 ? lineOf(urgency, NOTE_LIMIT) : undefined;
}

function informationOf(entries: readonly OsvAffected[]): string | undefined {
  const found = entries.find(({ database_specific: specific }) => specific?.informational);
  return lineOf(found?.database_specific?.informational, NOTE_LIMIT);
}

function weaknessesOf(record: OsvRecord, entries: readonly OsvAffected[]) {
  const own = record.database_specific;
  const ids = [
    ...own?.cwe_ids ?? [],
    ...own?.cwes ?? [],
    ...entries.flatMap(({ database_specific: specific }) => specific?.cwes ?? []),
  ].filter((id) => WEAKNESS.test(id));
  return ids.length === 0 ? undefined : [...new Set(ids)];
}

/** The database's own page, then its references. */
function pagesOf({ database_specific: own, references }: OsvRecord): readonly string[] {
  const ranked = references.map(({ type = '', url }) => ({ rank: rankOf(type), url }));
  const urls = ranked.sort((a, b) => a.rank - b.rank).map(({ url }) => url);
  return urlsOf(own?.url === undefined ? urls : [own.url, ...urls]);
}

function rankOf(type: string): number {
  const best = BEST_REFERENCES.indexOf(type);
  return best === -1 ? BEST_REFERENCES.length + 1 + LEAST_REFERENCES.indexOf(type) : best;
}
