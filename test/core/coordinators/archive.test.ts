import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { setKey } from '../../../core/admissions/sets.ts';
import { archivedImages } from '../../../core/archive/records.ts';
import { addRule, deleteRule, type NewRule } from '../../../core/archive/rule-records.ts';
import { archiveImage } from '../../../core/archive/store.ts';
import { findImages } from '../../../core/catalog/images.ts';
import { loadConfig } from '../../../core/config/load.ts';
import { archiveCoordinator } from '../../../core/coordinators/archive.ts';
import type { CoordinatorServices } from '../../../core/coordinators/services.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { quiet, testDatabase } from '../../support/postgres.ts';
import { addAccount, addAnalysed, addImage } from '../catalog/samples.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  await addAccount(sql, 'a');
  await addAccount(sql, 'b');
});
beforeEach(async () => {
  for (const table of ['images', 'analyses', 'archived_images', 'archive_rules', 'events']) {
    await sql`delete from ${sql(table)}`;
  }
  await sql`delete from admitted_sets`;
  await sql`delete from subscriptions`;
});

const ALL = { registry: '*', repository: '*', tag: '*' };

async function rule(changes: Partial<NewRule> = {}): Promise<string> {
  const { id } = await addRule(sql, {
    account: 'a',
    transition: 'archive',
    systemGlobal: false,
    selector: ALL,
    exclude: { registry: '', repository: '', tag: '' },
    excludeDays: -1,
    ageDays: -1,
    newerVersions: -1,
    mostImages: null,
    ...changes,
  });
  return id;
}

/** An image that was analysed some days ago. */
async function image(reference: string, days: number, account = 'a'): Promise<string> {
  const digest = await addAnalysed(sql, reference, undefined, account);
  await sql`
    update analyses set analyzed_at = now() - ${days} * interval '1 day' where digest = ${digest}`;
  return digest;
}

/** All rounds until there is nothing more to do; how many. */
async function run(): Promise<number> {
  const { config } = loadConfig({});
  const services = { sql, log: quiet, config } as Partial<CoordinatorServices>;
  const { round } = archiveCoordinator(services as CoordinatorServices);
  for (let rounds = 1;; rounds += 1) {
    if (!await round(new AbortController().signal)) return rounds;
  }
}

async function working(account = 'a'): Promise<string[]> {
  return (await findImages(sql, account)).map(({ tags }) => tags[0]?.fulltag ?? '').sort();
}

async function archived(account = 'a'): Promise<string[]> {
  return (await archivedImages(sql, account)).map(({ tags }) => tags[0]?.fulltag ?? '').sort();
}

