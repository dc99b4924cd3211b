/**
 * The history of verdicts: one entry for each time that an image's result under a bundle was another
 * one than before, with the findings that came and went.
 *
 * @module
 */
import type { BundleRecord } from '../catalog/bundles.ts';
import type { Json, Queryable } from '../database/connection.ts';
import type { Action, ResultDocument } from '../policy/index.ts';
import { CELL, rowsOf } from './rows.ts';

/** Why a verdict was made: nothing was there, or what has changed. `image`: its facts or advisories. */
export const CAUSES = ['first', 'bundle', 'image', 'time'] as const;
export type Cause = (typeof CAUSES)[number];

/** A finding that came or went; a changed action is both. */
export interface HistoryFinding {
  readonly trigger_id: string;
  readonly gate: string;
  readonly trigger: string;
  readonly message: string;
  readonly action: string;
  readonly policy_id: string;
}

/** What is another one than before. */
export interface Changes {
  readonly appeared: readonly HistoryFinding[];
  readonly disappeared: readonly HistoryFinding[];
  /** How many there were, of which the lists show the first. */
  readonly appearedCount: number;
  readonly disappearedCount: number;
}

/** An entry as it is read. */
export interface HistoryEntry extends Changes {
  readonly id: number;
  readonly fulltag: string;
  readonly bundle: string;
  readonly bundleSha256: string;
  readonly action: Action;
  readonly evaluatedAt: Date;
  readonly cause: Cause;
}

/** Findings of a change that are kept: a feed's first loading brings thousands. */
const SHOWN = 100;

function findingsOf(result: ResultDocument): ReadonlyMap<string, HistoryFinding> {
  const text = (row: readonly unknown[], cell: keyof typeof CELL) => String(row[CELL[cell]]);
  return new Map(
    rowsOf(result).map((row) => {
      const finding: HistoryFinding = {
        trigger_id: text(row, 'triggerId'),
        gate: text(row, 'gate'),
        trigger: text(row, 'trigger'),
        message: text(row, 'message'),
        action: text(row, 'action'),
        policy_id: text(row, 'policyId'),
      };
      // The message may tell a date or a number that changes each time: it makes no other finding.
      const { message: _, ...identity } = finding;
      return [JSON.stringify(Object.values(identity)), finding];
    }),
  );
}

/**
 * What differs between two results: findings, or the whole's action or reason. Undefined where
 * nothing does; against no result nothing has come or gone.
 */
export function changesBetween(
  before: ResultDocument | undefined,
  after: ResultDocument,
): Changes | undefined {
  if (before === undefined) {
    return { appeared: [], disappeared: [], appearedCount: 0, disappearedCount: 0 };
  }
  const [old, fresh] = [findingsOf(before), findingsOf(after)];
  const appeared = [...fresh].flatMap(([key, finding]) => old.has(key) ? [] : [finding]);
  const disappeared = [...old].flatMap(([key, finding]) => fresh.has(key) ? [] : [finding]);
  const isSame = appeared.length === 0 && disappeared.length === 0 &&
    before.final_action === after.final_action &&
    before.final_action_reason === after.final_action_reason;
  if (isSame) return undefined;
  return {
    appeared: appeared.slice(0, SHOWN),
    disappeared: disappeared.slice(0, SHOWN),
    appearedCount: appeared.length,
    disappearedCount: disappeared.length,
  };
}

/** What is recorded of a verdict. */
export interface VerdictChange {
  readonly account: string;
  readonly digest: string;
  readonly fulltag: string;
  readonly bundle: BundleRecord;
  readonly action: Action;
  readonly evaluatedAt: Date;
  readonly cause: Cause;
  readonly changes: Changes | undefined;
}

/** Adds an entry, in the transaction that keeps the verdict. */
export async function recordChange(sql: Queryable, change: VerdictChange): Promise<void> {
  const { account, digest, fulltag, bundle, action, evaluatedAt, cause, changes } = change;
  const { appeared = [], disappeared = [], appearedCount = 0, disappearedCount = 0 } = changes ??
    {};
  await sql`
    insert into verdict_history (account, digest, fulltag, bundle, bundle_sha256, action, cause,
      evaluated_at, appeared, disappeared, appeared_count, disappeared_count)
    values (${account}, ${digest}, ${fulltag}, ${bundle.id}, ${bundle.sha256}, ${action}, ${cause},
      ${evaluatedAt}, ${sql.json(appeared as unknown as Json)},
      ${sql.json(disappeared as unknown as Json)}, ${appearedCount}, ${disappearedCount})`;
}

/** Whose history is read. */
export interface HistoryQuestion {
  readonly account: string;
  readonly digest: string;
  /** Of all tags, and under all bundles, unless given. */
  readonly fulltag?: string | undefined;
  readonly bundle?: string | undefined;
  /** Entries older than that one. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Entries of an image, the newest first. */
export async function listHistory(
  sql: Queryable,
  { account, digest, fulltag, bundle, before, limit }: HistoryQuestion,
): Promise<HistoryEntry[]> {
  return await sql<HistoryEntry[]>`
    select id::float8 as id, fulltag, bundle, bundle_sha256 as "bundleSha256", action, cause,
      evaluated_at as "evaluatedAt", appeared, disappeared,
      appeared_count as "appearedCount", disappeared_count as "disappearedCount"
    from verdict_history
    where account = ${account} and digest = ${digest}
      ${fulltag === undefined ? sql`` : sql`and fulltag = ${fulltag}`}
      ${bundle === undefined ? sql`` : sql`and bundle = ${bundle}`}
      ${before === undefined ? sql`` : sql`and id < ${before}`}
    order by id desc limit ${limit}`;
}

/** Forgets entries that are older than so many days, but never the newest of a verdict. */
export async function forgetHistory(sql: Queryable, days: number): Promise<number> {
  const rows = await sql`
    delete from verdict_history h
    where id in (
      select id from verdict_history o
      where evaluated_at < now() - make_interval(days => ${days})
        and exists (select from verdict_history n
          where n.account = o.account and n.digest = o.digest and n.fulltag = o.fulltag
            and n.bundle = o.bundle and n.id > o.id)
      order by evaluated_at limit 5000)
    returning 1`;
  return rows.length;
}
