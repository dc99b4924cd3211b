import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sql } from '../../../core/database/connection.ts';
import {
  enqueue,
  extendLeases,
  failAttempt,
  LEASE_SECONDS,
  noteProgress,
  queueState,
  releaseLost,
} from '../../../core/queue/analyses.ts';
import { lease } from '../../../core/queue/lease.ts';
import { LANE } from '../../../core/queue/lanes.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addQueued, analysisOf } from '../catalog/samples.ts';

const PERMANENT = { code: 'digest_mismatch', message: 'Broken.', temporary: false } as const;

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
});
beforeEach(async () => {
  await sql`delete from analyses`;
  await sql`delete from events`;
});

async function row(digest: string): Promise<Record<string, unknown>> {
  const [found] = await sql<Record<string, unknown>[]>`
    select *, extract(epoch from lease_until - now())::float as left
    from analyses where digest = ${digest}`;
  return found ?? {};
}

async function leaseNext() {
  const next = await lease(sql, 'local');
  return next ?? expect.fail('nothing to lease');
}

describe('leases', () => {
  it('are extended for those that still run; the others are named', async () => {
    const digest = await addQueued(sql, 'extended');
    const { task } = await leaseNext();
    await sql`update analyses set lease_until = now() + interval '1 second'`;
    expect(await extendLeases(sql, [task, 'gone-1'])).toEqual(['gone-1']);
    expect((await row(digest))['left']).toBeGreaterThan(LEASE_SECONDS - 2);
    expect(await extendLeases(sql, [])).toEqual([]);
  });

  it('remember shortages of memory, whatever else fails in between', async () => {
    const shortages: number[] = [];
    const digest = await addQueued(sql, 'memory');
    for (
      const code of [
        'connection_reset',
        'analysis_out_of_memory',
        'registry_error',
        'analysis_killed',
      ]
    ) {
      const next = await leaseNext();
      shortages.push(next.memoryShortages);
      await failAttempt(sql, digest, next.attempt, { code, message: 'x', temporary: true }, 10);
      await sql`update analyses set run_after = now()`;
    }
    await leaseNext();
    await sql`update analyses set lease_until = now() - interval '1 second'`;
    await releaseLost(sql);
    shortages.push((await leaseNext()).memoryShortages);
    expect(shortages).toEqual([0, 0, 1, 1, 2]);
    await sql`update analyses set state = 'analysis_failed', task = null, lease_until = null`;
    await enqueue(sql, { ...analysisOf(digest), retry: true });
    expect((await leaseNext()).memoryShortages).toBe(0);
  });

  it('are extended by progress of the current attempt alone', async () => {
    const digest = await addQueued(sql, 'progress');
    const { task } = await leaseNext();
    await sql`update analyses set lease_until = now() - interval '1 second'`;
    const progress = {
      phase: 'reading',
      bytes: 1,
      totalBytes: 2,
      layers: 0,
      totalLayers: 1,
    } as const;
    await noteProgress(sql, 'gone-1', progress);
    expect(await queueState(sql, digest)).toMatchObject({ progress: null });
    await noteProgress(sql, task, progress);
    expect(await queueState(sql, digest)).toMatchObject({ progress });
    expect((await row(digest))['left']).toBeGreaterThan(LEASE_SECONDS - 2);
  });

  it('that ended put the image back without a failure, fenced from the lost run', async () => {
    const lost = await addQueued(sql, 'lost');
    const kept = await addQueued(sql, 'kept');
    const first = await leaseNext();
    await leaseNext();
    await sql`update analyses set lease_until = now() - interval '1 second' where digest = ${lost}`;
    expect(await releaseLost(sql)).toEqual([lost]);
    expect(await row(lost)).toMatchObject({ state: 'not_analyzed', failures: 0, task: null });
    expect(await row(kept)).toMatchObject({ state: 'analyzing' });
    expect(await failAttempt(sql, lost, first.attempt, PERMANENT, 3)).toBe('superseded');
    expect(await leaseNext()).toMatchObject({ digest: lost, attempt: 2 });
  });

  it('of a launcher that was lost are all released, whatever their time', async () => {
    const mine = await addQueued(sql, 'mine');
    await leaseNext();
    await addQueued(sql, 'theirs');
    await lease(sql, 'kubernetes');
    expect(await releaseLost(sql, 'local')).toEqual([mine]);
  });

  it('of an image that is lost again and again end it at last', async () => {
    const digest = await addQueued(sql, 'doomed');
    for (let losses = 0; losses <= 100; losses += 1) {
      expect(await queueState(sql, digest)).toMatchObject({ state: 'not_analyzed' });
      await leaseNext();
      await releaseLost(sql, 'local');
    }
    expect(await queueState(sql, digest))
      .toMatchObject({ state: 'analysis_failed', errorCode: 'analysis_lost' });
    expect(await sql`select type, details from events`).toEqual([
      { type: 'user.image.analysis.failed', details: { code: 'analysis_lost', attempt: 101 } },
    ]);
  });
});

it('an image that was analysed often may be lost once more', async () => {
  const digest = await addQueued(sql, 'veteran');
  await sql`update analyses set state = 'analyzed', attempt = 150`;
  await enqueue(sql, analysisOf(digest, { force: true }));
  await leaseNext();
  await releaseLost(sql, 'local');
  expect(await queueState(sql, digest)).toMatchObject({ state: 'not_analyzed', attempt: 151 });
});

describe('queueState', () => {
  it('counts who goes first, those that run included', async () => {
    const last = await addQueued(sql, 'last', { lane: LANE.reanalysis });
    const running = await addQueued(sql, 'running', { lane: LANE.admission });
    await leaseNext();
    const first = await addQueued(sql, 'first', { lane: LANE.submitted });
    const second = await addQueued(sql, 'second', { lane: LANE.submitted });
    const positions = [];
    for (const digest of [running, first, second, last]) {
      positions.push((await queueState(sql, digest))?.position);
    }
    expect(positions).toEqual([null, 2, 3, 4]);
    expect(await queueState(sql, 'sha256:unknown')).toBeUndefined();
  });
});
