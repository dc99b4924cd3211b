import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sql } from '../../../core/database/connection.ts';
import {
  backoffSeconds,
  enqueue,
  failAttempt,
  LEASE_SECONDS,
  queueDepth,
  queueState,
  tokenHash,
} from '../../../core/queue/analyses.ts';
import { lease } from '../../../core/queue/lease.ts';
import { LANE } from '../../../core/queue/lanes.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAccount, addImage, addQueued, analysisOf } from '../catalog/samples.ts';

const TEMPORARY = { code: 'registry_unavailable', message: 'Away.', temporary: true } as const;
const PERMANENT = { code: 'digest_mismatch', message: 'Broken.', temporary: false } as const;

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  for (const account of ['a', 'b', 'c']) await addAccount(sql, account);
});
beforeEach(async () => {
  await sql`delete from analyses`;
  await sql`delete from events`;
});

async function row(digest: string): Promise<Record<string, unknown>> {
  const [found] = await sql<Record<string, unknown>[]>`
    select *, extract(epoch from run_after - now())::float as wait,
      extract(epoch from lease_until - now())::float as left
    from analyses where digest = ${digest}`;
  return found ?? {};
}

/** Digests in the order in which they are leased. */
async function leaseAll(): Promise<string[]> {
  const order: string[] = [];
  for (let next = await lease(sql, 'local'); next !== undefined; next = await lease(sql, 'local')) {
    order.push(next.digest);
  }
  return order;
}

async function leaseNext() {
  const next = await lease(sql, 'local');
  return next ?? expect.fail('nothing to lease');
}

/** Lets what waits for its back-off wait no longer. */
async function skipBackoff(): Promise<void> {
  await sql`update analyses set run_after = now()`;
}

describe('enqueue', () => {
  it('makes one row of many that ask at once, in the most urgent lane', async () => {
    const digest = await addImage(sql, 'r.example/many:1');
    const lanes = Object.values(LANE);
    const states = await Promise.all(
      Array.from(
        { length: 50 },
        (_, index) =>
          sql.begin((tx) =>
            enqueue(tx, analysisOf(digest, { lane: lanes[index % 4] ?? 0, account: 'a' }))
          ),
      ),
    );
    expect(new Set(states)).toEqual(new Set(['not_analyzed']));
    expect(await queueDepth(sql)).toEqual([{ state: 'not_analyzed', lane: 0, count: 1 }]);
  });

  it('moves forward to a lower lane, never back', async () => {
    const digest = await addQueued(sql, 'lane', { lane: LANE.watched });
    for (const [asked, expected] of [[3, 2], [1, 1], [2, 1], [0, 0], [1, 0]] as const) {
      await enqueue(sql, analysisOf(digest, { lane: asked }));
      expect(await row(digest)).toMatchObject({ lane: expected });
    }
  });

  it('leaves alone what is being analysed, forced or not', async () => {
    const digest = await addQueued(sql, 'running');
    await leaseNext();
    expect(await enqueue(sql, analysisOf(digest, { force: true, retry: true, lane: 0 })))
      .toBe('analyzing');
    expect(await row(digest)).toMatchObject({ state: 'analyzing', attempt: 1, lane: 1 });
  });

  it.each([
    ['analyzed', {}, 'analyzed'],
    ['analyzed', { retry: true }, 'analyzed'],
    ['analyzed', { force: true }, 'not_analyzed'],
    ['analysis_failed', {}, 'analysis_failed'],
    ['analysis_failed', { force: true }, 'analysis_failed'],
    ['analysis_failed', { retry: true }, 'not_analyzed'],
  ])('finds %s with %j and leaves it %s', async (state, options, expected) => {
    const digest = await addQueued(sql, 'ended');
    await sql`
      update analyses set state = ${state}, attempt = 3, failures = 3, error = 'x',
        error_code = 'y', run_after = now() + interval '1 hour'`;
    const asked = analysisOf(digest, { ...options, lane: LANE.admission, account: 'b' });
    expect(await enqueue(sql, asked)).toBe(expected);
    const again = expected === 'not_analyzed';
    expect(await row(digest)).toMatchObject({
      state: expected,
      attempt: 3,
      ...(again ? { failures: 0, error: null, error_code: null, account: 'b', lane: 0 } : {}),
    });
    expect(await leaseAll()).toEqual(again ? [digest] : []);
  });

  it('wakes the coordinators', async () => {
    let heard = 0;
    const { unlisten } = await sql.listen('tidewaiter', () => heard += 1);
    await addQueued(sql, 'wakes');
    await expect.poll(() => heard).toBeGreaterThan(0);
    await unlisten();
  });
});

