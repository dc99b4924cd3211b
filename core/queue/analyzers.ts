/**
 * Which images are to be analysed again: those that an older version of an analyzer has looked at
 * than Jobs have now, where that analyzer had something to read.
 *
 * @module
 */
import type { Queryable, Sql, Transaction } from '../database/connection.ts';
import { enqueue, type NewAnalysis } from './analyses.ts';
import { LANE } from './lanes.ts';

type Versions = Readonly<Record<string, number>>;

/**
 * Notes what the analyzers are whose report was just stored. After a step back to an older program
 * those are the current ones, and what newer ones have found stays.
 *
 * @param widened of some analyzers, the last version that wants other files than the one before
 */
export async function noteAnalyzers(
  tx: Transaction,
  digest: string,
  widened: Versions,
): Promise<void> {
  const told = JSON.stringify(widened);
  const [known] = await tx`
    select from current_analyzers c join analyses a using (analyzers)
    where a.digest = ${digest} and c.widened = ${told}::text::jsonb`;
  if (known !== undefined) return;
  await tx`
    insert into current_analyzers (analyzers, widened)
    select analyzers, ${told}::text::jsonb from analyses where digest = ${digest}
    on conflict ((true)) do update
    set analyzers = excluded.analyzers, widened = excluded.widened`;
}

/** Analyzers of which an image may have had older versions. */
interface Outdated {
  /** Their set. */
  readonly id: number;
  /** Names of those that are newer now. */
  readonly names: readonly string[];
  /** Whether the newer ones want files that the older ones did not. */
  readonly isWidened: boolean;
}

/** An image that was analysed by older versions. */
interface Candidate extends Pick<NewAnalysis, 'digest' | 'account' | 'reference' | 'source'> {
  readonly concerned: boolean;
}

/**
 * Puts some images into the last lane that newer analyzers may find more in; how many were looked
 * at, of which there may be more. As long as `most` of them wait there, no further ones come.
 */
export async function queueOutdated(
  sql: Sql,
  most: number,
): Promise<{ readonly seen: number; readonly queued: number }> {
  const [current] = await sql<{ id: number; versions: Versions; widened: Versions }[]>`
    select s.id, s.versions, c.widened
    from current_analyzers c join analyzer_sets s on s.id = c.analyzers`;
  if (current === undefined) return { seen: 0, queued: 0 };
  const sets = await sql<{ id: number; versions: Versions }[]>`
    select s.id, s.versions from analyzer_sets s
    where s.id <> ${current.id} and exists (
      select from analyses a where a.analyzers = s.id and a.state = 'analyzed')
    order by s.id`;
  let queued = 0;
  let seen = 0;
  for (const { id, versions } of sets) {
    const outdated = compare(id, versions, current.versions, current.widened);
    if (outdated === undefined) continue;
    const room = most - await waiting(sql);
    if (room <= 0) break;
    const candidates = await candidatesOf(sql, outdated, room);
    for (const candidate of candidates) {
      if (candidate.concerned) queued += await queueAgain(sql, candidate) ? 1 : 0;
      else await passOn(sql, candidate.digest, id, current.id);
    }
    seen += candidates.length;
  }
  return { seen, queued };
}

function compare(
  id: number,
  versions: Versions,
  now: Versions,
  widened: Versions,
): Outdated | undefined {
  const names = Object.keys(now).filter((name) => (versions[name] ?? 0) < (now[name] ?? 0));
  if (names.length === 0) return undefined;
  const isWidened = names.some((name) => {
    const before = versions[name];
    return before === undefined || before < (widened[name] ?? 0);
  });
  return { id, names, isWidened };
}

/** Images that wait in the last lane, or are looked at. */
async function waiting(sql: Queryable): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from analyses
    where state in ('not_analyzed', 'analyzing') and lane = ${LANE.reanalysis}`;
  return row?.count ?? 0;
}

/** What nobody has any more, and what came from a file, is left as it is. */
async function candidatesOf(
  sql: Queryable,
  { id, names, isWidened }: Outdated,
  limit: number,
): Promise<Candidate[]> {
  return await sql<Candidate[]>`
    select a.digest, a.account, a.reference, a.source,
      a.source->>'kind' = 'registry' and exists (select from images i where i.digest = a.digest
          and (i.cancelled_at is null or i.cancelled_at < a.queued_at))
        and (${isWidened} or a.head->'readBy' is null
          or a.head->'readBy' ?| ${[...names]}::text[]) as concerned
    from analyses a
    where a.state = 'analyzed' and a.analyzers = ${id}
    order by a.number limit ${limit}`;
}

async function queueAgain(sql: Queryable, candidate: Candidate): Promise<boolean> {
  const state = await enqueue(sql, { ...candidate, lane: LANE.reanalysis, force: true });
  return state === 'not_analyzed';
}

/** The newer analyzers would find the same. */
async function passOn(sql: Queryable, digest: string, from: number, to: number): Promise<void> {
  await sql`
    update analyses set analyzers = ${to}
    where digest = ${digest} and analyzers = ${from} and state = 'analyzed'`;
}
