/**
 * Sets of images that were admitted in a namespace: they stay admitted there while pods with them
 * live, because a review does not tell an update of such a pod from a new one, and a pod whose
 * updates are refused cannot even be deleted.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Queryable } from '../database/connection.ts';

/** Digests that may stand behind a reference: of the image and of the index it came from. */
export type DigestsByReference = Readonly<Record<string, readonly string[]>>;

export interface ImageSet {
  readonly cluster: string;
  readonly namespace: string;
  readonly digests: DigestsByReference;
}

/**
 * `admitted` by a decision; `baseline`: it ran before the first start; `unidentified`: admitted to
 * somebody who has not shown who it is; `unreviewed`: it runs and nobody ever asked.
 */
export type SetSource = 'admitted' | 'baseline' | 'unidentified' | 'unreviewed';

/** What tells sets of a namespace apart: their references, in whatever order. */
export function setKey(references: Iterable<string>): string {
  const sorted = [...new Set(references)].sort();
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 32);
}

/** Remembers that a set was admitted. */
export async function keepSet(
  sql: Queryable,
  { cluster, namespace, digests }: ImageSet,
  source: SetSource,
): Promise<void> {
  await sql`
    insert into admitted_sets (cluster, namespace, key, source, digests)
    values (${cluster}, ${namespace}, ${setKey(Object.keys(digests))}, ${source},
      ${sql.json(digests)})
    on conflict (cluster, namespace, key) do update set digests = excluded.digests,
      admitted_at = excluded.admitted_at,
      -- Who has shown who it is counts for more than who has not.
      source = case when excluded.source = 'unidentified' and admitted_sets.source <> 'unreviewed'
        then admitted_sets.source else excluded.source end`;
}

/** A pod that was just admitted is not among those the watch has seen. */
const UNSEEN_SECONDS = 30;
/** A watch that has not been heard of for so long is none. */
const WATCH_SECONDS = 60;

/**
 * Whether a set that would be refused now is still admitted. `digests` are those its references
 * name now, as far as they are known: a tag that has moved ends it.
 */
export async function isStillAdmitted(
  sql: Queryable,
  { cluster, namespace, digests }: ImageSet,
  graceSeconds: number,
): Promise<boolean> {
  const [row] = await sql<{ digests: DigestsByReference }[]>`
    select s.digests
    from admitted_sets s left join clusters c on c.name = s.cluster
    where s.cluster = ${cluster} and s.namespace = ${namespace}
      and s.key = ${setKey(Object.keys(digests))}
      and case
        -- Nobody admitted it: only what is ending may end.
        when s.source = 'unreviewed' then s.ending > 0
        when s.source = 'unidentified' then false
        when c.watched_at > now() - ${WATCH_SECONDS} * interval '1 second'
          then s.pods > 0 or s.admitted_at > now() - ${UNSEEN_SECONDS} * interval '1 second'
        else greatest(s.admitted_at, s.gone_at, case when s.pods > 0 then c.watched_at end)
          > now() - ${graceSeconds} * interval '1 second'
      end`;
  if (row === undefined) return false;
  return Object.entries(digests).every(([reference, now]) => {
    const then = row.digests[reference] ?? [];
    return now.length === 0 || then.length === 0 || now.some((digest) => then.includes(digest));
  });
}

/** Living pods of a set as the watch sees them. */
export interface LivingSet extends ImageSet {
  readonly key: string;
  readonly pods: number;
  readonly ending: number;
}

/** A set as it was stored before. */
export interface KnownSet {
  readonly namespace: string;
  readonly key: string;
  readonly source: SetSource;
  readonly digests: DigestsByReference;
  readonly pods: number | null;
  readonly ending: number;
  readonly differing: readonly string[];
}

/** All sets of a cluster. */
export async function listSets(sql: Queryable, cluster: string): Promise<KnownSet[]> {
  return await sql<KnownSet[]>`
    select namespace, key, source, digests, pods, ending, differing
    from admitted_sets where cluster = ${cluster}`;
}

/** Adds sets that run already; those that are known stay as they are. */
export async function addRunning(
  sql: Queryable,
  sets: readonly LivingSet[],
  source: 'baseline' | 'unreviewed',
): Promise<void> {
  for (const { cluster, namespace, key, digests, pods, ending } of sets) {
    await sql`
      insert into admitted_sets (cluster, namespace, key, source, digests, pods, ending)
      values (${cluster}, ${namespace}, ${key}, ${source}, ${sql.json(digests)}, ${pods}, ${ending})
      on conflict do nothing`;
  }
}

/** Notes how many pods of a set live. */
export async function countPods(
  sql: Queryable,
  set: Pick<LivingSet, 'cluster' | 'namespace' | 'key' | 'pods' | 'ending'>,
): Promise<void> {
  const { cluster, namespace, key, pods, ending } = set;
  await sql`
    update admitted_sets set pods = ${pods}, ending = ${ending},
      gone_at = case when ${pods} = 0 then now() else gone_at end
    where cluster = ${cluster} and namespace = ${namespace} and key = ${key}`;
  // Doors remember what they have written down: it is to be admitted anew.
  if (pods === 0) await sql`select pg_notify('door', ${`set:${cluster}/${namespace}/${key}`})`;
}

/** Notes digests that run under a set's references and were not judged. */
export async function noteDiffering(
  sql: Queryable,
  set: Pick<LivingSet, 'cluster' | 'namespace' | 'key'>,
  differing: readonly string[],
): Promise<void> {
  await sql`
    update admitted_sets set differing = ${sql.json([...differing])}
    where cluster = ${set.cluster} and namespace = ${set.namespace} and key = ${set.key}`;
}

/** Forgets sets without pods that no grace covers any more. */
export async function forgetSets(sql: Queryable, days: number): Promise<number> {
  const rows = await sql`
    delete from admitted_sets
    where coalesce(pods, 0) = 0
      and greatest(admitted_at, gone_at) < now() - ${days} * interval '1 day'
    returning key`;
  return rows.length;
}
