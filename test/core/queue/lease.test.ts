import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sql } from '../../../core/database/connection.ts';
import { failAttempt, queueState } from '../../../core/queue/analyses.ts';
import { lease, type RegistryLimits } from '../../../core/queue/lease.ts';
import { dueRequests, requestReference } from '../../../core/queue/requests.ts';
import { notePause } from '../../../core/registries/pauses.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addQueued } from '../catalog/samples.ts';

const THROTTLED = { code: 'registry_rate_limited', message: 'Too many.', temporary: true } as const;

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
});
beforeEach(async () => {
  await sql`delete from analyses`;
  await sql`delete from registry_pauses`;
  await sql`delete from requests`;
});

function from(registry: string) {
  return { source: { kind: 'registry', registry, repository: 'app' } } as const;
}

async function leaseAll(limits?: RegistryLimits): Promise<string[]> {
  const taken: string[] = [];
  for (;;) {
    const next = await lease(sql, 'local', limits);
    if (next === undefined) return taken;
    taken.push(next.digest);
  }
}

describe('limits of registries', () => {
  it('hold back more than so many of one registry, and no others', async () => {
    const many: string[] = [];
    for (let index = 0; index < 4; index += 1) {
      many.push(await addQueued(sql, `many-${index}`, { lane: 0, ...from('many.example') }));
    }
    const other = await addQueued(sql, 'other', { lane: 3, ...from('other.example:5000') });
    expect(await leaseAll({ each: 2, of: {} })).toEqual([many[0], many[1], other]);
    await sql`update analyses set state = 'analyzed' where digest = ${many[0] ?? ''}`;
    expect(await leaseAll({ each: 2, of: {} })).toEqual([many[2]]);
    expect(await leaseAll()).toEqual([many[3]]);
  });

  it('are those of the registry itself where it has some', async () => {
    for (let index = 0; index < 3; index += 1) {
      await addQueued(sql, `own-${index}`, from('own.example'));
      await addQueued(sql, `free-${index}`, from('free.example'));
    }
    expect(await leaseAll({ each: 3, of: { 'own.example': 1 } })).toHaveLength(4);
    expect(await leaseAll({ of: { 'own.example': 2 } })).toHaveLength(1);
  });
});

describe('a registry that pauses', () => {
  it('is left alone by all, until its time is over', async () => {
    await addQueued(sql, 'first', { lane: 0, ...from('slow.example') });
    const other = await addQueued(sql, 'other', from('quick.example'));
    await requestReference(sql, 'admin', 'slow.example/app:2', 0);
    await requestReference(sql, 'admin', 'quick.example/app:2', 0);
    await notePause(sql, 'slow.example', { ...THROTTLED, retryAfter: 60 }, 'core');
    expect(await leaseAll()).toEqual([other]);
    expect((await dueRequests(sql, 10)).map(({ reference }) => reference))
      .toEqual(['quick.example/app:2']);
    await sql`update registry_pauses set paused_until = now()`;
    expect(await leaseAll()).toHaveLength(1);
    expect(await dueRequests(sql, 10)).toHaveLength(2);
  });

  it('costs its images no attempt, however often; they say why they wait', async () => {
    const digest = await addQueued(sql, 'throttled');
    for (let round = 1; round <= 5; round += 1) {
      await sql`update analyses set run_after = now()`;
      const next = await lease(sql, 'local');
      expect(next).toMatchObject({ digest, attempt: round, failures: 0 });
      expect(await failAttempt(sql, digest, round, { ...THROTTLED, retryAfter: 40 }, 3))
        .toBe('retried');
    }
    const [row] = await sql<{ wait: number }[]>`
      select extract(epoch from run_after - now())::float as wait from analyses`;
    expect(row?.wait).toBeGreaterThan(35);
    expect(await queueState(sql, digest)).toMatchObject({
      state: 'not_analyzed',
      errorCode: 'registry_rate_limited',
    });
  });

  it('does not hold an image for ever', async () => {
    const digest = await addQueued(sql, 'given-up');
    await sql`update analyses set losses = 100`;
    const next = await lease(sql, 'local');
    expect(await failAttempt(sql, digest, next?.attempt ?? 0, THROTTLED, 3)).toBe('failed');
  });
});