describe('lease', () => {
  it('takes lanes in order, and the oldest of a lane first', async () => {
    const names = ['w', 's', 'adm', 're', 's2', 'adm2'];
    const lanes = [2, 1, 0, 3, 1, 0] as const;
    const digests = new Map<string, string>();
    for (const [index, name] of names.entries()) {
      digests.set(await addQueued(sql, name, { lane: lanes[index] ?? 0 }), name);
    }
    expect((await leaseAll()).map((digest) => digests.get(digest)))
      .toEqual(['adm', 'adm2', 's', 's2', 'w', 're']);
  });

  it('lets accounts take turns, however much one of them wants', async () => {
    const owners = new Map<string, string>();
    for (const account of ['a', 'a', 'a', 'a', 'b', 'b', 'c']) {
      const content = `turn-${owners.size}`;
      owners.set(await addQueued(sql, content, { account }), account);
    }
    expect((await leaseAll()).map((digest) => owners.get(digest)).join(''))
      .toBe('abcabaa');
  });

  it('gives each image to one of many who ask at once', async () => {
    for (let index = 0; index < 5; index += 1) await addQueued(sql, `exclusive-${index}`);
    const taken: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const leases = await Promise.all(Array.from({ length: 20 }, () => lease(sql, 'local')));
      taken.push(...leases.flatMap((found) => found === undefined ? [] : [found.digest]));
    }
    expect(taken).toHaveLength(5);
    expect(new Set(taken).size).toBe(5);
    const attempts = await sql`select distinct attempt from analyses`;
    expect(attempts).toEqual([{ attempt: 1 }]);
  });

  it('says what to analyse and stores only the hash of its token', async () => {
    const digest = await addQueued(sql, 'token');
    const next = await leaseNext();
    expect(next).toMatchObject({ digest, attempt: 1, failures: 0 });
    expect(next.task).toBe(`${digest.slice('sha256:'.length, 'sha256:'.length + 32)}-1`);
    expect(next.compressedSize).toBeGreaterThan(0);
    expect(next.source).toEqual(analysisOf(digest).source);
    const stored = await row(digest);
    expect(stored['token_hash']).toEqual(tokenHash(next.token));
    expect(JSON.stringify(stored)).not.toContain(next.token);
    expect(stored['left']).toBeGreaterThan(LEASE_SECONDS - 2);
    expect(stored['left']).toBeLessThanOrEqual(LEASE_SECONDS);
  });

  it('waits until an image may run, and does not hold up the others behind it', async () => {
    const later = await addQueued(sql, 'later', { account: 'a', lane: 0 });
    await sql`update analyses set run_after = now() + interval '1 hour'`;
    const sameAccount = await addQueued(sql, 'same-account', { account: 'a', lane: 0 });
    const otherLane = await addQueued(sql, 'other-lane', { account: 'b', lane: 3 });
    expect(await leaseAll()).toEqual([sameAccount, otherLane]);
    await skipBackoff();
    expect(await leaseAll()).toEqual([later]);
  });
});

describe('failAttempt', () => {
  it('ends an image whose failure is permanent at the first attempt, with an event', async () => {
    const digest = await addQueued(sql, 'permanent');
    const { attempt } = await leaseNext();
    expect(await failAttempt(sql, digest, attempt, PERMANENT, 3)).toBe('failed');
    expect(await queueState(sql, digest)).toMatchObject({
      state: 'analysis_failed',
      error: 'Broken.',
      errorCode: 'digest_mismatch',
      position: null,
    });
    expect(await row(digest)).toMatchObject({ task: null, token_hash: null, lease_until: null });
    expect(await sql`select type, level, resource, details from events`).toEqual([{
      type: 'user.image.analysis.failed',
      level: 'error',
      resource: digest,
      details: { code: 'digest_mismatch', attempt: 1 },
    }]);
  });

  it('tries again what is temporary, later each time, until the attempts are used up', async () => {
    const digest = await addQueued(sql, 'temporary');
    const waits: unknown[] = [];
    const endings: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      await skipBackoff();
      const { attempt } = await leaseNext();
      endings.push(await failAttempt(sql, digest, attempt, TEMPORARY, 3));
      waits.push((await row(digest))['wait']);
      expect(await lease(sql, 'local')).toBeUndefined();
    }
    expect(endings).toEqual(['retried', 'retried', 'failed']);
    expect(waits[0]).toBeGreaterThan(0.5);
    expect(waits[0]).toBeLessThanOrEqual(1.2);
    expect(waits[1]).toBeGreaterThan(1.3);
    expect(waits[1]).toBeLessThanOrEqual(2.4);
    expect(await sql`select type from events`).toHaveLength(1);
  });

  it('has no effect for an attempt that is not the current one', async () => {
    const digest = await addQueued(sql, 'fenced');
    const first = await leaseNext();
    await failAttempt(sql, digest, first.attempt, TEMPORARY, 9);
    expect(await failAttempt(sql, digest, first.attempt, PERMANENT, 9)).toBe('superseded');
    await skipBackoff();
    const second = await leaseNext();
    expect(second.attempt).toBe(2);
    expect(second.task).not.toBe(first.task);
    expect(await failAttempt(sql, digest, first.attempt, PERMANENT, 9)).toBe('superseded');
    expect(await queueState(sql, digest)).toMatchObject({ state: 'analyzing', attempt: 2 });
  });

  it('counts one failure of many that tell of it at once', async () => {
    const digest = await addQueued(sql, 'told');
    const { attempt } = await leaseNext();
    const endings = await Promise.all(
      Array.from({ length: 10 }, () => failAttempt(sql, digest, attempt, TEMPORARY, 3)),
    );
    expect(endings.filter((ending) => ending === 'retried')).toHaveLength(1);
    expect(endings.filter((ending) => ending === 'superseded')).toHaveLength(9);
    expect(await row(digest)).toMatchObject({ failures: 1 });
  });
});

describe('backoffSeconds', () => {
  it.each([[0, 1], [1, 1], [2, 2], [3, 4], [6, 32], [7, 60], [50, 60], [2000, 60]])(
    'after %i failures is %i seconds, give or take a fifth',
    (failures, seconds) => {
      for (let tries = 0; tries < 50; tries += 1) {
        expect(Math.abs(backoffSeconds(failures) / seconds - 1)).toBeLessThanOrEqual(0.2001);
      }
    },
  );
});
