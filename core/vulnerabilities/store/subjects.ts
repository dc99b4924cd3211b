/**
 * Subjects: packages under a distribution, whose findings are kept once for all images.
 *
 * @module
 */
import { type Distribution, Package } from '../../../jobs/contract/index.ts';
import type { Json, Queryable, Sql, Transaction } from '../../database/connection.ts';
import { SEVERITIES, type Severity } from '../advisory.ts';
import type { Finding, LookupKey, Suppression } from '../index.ts';
import { storableJson } from './text.ts';

/** A layer that no image has, and a place: what is found does not depend on them. */
export const NOWHERE = {
  layer: `sha256:${'0'.repeat(64)}`,
  location: '',
} as const;

/** A subject as it is matched. */
export interface StoredSubject {
  readonly id: number;
  readonly context: number;
  readonly distribution: Distribution | null;
  readonly package: Package;
  /** The distribution's packages that brought it. */
  readonly owners: readonly Package[];
}

/** A finding in a subject as it is kept. */
export interface SubjectFinding {
  readonly finding: Omit<Finding, 'package'>;
  readonly suppression: Suppression | undefined;
}

/** What was found in a subject, and by which names it was looked for. */
export interface SubjectMatch {
  readonly subject: number;
  readonly keys: readonly LookupKey[];
  readonly findings: readonly SubjectFinding[];
}

/** The current state of the feeds: grows with each change of what they say. */
export async function feedEpoch(sql: Queryable): Promise<number> {
  const [row] = await sql<{ epoch: number }[]>`select epoch from feed_epoch`;
  return row?.epoch ?? 0;
}

