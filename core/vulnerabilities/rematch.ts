/**
 * Matches subjects: those of a new image at once, and those that a change of the feeds has touched in
 * batches, each of them once for all images that have it.
 *
 * @module
 */
import type { Package } from '../../jobs/contract/index.ts';
import type { Queryable, Sql, Transaction } from '../database/connection.ts';
import { matchPackages } from './ask.ts';
import { coverageOf } from './distributions.ts';
import { type Finding, type LookupKey, lookupKeys, type Suppression } from './index.ts';
import {
  feedEpoch,
  keepMatches,
  readSubjects,
  staleSubjectsOf,
  type StoredSubject,
  type SubjectFinding,
  type SubjectMatch,
} from './store/subjects.ts';

/** Subjects that are matched together: whoever else works in this process waits so long. */
export const SUBJECTS_AT_ONCE = 25;
const SUBJECTS_OF_AN_IMAGE = 250;
/** Feeds change a few times an hour: who meets a change begins again. */
const MOST_ATTEMPTS = 20;

/** What is found in subjects of one context. */
async function matchContext(
  sql: Transaction,
  subjects: readonly StoredSubject[],
): Promise<SubjectMatch[]> {
  const [first] = subjects;
  const distribution = first?.distribution ?? null;
  const owners = new Map(subjects.map((subject) => [subject.package, subject.owners]));
  const { findings, suppressed } = await matchPackages(sql, {
    packages: subjects.flatMap((subject) => [subject.package, ...subject.owners]),
    distribution,
    owners: (found) => owners.get(found) ?? [],
    assessed: false,
  });
  const found = new Map<Package, SubjectFinding[]>();
  const put = (
    { package: own, ...finding }: Finding,
    suppression: Suppression | undefined,
  ) => {
    const all = found.get(own) ?? [];
    all.push({ finding, suppression });
    found.set(own, all);
  };
  for (const finding of findings) put(finding, undefined);
  for (const { suppression, ...finding } of suppressed) put(finding, suppression);
  return subjects.map((subject) => ({
    subject: subject.id,
    keys: keysOf(subject),
    findings: found.get(subject.package) ?? [],
  }));
}

/** What has to change for a subject to be matched again: what is said of it, or of its owners. */
function keysOf({ package: own, owners, distribution }: StoredSubject): readonly LookupKey[] {
  const keys = lookupKeys([own, ...owners], distribution);
  if (own.owner === undefined) return keys;
  const scopes = coverageOf(distribution)?.scopes ?? [];
  return [...keys, ...scopes.map(({ namespace }) => ({ namespace, package: '' }))];
}

/**
 * Matches subjects with what feeds say at one moment; the number of those in which something else is
 * found than before.
 */
export async function matchSubjects(sql: Sql, ids: readonly number[]): Promise<number> {
  for (let attempt = 1;; attempt += 1) {
    const { epoch, matches } = await sql.begin('isolation level repeatable read', async (tx) => {
      const read = await feedEpoch(tx);
      const subjects = await readSubjects(tx, ids);
      const all: SubjectMatch[] = [];
      const byContext = Map.groupBy(subjects, ({ context }) => context);
      for (const same of byContext.values()) all.push(...await matchContext(tx, same));
      return { epoch: read, matches: all };
    });
    const changed = await keepMatches(sql, epoch, matches);
    if (changed !== undefined) return changed.length;
    if (attempt === MOST_ATTEMPTS) throw new Error('the feeds change faster than packages match');
  }
}

/** For a statement: whether nothing is left to be sorted or matched of the analysis `a`. */
export function isMatched(sql: Queryable) {
  return sql`not (
    exists (select from unsorted_packages u where u.digest = a.digest)
    or exists (
      select from image_sets i
      join package_set_members m on m.set = i.set
      join subjects s on s.id = m.subject and s.stale
      where i.image = a.number))`;
}

/** Matches what is still to be matched of an image's packages: nothing is said of it before that. */
export async function matchImage(sql: Sql, digest: string): Promise<void> {
  const ids = await staleSubjectsOf(sql, digest);
  for (let at = 0; at < ids.length; at += SUBJECTS_OF_AN_IMAGE) {
    await matchSubjects(sql, ids.slice(at, at + SUBJECTS_OF_AN_IMAGE));
  }
}
