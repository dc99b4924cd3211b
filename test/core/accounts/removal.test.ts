import { beforeAll, describe, expect, it } from 'vitest';
import { removedAccounts, removeSome } from '../../../core/accounts/removal.ts';
import { keepDecisions } from '../../../core/admissions/decisions.ts';
import { addRule } from '../../../core/archive/rule-records.ts';
import { archiveImage } from '../../../core/archive/store.ts';
import { putBundle } from '../../../core/catalog/bundles.ts';
import { insertSubscription, targetOf } from '../../../core/catalog/subscriptions.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { enqueueNotification } from '../../../core/events/notifications.ts';
import { recordEvent } from '../../../core/events/record.ts';
import { requestReference } from '../../../core/queue/requests.ts';
import { addContent, beginImport } from '../../../core/imports/operations.ts';
import { insertCredential } from '../../../core/registries/credentials.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAccount, addAnalysed, addImage, addQueued } from '../catalog/samples.ts';

let sql: Sql;
/** Tables with a column that names an account, but for the accounts themselves. */
let tables: string[];
beforeAll(async () => {
  ({ sql } = await testDatabase());
  const rows = await sql<{ name: string }[]>`
    select table_name as name from information_schema.columns
    where table_schema = 'public' and column_name = 'account' order by table_name`;
  tables = rows.map(({ name }) => name);
});

/** Something in every table that names an account. */
async function fill(account: string): Promise<void> {
  await addAccount(sql, account);
  await sql`insert into users (name, account, password_hash) values (${account}, ${account}, '!')`;
  const digest = await addAnalysed(sql, `registry.example/${account}:1`, undefined, account);
  const shared = await addAnalysed(sql, 'registry.example/shared:1', undefined, account);
  for (const each of [digest, shared]) {
    await archiveImage(sql, account, each, { remove: false });
  }
  const { id } = await beginImport(sql, account);
  await addContent(sql, account, id, 'manifest', Buffer.from(account));
  const all = { registry: '*', repository: '*', tag: '*' };
  await addRule(sql, {
    account,
    transition: 'archive',
    systemGlobal: false,
    selector: all,
    exclude: all,
    excludeDays: -1,
    ageDays: 1,
    newerVersions: -1,
    mostImages: null,
  });
  await addQueued(sql, `queued by ${account}`, { account });
  await putBundle(sql, account, { id: 'b' });
  await sql`
    insert into verdicts (account, digest, fulltag, bundle, bundle_sha256, image_revision, action, result)
    values (${account}, ${digest}, 'x', 'b', '', 1, 'go', '{}')`;
  await sql`
    insert into prepared_verdicts (account, digest, fulltag, bundle_sha256, image_revision, action,
      result, evaluated_at)
    values (${account}, ${digest}, 'x', '', 1, 'go', '{}', now())`;
  await sql`
    insert into verdict_history (account, digest, fulltag, bundle, bundle_sha256, action, cause,
      evaluated_at, appeared, disappeared, appeared_count, disappeared_count)
    values (${account}, ${digest}, 'x', 'b', '', 'go', 'first', now(), '[]', '[]', 0, 0)`;
  await sql`
    insert into exception_warnings (account, bundle, whitelist, item, expires_on)
    values (${account}, 'b', 'w', 'i', now())`;
  const key = `registry.example/${account}:1`;
  const type = 'tag_update' as const;
  const target = targetOf(key, type);
  await insertSubscription(sql, { account, type, key, ...target, value: null, active: true });
  await enqueueNotification(sql, { account, type, subscriptionKey: key, payload: {} });
  await requestReference(sql, account, 'registry.example/wanted:1', 1);
  await insertCredential(sql, {
    account,
    registry: 'registry.example',
    user: 'u',
    secret: new Uint8Array(8),
    keyId: 'k',
    type: 'docker_v2',
    name: 'n',
    verify: true,
  });
  await recordEvent(sql, {
    account,
    type: 'user.policy.active.updated',
    level: 'info',
    resourceType: 'policy_bundle',
    resource: 'b',
    message: '',
  });
  await sql`
    insert into notifications (account, type, key, payload)
    values (${account}, 'tag_update', 'k', '{}')`;
  await sql`
    insert into door_asks (cluster, account, reference) values ('c', ${account}, 'r')`;
  await keepDecisions(sql, [{
    id: `decision-${account}`,
    door: 'imagepolicy',
    cluster: 'c',
    namespace: 'n',
    account,
    mode: 'enforce',
    decision: 'admitted',
    allowed: true,
    reason: '',
    images: [],
    request: { identified: true },
    count: 1,
    firstAt: new Date(),
    lastAt: new Date(),
  }]);
}

