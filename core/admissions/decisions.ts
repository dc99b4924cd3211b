/**
 * Decisions of the door, kept so that each can be explained later.
 *
 * @module
 */
import type { Json, Queryable } from '../database/connection.ts';

/** What was known of one image when it was decided about. */
export interface DecidedImage {
  readonly image: string;
  readonly kind: string;
  /** The sentence a person saw, or the policy's action for an admitted one. */
  readonly text: string;
  /** Digests of the images that were judged, one for each platform. */
  readonly digests: readonly string[];
  /** Digest of the index they came from. */
  readonly index: string | null;
  readonly bundle: string | null;
  readonly bundleSha256: string | null;
  readonly evaluatedAt: string | null;
}

/** Who asked for what, as far as the door is told. */
export interface DecidedRequest {
  readonly operation?: string | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  readonly user?: string | undefined;
  readonly dryRun?: boolean | undefined;
  /** False where the cluster's name is not proven. */
  readonly identified: boolean;
}

export type Door = 'imagepolicy' | 'admission';

export interface DecisionRecord {
  readonly id: string;
  readonly door: Door;
  readonly cluster: string;
  readonly namespace: string;
  readonly account: string;
  readonly mode: string;
  readonly decision: string;
  readonly allowed: boolean;
  readonly reason: string;
  readonly images: readonly DecidedImage[];
  readonly request: DecidedRequest;
  /** How many questions were answered so. */
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** Adds decisions, or adds to the counts of those that are there. Returns the ids that are new. */
export async function keepDecisions(
  sql: Queryable,
  decisions: readonly DecisionRecord[],
): Promise<Set<string>> {
  const rows = decisions.map((one) => ({
    id: one.id,
    door: one.door,
    cluster: one.cluster,
    namespace: one.namespace,
    account: one.account,
    mode: one.mode,
    decision: one.decision,
    allowed: one.allowed,
    reason: one.reason,
    images: one.images,
    request: one.request,
    count: one.count,
    first_at: one.firstAt.toISOString(),
    last_at: one.lastAt.toISOString(),
  }));
  const kept = await sql<{ id: string; isNew: boolean }[]>`
    insert into admissions (id, door, cluster, namespace, account, mode, decision, allowed, reason,
      images, request, count, first_at, last_at)
    select id, door, cluster, namespace, account, mode, decision, allowed, reason, images, request,
      count, first_at, last_at
    from jsonb_to_recordset(${sql.json(rows as unknown as Json)}) as r(id text, door text,
      cluster text, namespace text, account text, mode text, decision text, allowed boolean,
      reason text, images jsonb, request jsonb, count int, first_at timestamptz,
      last_at timestamptz)
    on conflict (id) do update set count = admissions.count + excluded.count,
      reason = excluded.reason, last_at = excluded.last_at
    returning id, xmax = 0 as "isNew"`;
  return new Set(kept.filter(({ isNew }) => isNew).map(({ id }) => id));
}

/** Which decisions a list shows. */
export interface DecisionFilter {
  /** All accounts unless given. */
  readonly account?: string | undefined;
  readonly cluster?: string | undefined;
  readonly namespace?: string | undefined;
  readonly decision?: string | undefined;
  readonly allowed?: boolean | undefined;
  /** Text that stands in the reference of one of the images. */
  readonly image?: string | undefined;
  /** Only those last made before. */
  readonly before?: Date | undefined;
  readonly limit: number;
}

/** Records as they are read. */
function select(sql: Queryable) {
  return sql`
    select id, door, cluster, namespace, account, mode, decision, allowed, reason, images, request,
      count, first_at as "firstAt", last_at as "lastAt"
    from admissions`;
}

/** Decisions, those made last first. */
export async function listDecisions(
  sql: Queryable,
  filter: DecisionFilter,
): Promise<DecisionRecord[]> {
  const { account, cluster, namespace, decision, allowed, image, before, limit } = filter;
  return await sql<DecisionRecord[]>`
    ${select(sql)}
    where true
      ${account === undefined ? sql`` : sql`and account = ${account}`}
      ${cluster === undefined ? sql`` : sql`and cluster = ${cluster}`}
      ${namespace === undefined ? sql`` : sql`and namespace = ${namespace}`}
      ${decision === undefined ? sql`` : sql`and decision = ${decision}`}
      ${allowed === undefined ? sql`` : sql`and allowed = ${allowed}`}
      ${before === undefined ? sql`` : sql`and last_at < ${before}`}
      ${
    image === undefined ? sql`` : sql`and exists (
        select from jsonb_array_elements(images) as i where strpos(i->>'image', ${image}) > 0)`
  }
    order by last_at desc, id limit ${limit}`;
}

/** One decision. */
export async function findDecision(
  sql: Queryable,
  id: string,
): Promise<DecisionRecord | undefined> {
  const [row] = await sql<DecisionRecord[]>`
    ${select(sql)} where id = ${id}`;
  return row;
}

/** Forgets old decisions; how many. */
export async function forgetDecisions(sql: Queryable, days: number): Promise<number> {
  const rows = await sql`
    delete from admissions where id in (
      select id from admissions where last_at < now() - ${days} * interval '1 day' limit 10000)
    returning id`;
  return rows.length;
}