describe('the coordinator of the archive', () => {
  it('archives by age, in the account of the rule alone', async () => {
    await image('r.io/old:1', 31);
    await image('r.io/new:1', 29);
    await image('r.io/other:1', 31, 'b');
    const id = await rule({ ageDays: 30 });
    await run();
    expect([await working(), await archived()]).toEqual([['r.io/new:1'], ['r.io/old:1']]);
    expect([await working('b'), await archived('b')]).toEqual([['r.io/other:1'], []]);
    expect(await sql`select account, type, details from events`).toEqual([{
      account: 'a',
      type: 'system.analysis_archive.image_archived',
      details: { removed: true, rule: id },
    }]);
  });

  it('does nothing without a rule, and nothing more when it is deleted', async () => {
    await image('r.io/old:1', 31);
    await run();
    const id = await rule({ ageDays: 30 });
    expect(await deleteRule(sql, 'b', id)).toBe(false);
    expect(await deleteRule(sql, 'a', id)).toBe(true);
    await run();
    expect(await working()).toEqual(['r.io/old:1']);
  });

  it('counts newer images of each tag', async () => {
    const name = 'r.io/app:1';
    for (const content of ['first', 'second', 'third']) await image(`r.io/${content}:x`, 1);
    for (const content of ['first', 'second', 'third']) {
      await addImage(sql, name, `r.io/${content}:x`, 'a');
    }
    await rule({ newerVersions: 2, selector: { ...ALL, repository: 'app' } });
    await run();
    // Another tag of the image does not fit the selector.
    expect(await archived()).toEqual([]);
    await sql`delete from tags where repository <> 'app'`;
    await run();
    expect(await archived()).toEqual([name]);
    const left = await sql<{ digest: string }[]>`
      select digest from tags order by detected_at`;
    expect(left).toHaveLength(2);
    expect((await findImages(sql, 'a')).map(({ digest }) => digest).sort())
      .toEqual(left.map(({ digest }) => digest).sort());
  });

  it('takes no image that is analysed again, fails to be, or never was', async () => {
    for (const state of ['analyzing', 'not_analyzed', 'analysis_failed']) {
      const digest = await image(`r.io/${state}:1`, 31);
      await sql`update analyses set state = ${state} where digest = ${digest}`;
    }
    await rule({ ageDays: 1 });
    await run();
    expect(await archived()).toEqual([]);
  });

  const set = async (digests: readonly string[], changes: Record<string, unknown> = {}) => {
    await sql`
      insert into admitted_sets ${
      sql({
        cluster: 'c',
        namespace: 'n',
        key: setKey(digests),
        source: 'admitted',
        digests: sql.json({ 'r.io/whatever:1': [...digests] }),
        admitted_at: new Date(Date.now() - 3 * 86_400_000),
        pods: 1,
        ...changes,
      })
    }`;
  };

  const subscribe = (type: string, active = true) =>
    sql`
      insert into subscriptions (account, id, type, key, registry, repository, tag, active)
      select account, ${type}, ${type}, fulltag, registry, repository, tag, ${active} from tags`;

  it.each<[string, (digest: string) => Promise<unknown>, boolean]>([
    ['runs', (digest) => set([digest]), true],
    ['runs by its index', async (digest) => {
      await sql`update images set parent_digest = 'sha256:index' where digest = ${digest}`;
      await set(['sha256:index']);
    }, true],
    [
      'runs under a name that was judged by another image',
      (digest) => set(['sha256:other'], { differing: sql.json([digest]) }),
      true,
    ],
    ['was admitted where nobody counts pods', (digest) => set([digest], { pods: null }), true],
    ['has just ended', (digest) => set([digest], { pods: 0, gone_at: new Date() }), true],
    [
      'ended days ago',
      (digest) => set([digest], { pods: 0, gone_at: new Date(Date.now() - 2 * 86_400_000) }),
      false,
    ],
    [
      'was wanted this week',
      () => sql`update tags set wanted_at = now() - interval '6 days'`,
      true,
    ],
    ['was wanted before', () => sql`update tags set wanted_at = now() - interval '8 days'`, false],
    ['has a tag whose verdicts are told', () => subscribe('policy_eval'), true],
    ['has a tag whose vulnerabilities are told', () => subscribe('vuln_update'), true],
    ['has a tag whose verdicts are told no more', () => subscribe('policy_eval', false), false],
    ['has a tag that is watched alone', () => subscribe('tag_update'), false],
  ])('leaves what is in use: an image that %s', async (_, use, isKept) => {
    await use(await image('r.io/app:1', 31));
    await rule({ ageDays: 30 });
    await run();
    expect(await working()).toEqual(isKept ? ['r.io/app:1'] : []);
  });

  it('leaves of a told tag only what it names now', async () => {
    const digests = [await image('r.io/app:1', 32), await image('r.io/app:1', 31)];
    await sql`update tags set detected_at = now() - interval '1 day' where digest = ${
      digests[0] ?? ''
    }`;
    await sql`
      insert into subscriptions (account, id, type, key, registry, repository, tag, active)
      select distinct account, 'one', 'vuln_update', fulltag, registry, repository, tag, true from tags`;
    await rule({ ageDays: 30 });
    await run();
    expect(await sql`select digest from images`).toEqual([{ digest: digests[1] }]);
  });

  it('applies global rules to all accounts', async () => {
    await image('r.io/one:1', 31, 'a');
    await image('r.io/two:1', 31, 'b');
    await rule({ account: 'admin', systemGlobal: true, ageDays: 30 });
    await run();
    expect([await archived('a'), await archived('b')]).toEqual([['r.io/one:1'], ['r.io/two:1']]);
  });

  it('leaves each account so many images, the newest', async () => {
    for (const days of [1, 2, 3, 4]) await image(`r.io/a:${days}`, days, 'a');
    for (const days of [5, 6]) await image(`r.io/b:${days}`, days, 'b');
    await rule({ account: 'admin', systemGlobal: true, mostImages: 2 });
    await run();
    expect([await working('a'), await working('b')])
      .toEqual([['r.io/a:1', 'r.io/a:2'], ['r.io/b:5', 'r.io/b:6']]);
  });

  it('deletes from the archive alone, by the time something is there', async () => {
    const old = await image('r.io/old:1', 100);
    await image('r.io/working:1', 100);
    const young = await image('r.io/young:1', 100);
    for (const digest of [old, young]) await archiveImage(sql, 'a', digest, { remove: true });
    await sql`
      update archived_images set created_at = now() - interval '31 days' where digest = ${old}`;
    await rule({ transition: 'delete', ageDays: 30 });
    await run();
    expect([await archived(), await working()]).toEqual([['r.io/young:1'], ['r.io/working:1']]);
    expect(await sql`select type from events where type like '%deleted'`).toHaveLength(1);
    expect(await sql`select from archived_analyses`).toHaveLength(1);
  });

  it('goes through any number of images, some in each round', async () => {
    const [template] = await sql<{ digest: string }[]>`
      select digest from analyses where digest = ${await image('r.io/many:1', 31)}`;
    await sql`
      insert into manifests (digest, media_type, document, config, platform, compressed_size, layer_count)
      select 'sha256:' || n, media_type, document, config, platform, compressed_size, layer_count
      from manifests, generate_series(1, 699) n where digest = ${template?.digest ?? ''}`;
    // All at the same moment: a page begins where the one before has ended.
    await sql`
      insert into analyses (digest, lane, account, reference, source, state, head, analyzed_at)
      select 'sha256:' || n, lane, account, reference, source, state, head, analyzed_at
      from analyses, generate_series(1, 699) n where digest = ${template?.digest ?? ''}`;
    await sql`
      insert into images (account, digest, image_id)
      select 'a', 'sha256:' || n, 'x' from generate_series(1, 699) n`;
    await sql`
      insert into tags (account, registry, repository, tag, digest, fulltag)
      select 'a', 'r.io', 'many', n::text, 'sha256:' || n, 'r.io/many:' || n
      from generate_series(1, 699) n`;
    await rule({ ageDays: 1, exclude: { registry: '', repository: '', tag: '*7' } });
    expect(await run()).toBe(7);
    expect(await working()).toHaveLength(70);
    expect(await archived()).toHaveLength(630);
  });
});
