/**
 * Clusters that ask: what is known of their nodes, and how far their pods are followed.
 *
 * @module
 */
import type { Queryable } from '../database/connection.ts';

/** A cluster as the door sees it. */
export interface ClusterState {
  /** Platforms of its nodes, `linux/amd64`; empty where nobody follows them. */
  readonly platforms: readonly string[];
  /** Hosts ready for analyses; null where nobody counts them. */
  readonly hosts: number | null;
}

/** What is known of a cluster's nodes. */
export async function clusterState(sql: Queryable, cluster: string): Promise<ClusterState> {
  const [row] = await sql<ClusterState[]>`
    select platforms, hosts from clusters where name = ${cluster}`;
  return row ?? { platforms: [], hosts: null };
}

/** Platforms of all nodes of all clusters. */
export async function allPlatforms(sql: Queryable): Promise<string[]> {
  const rows = await sql<{ platform: string }[]>`
    select distinct unnest(platforms) as platform from clusters order by 1`;
  return rows.map(({ platform }) => platform);
}

/** Notes what the watch on nodes has seen, if it differs; doors are told. */
export async function noteNodes(
  sql: Queryable,
  cluster: string,
  nodes: { readonly platforms: readonly string[]; readonly hosts: number },
): Promise<void> {
  const rows = await sql`
    insert into clusters (name, platforms, hosts)
    values (${cluster}, ${[...nodes.platforms]}::text[], ${nodes.hosts})
    on conflict (name) do update set platforms = excluded.platforms, hosts = excluded.hosts
      where (clusters.platforms, clusters.hosts) is distinct from
        (excluded.platforms, excluded.hosts)
    returning name`;
  if (rows.length > 0) await sql`select pg_notify('door', ${`cluster:${cluster}`})`;
}

/** Notes that the watch on pods works. */
export async function noteWatched(sql: Queryable, cluster: string): Promise<void> {
  await sql`
    insert into clusters (name, watched_at) values (${cluster}, now())
    on conflict (name) do update set watched_at = excluded.watched_at`;
}

/** Whether the sets that ran before the first start were taken in. */
export async function hasBaseline(sql: Queryable, cluster: string): Promise<boolean> {
  const [row] = await sql<{ done: boolean }[]>`
    select baseline_at is not null as done from clusters where name = ${cluster}`;
  return row?.done ?? false;
}

/** Notes that they were. */
export async function noteBaseline(sql: Queryable, cluster: string): Promise<void> {
  await sql`
    insert into clusters (name, baseline_at) values (${cluster}, now())
    on conflict (name) do update set baseline_at = coalesce(clusters.baseline_at, now())`;
}
