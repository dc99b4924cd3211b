/**
 * Rules of the archive as accounts made them.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Queryable, Sql } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';
import { type ArchiveRule, isBoundless } from './rules.ts';

export type NewRule = Omit<ArchiveRule, 'id' | 'createdAt' | 'updatedAt'>;

const bad = (message: string) => new TidewaiterError('rule_invalid', 400, message);

/** Refuses what makes no sense, or would take everything. */
function check(rule: NewRule): void {
  if (rule.mostImages !== null) {
    if (!rule.systemGlobal) {
      throw bad('"max_images_per_account" is for rules with "system_global" alone.');
    }
    if (rule.transition !== 'archive') {
      throw bad(
        '"max_images_per_account" counts images of the working set: use it with "archive".',
      );
    }
  }
  if (isBoundless(rule)) {
    throw bad(
      'The rule would take every image: give "analysis_age_days", "tag_versions_newer" or a selector.',
    );
  }
}

/**
 * Adds a rule; its record.
 *
 * @throws TidewaiterError `rule_invalid` (400), `rule_exists` (409) for a second one on the number
 * of images
 */
export async function addRule(sql: Queryable, rule: NewRule): Promise<ArchiveRule> {
  check(rule);
  const id = randomUUID().replaceAll('-', '');
  const rows = await sql`
    insert into archive_rules (id, account, transition, system_global, selector, exclude,
      exclude_days, age_days, newer_versions, most_images)
    values (${id}, ${rule.account}, ${rule.transition}, ${rule.systemGlobal},
      ${sql.json({ ...rule.selector })}, ${sql.json({ ...rule.exclude })}, ${rule.excludeDays},
      ${rule.ageDays}, ${rule.newerVersions}, ${rule.mostImages})
    on conflict do nothing
    returning 1`;
  const [record] = rows.length === 0 ? [] : await select(sql, sql`id = ${id}`);
  if (record !== undefined) return record;
  throw new TidewaiterError(
    'rule_exists',
    409,
    'There is a rule with "max_images_per_account" already: delete it first.',
  );
}

async function select(sql: Queryable, where: ReturnType<Sql>): Promise<ArchiveRule[]> {
  return await sql<ArchiveRule[]>`
    select id, account, transition, system_global as "systemGlobal", selector, exclude,
      exclude_days as "excludeDays", age_days as "ageDays", newer_versions as "newerVersions",
      most_images as "mostImages", created_at as "createdAt", updated_at as "updatedAt"
    from archive_rules where ${where} order by created_at, id`;
}

/** Rules of an account, with those that hold for all accounts unless it wants its own alone. */
export async function listRules(
  sql: Queryable,
  account: string,
  { global }: { readonly global: boolean },
): Promise<ArchiveRule[]> {
  return await select(sql, sql`(account = ${account} or (${global} and system_global))`);
}

/** A rule that holds for an account. */
export async function findRule(
  sql: Queryable,
  account: string,
  id: string,
): Promise<ArchiveRule | undefined> {
  const [rule] = await select(sql, sql`id = ${id} and (account = ${account} or system_global)`);
  return rule;
}

/** Removes a rule of an account; false if it has none of that id. */
export async function deleteRule(sql: Queryable, account: string, id: string): Promise<boolean> {
  const rows = await sql`
    delete from archive_rules where account = ${account} and id = ${id} returning 1`;
  return rows.length > 0;
}
