import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteWatched } from '../../../core/admissions/clusters.ts';
import {
  addRunning,
  countPods,
  isStillAdmitted,
  keepSet,
  setKey,
} from '../../../core/admissions/sets.ts';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { STOP_ALL } from '../../support/bundles.ts';
import { testDatabase } from '../../support/postgres.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { admit, image, podOf, statusOf } from './samples.ts';

describe('a set that was admitted, when the policy turns against it', () => {
  let core: TestCore;
  let registry: TestRegistry;
  let sql: Sql;
  let reference: string;
  beforeAll(async () => {
    registry = await startRegistry();
    core = await startTestCore();
    sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
    registry.push('app', '1', image('app'));
    reference = `${registry.host}/app:1`;
    await untilAnalysed(core, (await submitImage(core, reference)).imageDigest);
    expect(statusOf(await core.review([reference], 'here')).allowed).toBe(true);
    expect((await core.api('POST', '/policies', STOP_ALL)).status).toBe(200);
    const record = { policyId: STOP_ALL.id, active: true, policybundle: STOP_ALL };
    expect((await core.api('PUT', `/policies/${STOP_ALL.id}?active=true`, record)).status).toBe(
      200,
    );
  });
  afterAll(async () => {
    await sql.end();
    await core.stop();
    await registry.close();
  });

  it('stays admitted in its namespace by the door that cannot tell an update', async () => {
    const status = statusOf(await core.review([reference], 'here'));
    expect(status.allowed).toBe(true);
    expect(status.auditAnnotations['decision']).toBe('still-admitted');
  });

  it('is refused elsewhere, and in another company', async () => {
    expect(statusOf(await core.review([reference], 'there')).allowed).toBe(false);
    expect(
      statusOf(
        await core.review([reference, `${registry.host}/app@sha256:${'0'.repeat(64)}`], 'here'),
      ).allowed,
    )
      .toBe(false);
  });

  it('is refused to new pods at once by the door that can, whose updates pass', async () => {
    expect(await admit(core, [reference], { namespace: 'here' })).toMatchObject({ allowed: false });
    expect(
      await admit(core, [], {
        namespace: 'here',
        operation: 'UPDATE',
        object: podOf([reference], { labels: { x: 'y' } }),
        oldObject: podOf([reference]),
      }),
    ).toMatchObject({ allowed: true });
  });

  it('is refused when the watch has seen its last pod go', async () => {
    await noteWatched(sql, 'local');
    await sql`update admitted_sets set admitted_at = now() - interval '1 minute'`;
    const key = setKey([reference]);
    const set = { cluster: 'local', namespace: 'here', key };
    await countPods(sql, { ...set, pods: 1, ending: 1 });
    expect(statusOf(await core.review([reference], 'here')).allowed).toBe(true);
    await countPods(sql, { ...set, pods: 0, ending: 0 });
    expect(statusOf(await core.review([reference], 'here')).allowed).toBe(false);
  });
});

describe('isStillAdmitted', () => {
  const reference = 'docker.io/library/a:1';
  const set = { cluster: 'c', namespace: 'n', digests: { [reference]: ['sha256:1'] } };
  let sql: Sql;
  beforeAll(async () => {
    sql = (await testDatabase()).sql;
  });

  const living = (namespace: string, pods: number, ending = 0) => ({
    ...set,
    namespace,
    key: setKey([reference]),
    pods,
    ending,
  });

  it('ends with a tag that has moved', async () => {
    await keepSet(sql, set, 'admitted');
    expect(await isStillAdmitted(sql, set, 60)).toBe(true);
    const moved = { ...set, digests: { [reference]: ['sha256:2'] } };
    expect(await isStillAdmitted(sql, moved, 60)).toBe(false);
    // While nobody knows what it names now, nothing has moved.
    expect(await isStillAdmitted(sql, { ...set, digests: { [reference]: [] } }, 60)).toBe(true);
  });

  it('ends with the grace where nobody watches', async () => {
    const own = { ...set, namespace: 'grace' };
    await keepSet(sql, own, 'admitted');
    await sql`
      update admitted_sets set admitted_at = now() - interval '2 minutes'
      where namespace = 'grace'`;
    expect(await isStillAdmitted(sql, own, 180)).toBe(true);
    expect(await isStillAdmitted(sql, own, 60)).toBe(false);
  });

  it('holds for what ran before the first start', async () => {
    await noteWatched(sql, 'c');
    const own = { ...set, namespace: 'baseline' };
    await addRunning(sql, [living('baseline', 2)], 'baseline');
    expect(await isStillAdmitted(sql, own, 0)).toBe(true);
    await countPods(sql, living('baseline', 0));
    await sql`
      update admitted_sets set admitted_at = now() - interval '1 hour'
      where namespace = 'baseline'`;
    expect(await isStillAdmitted(sql, own, 0)).toBe(false);
  });

  it('lets what nobody admitted only end', async () => {
    await noteWatched(sql, 'c');
    const own = { ...set, namespace: 'strange' };
    await addRunning(sql, [living('strange', 1)], 'unreviewed');
    expect(await isStillAdmitted(sql, own, 3600)).toBe(false);
    await countPods(sql, living('strange', 1, 1));
    expect(await isStillAdmitted(sql, own, 3600)).toBe(true);
  });

  it('does not hold for who has not shown who it is', async () => {
    const own = { ...set, namespace: 'unknown' };
    await keepSet(sql, own, 'unidentified');
    expect(await isStillAdmitted(sql, own, 3600)).toBe(false);
    await keepSet(sql, own, 'admitted');
    await keepSet(sql, own, 'unidentified');
    await noteWatched(sql, 'c');
    expect(await isStillAdmitted(sql, own, 3600)).toBe(true);
  });
});
