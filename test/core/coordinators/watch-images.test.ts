/**
 * Subscriptions to what is said of images: verdicts, vulnerabilities, the end of an analysis.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { activateBundle, putBundle } from '../../../core/catalog/bundles.ts';
import {
  insertSubscription,
  listSubscriptions,
  type SubscriptionType,
  targetOf,
  updateSubscription,
} from '../../../core/catalog/subscriptions.ts';
import { loadConfig } from '../../../core/config/load.ts';
import type { Coordinator } from '../../../core/coordinators/loop.ts';
import { rematchCoordinator } from '../../../core/coordinators/rematch.ts';
import {
  differenceOf,
  watchVulnerabilitiesCoordinator,
} from '../../../core/coordinators/watch-vulnerabilities.ts';
import { watchPoliciesCoordinator } from '../../../core/coordinators/watch-policies.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { failAttempt } from '../../../core/queue/analyses.ts';
import { tellSubscribers } from '../../../core/queue/ends.ts';
import { LANE } from '../../../core/queue/lanes.ts';
import { advisory, keepFound, loadRecords, saying } from '../../support/loaded-feed.ts';
import { quiet, testDatabase } from '../../support/postgres.ts';
import { addAccount, addAnalysed, addQueued } from '../catalog/samples.ts';
import { always, bundleOf } from '../policy/samples.ts';
import { DEBIAN_12, installed } from '../vulnerabilities/given.ts';

const { config } = loadConfig({});
const signal = new AbortController().signal;

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  await judgeBy('GO');
});
beforeEach(async () => {
  await sql`truncate subscriptions, notifications, events`;
});

async function judgeBy(action: 'GO' | 'WARN' | 'STOP'): Promise<void> {
  await putBundle(sql, 'admin', bundleOf([always(action)]));
  await activateBundle(sql, 'admin', 'b1');
}

async function subscribe(key: string, type: SubscriptionType, account = 'admin'): Promise<void> {
  const target = targetOf(key, type);
  await insertSubscription(sql, { account, type, key, ...target, value: null, active: true });
}

async function round(
  make: (services: Parameters<typeof watchPoliciesCoordinator>[0]) => Coordinator,
): Promise<void> {
  await sql`update subscriptions set checked_at = null`;
  await make({ config, sql, log: quiet }).round(signal);
}

async function told(): Promise<{ account: string; key: string; payload: unknown }[]> {
  return await sql`
    select account, key, payload from notifications order by number`;
}

describe('the coordinator of policy evaluations', () => {
  it('tells when the final action differs from the last one, and only then', async () => {
    const key = 'registry.example/judged:1';
    const digest = await addAnalysed(sql, key);
    await subscribe(key, 'policy_eval');
    await judgeBy('GO');
    await round(watchPoliciesCoordinator);
    await round(watchPoliciesCoordinator);
    expect(await told()).toEqual([]);
    await judgeBy('STOP');
    await round(watchPoliciesCoordinator);
    await round(watchPoliciesCoordinator);
    const evaluation = { image_digest: digest, policy_id: 'b1' };
    expect(await told()).toEqual([{
      account: 'admin',
      key,
      payload: {
        curr_eval: { ...evaluation, status: 'fail', final_action: 'stop' },
        last_eval: { ...evaluation, status: 'pass', final_action: 'go' },
        annotations: {},
      },
    }]);
    expect(
      await sql`
      select from events where type = 'user.checks.tag.policy_evaluation.update'`,
    ).toHaveLength(1);
  });

  it('has one that cannot be judged keep nobody waiting', async () => {
    await addAccount(sql, 'without-bundle');
    const [broken, fine] = ['registry.example/broken:1', 'registry.example/fine:1'];
    await addAnalysed(sql, broken, undefined, 'without-bundle');
    await addAnalysed(sql, fine);
    await subscribe(broken, 'policy_eval', 'without-bundle');
    await subscribe(fine, 'policy_eval');
    await round(watchPoliciesCoordinator);
    const rows = await sql`
      select key, seen is not null as seen, failure is not null as failed, checked_at is not null as
        looked from subscriptions order by key`;
    expect(rows).toEqual([
      { key: broken, seen: false, failed: true, looked: true },
      { key: fine, seen: true, failed: false, looked: true },
    ]);
  });

  it('begins anew when it is switched on again', async () => {
    const key = 'registry.example/switched:1';
    await addAnalysed(sql, key);
    await subscribe(key, 'policy_eval');
    await judgeBy('GO');
    await round(watchPoliciesCoordinator);
    const [own] = await listSubscriptions(sql, 'admin', { key });
    const change = async (active: boolean) =>
      await updateSubscription(sql, 'admin', own?.id ?? '', { active, value: undefined });
    await change(false);
    await judgeBy('STOP');
    await round(watchPoliciesCoordinator);
    await change(true);
    await round(watchPoliciesCoordinator);
    expect(await told()).toEqual([]);
  });
});

describe('the coordinator of vulnerabilities', () => {
  const openssl = installed('deb', 'openssl', '3.0.9-1', { location: '/var/lib/dpkg/status' });
  const record = (id: string, fixed?: string) =>
    advisory(id, [saying('debian:12', 'openssl', fixed)], { severity: 'high' });

  async function rematch(): Promise<void> {
    const coordinator = rematchCoordinator({ sql, log: quiet });
    while (await coordinator.round(signal));
  }

  it('tells what is found, found otherwise and found no longer', async () => {
    const key = 'registry.example/vulnerable:1';
    const digest = await addAnalysed(sql, key);
    await keepFound(sql, digest, [openssl], DEBIAN_12);
    await loadRecords(sql, 'debian', [record('CVE-1-1'), record('CVE-1-2')], 'debian:12');
    await subscribe(key, 'vuln_update');
    await rematch();
    await round(watchVulnerabilitiesCoordinator);
    expect(await told()).toEqual([]);
    const changed = [record('CVE-1-2', '3.0.11-1'), record('CVE-1-3')];
    await loadRecords(sql, 'debian', changed, 'debian:12');
    await rematch();
    await round(watchVulnerabilitiesCoordinator);
    await round(watchVulnerabilitiesCoordinator);
    const entry = {
      package: 'openssl',
      package_version: '3.0.9-1',
      package_type: 'deb',
      package_path: '/var/lib/dpkg/status',
      severity: 'high',
      fix: 'None',
    };
    expect(await told()).toEqual([{
      account: 'admin',
      key,
      payload: {
        diff_vulnerability_result: {
          added: [{ ...entry, vuln: 'CVE-1-3' }],
          updated: [{ ...entry, vuln: 'CVE-1-2', fix: '3.0.11-1' }],
          removed: [{ ...entry, vuln: 'CVE-1-1' }],
        },
        counts: { added: 1, updated: 1, removed: 1 },
        imageDigest: digest,
        annotations: {},
      },
    }]);
    expect(
      await sql`
      select from events where type = 'user.checks.tag.vulnerabilities.update'`,
    ).toHaveLength(1);
  });

  it('takes another image of the tag for no change', async () => {
    const key = 'registry.example/replaced:1';
    await addAnalysed(sql, key);
    await subscribe(key, 'vuln_update');
    await round(watchVulnerabilitiesCoordinator);
    const other = await addAnalysed(sql, 'registry.example/other:1');
    await keepFound(sql, other, [openssl], DEBIAN_12);
    await sql`
      insert into tags (account, registry, repository, tag, digest, fulltag)
      values ('admin', 'registry.example', 'replaced', '1', ${other}, ${key})`;
    await round(watchVulnerabilitiesCoordinator);
    expect(await told()).toEqual([]);
    const [row] = await sql`select seen->>'digest' as digest from subscriptions`;
    expect(row?.['digest']).toBe(other);
  });

  it('sees no difference where there is none', () => {
    const found = { '["CVE-1","p","1","npm","/p"]': ['low', 'None'] as [string, string] };
    expect(differenceOf(found, found)).toEqual({ added: [], updated: [], removed: [] });
  });
});

describe('the end of an analysis', () => {
  it('is told in the transaction that ends it, to each account that follows it', async () => {
    await addAccount(sql, 'team');
    const digest = await addQueued(sql, 'ended');
    await addQueued(sql, 'ended', { account: 'team' });
    const key = 'registry.example/ended:1';
    await subscribe(key, 'analysis_update');
    await subscribe(key, 'analysis_update', 'team');
    await sql`update analyses set state = 'analyzing', attempt = 1 where digest = ${digest}`;
    const failure = { code: 'some_code', message: 'It failed.', temporary: false };
    expect(await failAttempt(sql, digest, 1, failure, 1)).toBe('failed');
    expect(await failAttempt(sql, digest, 1, failure, 1)).toBe('superseded');
    const evaluation = { annotations: {}, image_digest: digest };
    const payload = {
      curr_eval: { ...evaluation, analysis_status: 'analysis_failed' },
      last_eval: { ...evaluation, analysis_status: 'analyzing' },
      annotations: {},
    };
    const all = await told();
    expect(all.sort((one, other) => one.account.localeCompare(other.account))).toEqual([
      { account: 'admin', key, payload },
      { account: 'team', key, payload },
    ]);
  });

  it.each(
    [
      [LANE.submitted, 'analyzed', 1],
      [LANE.reanalysis, 'analyzed', 0],
      [LANE.reanalysis, 'analysis_failed', 1],
    ] as const,
  )('in lane %s as %s is told %s times', async (lane, state, times) => {
    const key = 'registry.example/lanes:1';
    const digest = await addAnalysed(sql, key);
    await subscribe(key, 'analysis_update');
    await tellSubscribers(sql, { digest, lane, state });
    expect(await told()).toHaveLength(times);
  });
});