/** Some subjects that have to be matched. */
export async function staleSubjects(sql: Queryable, limit: number): Promise<number[]> {
  const rows = await sql<{ id: number }[]>`
    select id from subjects where stale order by id limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** An image's subjects that have to be matched. */
export async function staleSubjectsOf(sql: Queryable, digest: string): Promise<number[]> {
  const rows = await sql<{ id: number }[]>`
    select distinct s.id
    from analyses a
    join image_sets i on i.image = a.number
    join package_set_members m on m.set = i.set
    join subjects s on s.id = m.subject and s.stale
    where a.digest = ${digest}`;
  return rows.map(({ id }) => id);
}

/** Reads subjects with all that decides what is found in them. */
export async function readSubjects(
  sql: Queryable,
  ids: readonly number[],
): Promise<StoredSubject[]> {
  const rows = await sql<
    {
      id: number;
      context: number;
      distribution: Distribution | null;
      details: Json;
      owner: string | null;
      owners: string[];
    }[]
  >`
    select s.id, s.context, c.distribution, p.details, s.owner, s.owners::text[] as owners
    from subjects s
    join contexts c on c.id = s.context
    join packages p on p.id = s.package
    where s.id = any(${[...ids]}::int[])
    order by s.id`;
  const wanted = new Set(rows.flatMap(({ owners }) => owners));
  const ownerRows = wanted.size === 0 ? [] : await sql<{ id: string; details: Json }[]>`
    select id::text as id, details from packages where id = any(${[...wanted]}::uuid[])`;
  const byId = new Map(ownerRows.map(({ id, details }) => [id, packageOf(details)]));
  return rows.map(({ id, context, distribution, details, owner, owners }) => ({
    id,
    context,
    distribution,
    package: packageOf(details, owner),
    owners: owners.flatMap((one) => byId.get(one) ?? []),
  }));
}

function packageOf(details: Json, owner: string | null = null): Package {
  const told = typeof details === 'object' ? details : {};
  return Package.parse({ ...told, ...NOWHERE, ...(owner === null ? {} : { owner }) });
}

interface KeptFinding {
  readonly subject: number;
  readonly vulnerability: string;
  readonly names: readonly string[];
  readonly severity: number;
  readonly suppression: string | null;
  /** JSON text. */
  readonly body: string;
  readonly first_seen_at: string;
  readonly fix_seen_at: string | null;
}

/** A finding that was kept before. */
interface Before {
  readonly subject: number;
  readonly names: readonly string[];
  readonly body: string;
  readonly firstSeenAt: Date;
  readonly fixSeenAt: Date | null;
}

/**
 * Keeps what was found in place of what was found before, unless feeds have changed since it was
 * looked up; undefined then. Dates of findings stay as long as any of their names does. Returns the
 * subjects in which something else is found now.
 */
export async function keepMatches(
  sql: Sql,
  epoch: number,
  matches: readonly SubjectMatch[],
): Promise<readonly number[] | undefined> {
  const ids = matches.map(({ subject }) => subject).sort((a, b) => a - b);
  return await sql.begin(async (tx) => {
    const [current] = await tx<{ epoch: number }[]>`select epoch from feed_epoch for share`;
    if (current?.epoch !== epoch) return undefined;
    // Reports that come in refer to subjects meanwhile, in an order of their own.
    const locked = await tx<{ id: number; matched: boolean }[]>`
      select id, matched_at is not null as matched from subjects
      where id = any(${ids}::int[]) order by id for no key update`;
    const rows = await tx<Before[]>`
      select subject, names, body::text as body, first_seen_at as "firstSeenAt",
        fix_seen_at as "fixSeenAt"
      from findings where subject = any(${ids}::int[])`;
    const before = Map.groupBy(rows, ({ subject }) => subject);
    const now = new Date();
    const changed: number[] = [];
    const kept: KeptFinding[] = [];
    for (const { subject, findings } of matches) {
      const old = before.get(subject) ?? [];
      const own = findings.map((found) => keptOf(subject, found, old, now));
      if (isSame(own, old)) continue;
      changed.push(subject);
      kept.push(...own);
    }
    await tx`delete from findings where subject = any(${changed}::int[])`;
    await putFindings(tx, kept);
    await putKeys(tx, ids, matches);
    await tx`
      update subjects set stale = false, matched_at = now() where id = any(${ids}::int[])`;
    // Nobody judges by what was never matched.
    const first = new Set(locked.flatMap(({ id, matched }) => matched ? [] : [id]));
    await judgeAgain(tx, changed.filter((id) => !first.has(id)));
    return changed;
  });
}

function keptOf(
  subject: number,
  { finding, suppression }: SubjectFinding,
  old: readonly Before[],
  now: Date,
): KeptFinding {
  const names = [...new Set([finding.id, ...finding.aliases, ...finding.ids])].sort();
  const same = old.filter((before) => before.names.some((name) => names.includes(name)));
  const first = same.reduce(
    (date, { firstSeenAt }) => firstSeenAt < date ? firstSeenAt : date,
    now,
  );
  const fixes = same.flatMap(({ fixSeenAt }) => fixSeenAt ?? []);
  const fixed = fixes.reduce((date, seen) => seen < date ? seen : date, now);
  return {
    subject,
    vulnerability: finding.id,
    names,
    severity: severityNumber(finding.severity),
    suppression: suppression?.reason ?? null,
    body: storableJson(JSON.stringify({ ...finding, suppression })),
    first_seen_at: first.toISOString(),
    fix_seen_at: finding.fix === undefined ? null : fixed.toISOString(),
  };
}

function severityNumber(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

function isSame(own: readonly KeptFinding[], old: readonly Before[]): boolean {
  if (own.length !== old.length) return false;
  const known = new Set(old.map(({ body }) => canonical(JSON.parse(body))));
  return own.every(({ body }) => known.has(canonical(JSON.parse(body))));
}

/** The database orders the keys of objects in its own way. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part: unknown) =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1))
        : part,
  );
}

async function putFindings(sql: Transaction, kept: readonly KeptFinding[]): Promise<void> {
  if (kept.length === 0) return;
  await sql`
    insert into findings (subject, vulnerability, names, severity, suppression, body,
      first_seen_at, fix_seen_at)
    select subject, vulnerability, names, severity, suppression, body::jsonb, first_seen_at,
      fix_seen_at
    from jsonb_to_recordset(${sql.json(kept as unknown as Json)})
      as f(subject int, vulnerability text, names text[], severity smallint, suppression text,
        body text, first_seen_at timestamptz, fix_seen_at timestamptz)`;
}

async function putKeys(
  sql: Transaction,
  ids: readonly number[],
  matches: readonly SubjectMatch[],
): Promise<void> {
  const rows = matches.flatMap(({ subject, keys }) => keys.map((key) => ({ subject, ...key })));
  await sql`delete from subject_keys where subject = any(${[...ids]}::int[])`;
  await sql`
    insert into subject_keys (subject, namespace, package)
    select subject, namespace, package
    from jsonb_to_recordset(${sql.json(rows as unknown as Json)})
      as k(subject int, namespace text, package text)`;
}

/** Has the verdicts made again of all images that have one of the subjects. */
async function judgeAgain(sql: Transaction, subjects: readonly number[]): Promise<void> {
  if (subjects.length === 0) return;
  await sql`
    insert into images_to_judge (image)
    select distinct i.image
    from package_set_members m join image_sets i on i.set = m.set
    where m.subject = any(${[...subjects]}::int[])
    order by i.image
    on conflict (image) do update set notes = images_to_judge.notes + 1`;
}
