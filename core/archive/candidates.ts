/**
 * Images of an account that rules of the archive may take, read some at a time.
 *
 * @module
 */
import type { Queryable } from '../database/connection.ts';
import { isWanted } from './in-use.ts';
import type { ArchiveRule, Candidate, CandidateTag } from './rules.ts';

/** Candidates that are read at once. */
const PAGE = 500;

interface Row {
  readonly digest: string;
  readonly parentDigest: string | null;
  readonly since: Date;
  /** The same to the microsecond. */
  readonly place: string;
  readonly isWanted: boolean;
  readonly tags: readonly CandidateTag[];
}

/** Accounts whose images rules are asked about. */
export async function ruledAccounts(sql: Queryable): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select name from accounts a
    where state <> 'deleting' and exists (
      select from archive_rules r where r.account = a.name or r.system_global)
    order by name`;
  return rows.map(({ name }) => name);
}

/** How many images an account has in its working set. */
export async function countImages(sql: Queryable, account: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from images where account = ${account}`;
  return row?.count ?? 0;
}

/** Newer images of a tag are counted as far as the rule asks; what has no tag names nothing newer. */
function tagsOf(sql: Queryable, rule: ArchiveRule) {
  const table = sql(rule.transition === 'archive' ? 'tags' : 'archived_tags');
  const most = Math.max(0, rule.newerVersions);
  return sql`
    left join lateral (
      select json_agg(json_build_object('registry', registry, 'repository', repository,
        'tag', tag, 'fulltag', fulltag, 'newer', case when tag = '' then 0 else (
          select count(*) from (
            select from ${table} n
            where n.account = t.account and n.registry = t.registry
              and n.repository = t.repository and n.tag = t.tag
              and n.detected_at > t.detected_at
            limit ${most}) as newer) end)) as list
      from ${table} t where t.account = i.account and t.digest = i.digest) t on true`;
}

/** Rows behind the last one of the page before. */
function behind(sql: Queryable, after: Row | undefined) {
  return after === undefined
    ? sql``
    : sql`and (since, digest) > (${after.place}::text::timestamptz, ${after.digest})`;
}

/** What was analysed, and is not being analysed again. */
function analysed(sql: Queryable, account: string) {
  return sql`
    select i.account, i.digest, i.parent_digest, a.analyzed_at as since
    from images i join analyses a using (digest)
    where i.account = ${account} and i.status = 'active' and a.state = 'analyzed'
      and a.head is not null and a.analyzed_at is not null`;
}

function archived(sql: Queryable, account: string) {
  return sql`
    select account, digest, parent_digest, created_at as since
    from archived_images where account = ${account}`;
}

async function readPage(
  sql: Queryable,
  account: string,
  rule: ArchiveRule,
  after: Row | undefined,
): Promise<Row[]> {
  const archives = rule.transition === 'archive';
  const days = rule.mostImages === null && rule.ageDays >= 0 ? rule.ageDays : null;
  return await sql<Row[]>`
    with i as materialized (
      select * from (${archives ? analysed(sql, account) : archived(sql, account)}) as all_of_it
      where (${days}::int is null or since < now() - make_interval(days => ${days}))
        ${behind(sql, after)}
      order by since, digest limit ${PAGE})
    select i.digest, i.parent_digest as "parentDigest", i.since, i.since::text as place,
      ${archives ? isWanted(sql) : sql`false`} as "isWanted", coalesce(t.list, '[]') as tags
    from i
    ${tagsOf(sql, rule)}
    order by i.since, i.digest`;
}

/**
 * Candidates of a rule in an account, the oldest first, some at a time: of the working set, or of the
 * archive where the rule deletes.
 *
 * @param running digests that run in some cluster
 */
export async function* candidates(
  sql: Queryable,
  account: string,
  rule: ArchiveRule,
  running: ReadonlySet<string>,
): AsyncGenerator<Candidate[]> {
  const archives = rule.transition === 'archive';
  let after: Row | undefined;
  for (;;) {
    const rows = await readPage(sql, account, rule, after);
    if (rows.length > 0) {
      yield rows.map(({ digest, parentDigest, since, isWanted: wanted, tags }) => ({
        digest,
        since,
        tags,
        isInUse: archives && (wanted || running.has(digest) ||
          (parentDigest !== null && running.has(parentDigest))),
      }));
    }
    if (rows.length < PAGE) return;
    after = rows.at(-1);
  }
}
