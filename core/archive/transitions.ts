/**
 * Does what rules of the archive say, for one account, some images at a time.
 *
 * @module
 */
import { isConnectionFailure, type Sql } from '../database/connection.ts';
import { messageOf } from '../errors.ts';
import { recordEvent } from '../events/record.ts';
import { candidates, countImages } from './candidates.ts';
import { deleteArchived } from './records.ts';
import { listRules } from './rule-records.ts';
import { type ArchiveRule, type Candidate, taken } from './rules.ts';
import { archiveImage } from './store.ts';

/** What was done in an account. */
export interface Transitions {
  readonly archived: number;
  readonly deleted: number;
  readonly failed: number;
}

interface Work {
  readonly account: string;
  readonly running: ReadonlySet<string>;
  readonly signal: AbortSignal;
  /** Images that were done or have failed: none is tried twice. */
  readonly done: Map<string, keyof Transitions>;
  readonly most: number;
}

/**
 * Applies all rules that hold for an account, those that archive first, to `most` images; where so
 * many were done there may be more.
 */
export async function applyRules(
  sql: Sql,
  account: string,
  running: ReadonlySet<string>,
  most: number,
  signal: AbortSignal,
): Promise<Transitions> {
  const rules = await listRules(sql, account, { global: true });
  const work: Work = { account, running, signal, most, done: new Map() };
  for (const transition of ['archive', 'delete'] as const) {
    for (const rule of rules) {
      if (rule.transition === transition) await applyRule(sql, rule, work);
    }
  }
  const count = (result: keyof Transitions) =>
    [...work.done.values()].filter((one) => one === result).length;
  return { archived: count('archived'), deleted: count('deleted'), failed: count('failed') };
}

async function applyRule(sql: Sql, rule: ArchiveRule, work: Work): Promise<void> {
  let total = rule.mostImages === null ? 0 : await countImages(sql, work.account);
  for await (const page of candidates(sql, work.account, rule, work.running)) {
    for (const digest of wanted(rule, page, total)) {
      if (work.done.size >= work.most || work.signal.aborted) return;
      const key = `${rule.transition} ${digest}`;
      if (work.done.has(key)) continue;
      const result = await applyTo(sql, rule, work.account, digest);
      work.done.set(key, result);
      if (result === 'archived') total -= 1;
    }
  }
}

function wanted(rule: ArchiveRule, page: readonly Candidate[], total: number): readonly string[] {
  return taken(rule, page, total, new Date());
}

/** What fails is an event, and stops nothing else. */
async function applyTo(
  sql: Sql,
  rule: ArchiveRule,
  account: string,
  digest: string,
): Promise<keyof Transitions> {
  const archives = rule.transition === 'archive';
  try {
    if (archives) await archiveImage(sql, account, digest, { remove: true, rule: rule.id });
    else await deleteArchived(sql, account, digest, rule.id);
    return archives ? 'archived' : 'deleted';
  } catch (error) {
    if (isConnectionFailure(error)) throw error;
    await recordEvent(sql, {
      account,
      type: `system.analysis_archive.${
        archives ? 'image_archive' : 'archived_image_delete'
      }_failed`,
      level: 'error',
      resourceType: 'image_digest',
      resource: digest,
      message: messageOf(error),
      details: { rule: rule.id },
    });
    return 'failed';
  }
}