async function rowsOf(account: string): Promise<Record<string, unknown>> {
  const all = tables.map(async (table) => {
    const rows = await sql`
      select to_jsonb(t) as row from ${sql(table)} t where account = ${account} order by 1`;
    return [table, rows.map(({ row }) => row as unknown)] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}

async function markDeleting(account: string): Promise<void> {
  await sql`update accounts set state = 'deleting' where name = ${account}`;
}

/** Accounts of whose end was told. */
const told: string[] = [];

/** Takes steps until one says something else than `more`. */
async function removeAll(account: string): Promise<string> {
  for (let steps = 0; steps < 100; steps += 1) {
    const state = await removeSome(sql, account, async (tx) => {
      expect(await tx`select from accounts where name = ${account}`).toHaveLength(0);
      told.push(account);
    });
    if (state !== 'more') return state;
  }
  throw new Error('there is no end');
}

describe('an account that is deleted', () => {
  it('leaves no row in any table, and others lose none', async () => {
    await fill('stays');
    await fill('goes');
    const filled = Object.entries(await rowsOf('goes'))
      .filter(([, rows]) => (rows as unknown[]).length === 0).map(([table]) => table);
    expect(filled, 'tables this test knows nothing of').toEqual([]);
    const before = await rowsOf('stays');
    await markDeleting('goes');
    expect(await removedAccounts(sql)).toEqual(['goes']);
    expect(await removeAll('goes')).toBe('done');
    expect(Object.values(await rowsOf('goes')).flat()).toEqual([]);
    expect(await rowsOf('stays')).toEqual(before);
    const archives = await sql`
      select (select count(*)::int from archived_images) as images,
        (select count(*)::int from archived_analyses) as analyses,
        (select count(*)::int from import_contents) as uploads`;
    expect(archives).toEqual([{ images: 2, analyses: 2, uploads: 1 }]);
    expect(await sql`select from accounts where name = 'goes'`).toHaveLength(0);
    expect(await removedAccounts(sql)).toEqual([]);
    expect(told).toEqual(['goes']);
  });

  it('hands the analyses that others need to them, with their own place to read from', async () => {
    await addAccount(sql, 'first');
    await addAccount(sql, 'second');
    const digest = await addQueued(sql, 'needed by two', { account: 'first' });
    await addImage(sql, 'registry.example/elsewhere:2', 'needed by two', 'second');
    await markDeleting('first');
    expect(await removeAll('first')).toBe('done');
    expect(
      await sql`
      select account, state, reference, source from analyses where digest = ${digest}`,
    ).toEqual([{
      account: 'second',
      state: 'not_analyzed',
      reference: 'registry.example/elsewhere:2',
      source: { kind: 'registry', registry: 'registry.example', repository: 'elsewhere' },
    }]);
  });

  it('hands them on also where an image has no tag left', async () => {
    await addAccount(sql, 'third');
    const digest = await addQueued(sql, 'without a tag', { account: 'third' });
    await addImage(sql, 'registry.example/untagged:1', 'without a tag', 'second');
    await sql`delete from tags where account = 'second' and digest = ${digest}`;
    await markDeleting('third');
    expect(await removeAll('third')).toBe('done');
    expect(await sql`select account, reference from analyses where digest = ${digest}`)
      .toEqual([{ account: 'second', reference: digest }]);
  });

  it('waits for a Job that reads under its name, with the credentials it reads with', async () => {
    await fill('busy');
    await sql`update analyses set state = 'analyzing' where account = 'busy' and state = 'not_analyzed'`;
    await markDeleting('busy');
    expect(await removeAll('busy')).toBe('waits');
    expect(await sql`select from registry_credentials where account = 'busy'`).toHaveLength(1);
    await sql`update analyses set state = 'analysis_failed' where account = 'busy'`;
    expect(await removeAll('busy')).toBe('done');
    expect(Object.values(await rowsOf('busy')).flat()).toEqual([]);
  });

  it('does not take an image from somebody who adds it in that moment', async () => {
    await addAccount(sql, 'slow');
    await addAccount(sql, 'quick');
    const digest = await addAnalysed(sql, 'registry.example/raced:1', undefined, 'slow');
    await markDeleting('slow');
    await sql`delete from images where account = 'slow'`;
    const adding = Promise.withResolvers<void>();
    const added = Promise.withResolvers<void>();
    const other = sql.begin(async (tx) => {
      await addImage(tx, 'registry.example/raced:1', 'registry.example/raced:1', 'quick');
      // As whoever puts it into the queue.
      await tx`update analyses set lane = lane where digest = ${digest}`;
      adding.resolve();
      await added.promise;
    });
    await adding.promise;
    const removed = removeAll('slow');
    await expect.poll(() =>
      sql`
      select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`
    ).toHaveLength(1);
    added.resolve();
    await other;
    expect(await removed).toBe('done');
    expect(await sql`select account, state from analyses where digest = ${digest}`)
      .toEqual([{ account: 'quick', state: 'analyzed' }]);
  });

  it('is not removed unless it is being deleted', async () => {
    await fill('enabled');
    await sql`delete from images where account = 'enabled'`;
    await sql`delete from analyses where account = 'enabled'`;
    expect(await removeAll('enabled')).toBe('done');
    expect(await sql`select from accounts where name = 'enabled'`).toHaveLength(1);
    expect(told).not.toContain('enabled');
  });
});
