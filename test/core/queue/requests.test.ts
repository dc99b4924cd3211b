import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sql } from '../../../core/database/connection.ts';
import { LANE } from '../../../core/queue/lanes.ts';
import {
  dueRequests,
  failRequest,
  type ReferenceRequest,
  requestReference,
  requestState,
  resolveRequest,
} from '../../../core/queue/requests.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAccount, addQueued, digestOf } from '../catalog/samples.ts';

const REFERENCE = 'registry.example/app:1';
const AWAY = { code: 'registry_unavailable', message: 'Away.', temporary: true } as const;

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  await addAccount(sql, 'team');
});
beforeEach(async () => {
  await sql`delete from requests`;
  await sql`delete from analyses`;
});

async function due(): Promise<ReferenceRequest> {
  const [request] = await dueRequests(sql, 1);
  return request ?? expect.fail('no request is due');
}

async function count(): Promise<number> {
  return (await sql`select from requests`).length;
}

describe('requestReference', () => {
  it('leaves one request of many that ask at once, for each account', async () => {
    await Promise.all(
      Array.from(
        { length: 40 },
        (_, index) =>
          requestReference(sql, index % 2 === 0 ? 'admin' : 'team', REFERENCE, LANE.admission),
      ),
    );
    expect(await count()).toBe(2);
  });

  it('asks anew when the former request has ended', async () => {
    await requestReference(sql, 'admin', REFERENCE, LANE.admission);
    await resolveRequest(sql, (await due()).id, digestOf('x'));
    expect(await requestState(sql, 'admin', REFERENCE)).toMatchObject({ state: 'resolved' });
    await requestReference(sql, 'admin', REFERENCE, LANE.admission);
    expect(await count()).toBe(2);
    expect(await requestState(sql, 'admin', REFERENCE)).toMatchObject({ state: 'pending' });
  });

  it('wakes the coordinators for a new request only', async () => {
    let heard = 0;
    const { unlisten } = await sql.listen('tidewaiter', () => heard += 1);
    for (let asks = 0; asks < 3; asks += 1) {
      await requestReference(sql, 'admin', REFERENCE, LANE.admission);
    }
    await sql`select pg_notify('tidewaiter', 'end')`;
    await expect.poll(() => heard).toBe(2);
    await unlisten();
  });

  it('moves one that waits forward when a pod begins to wait for it', async () => {
    await requestReference(sql, 'admin', REFERENCE, LANE.watched);
    await requestReference(sql, 'admin', REFERENCE, LANE.admission);
    expect(await due()).toMatchObject({ lane: LANE.admission });
    await requestReference(sql, 'admin', REFERENCE, LANE.watched);
    expect(await due()).toMatchObject({ lane: LANE.admission });
    expect(await count()).toBe(1);
  });
});

describe('dueRequests', () => {
  it('takes so many of each registry, with those that are asked about already', async () => {
    for (const registry of ['slow.example', 'quick.example']) {
      for (const tag of [1, 2, 3]) {
        await requestReference(sql, 'admin', `${registry}/app:${tag}`, LANE.admission);
      }
    }
    const of = (requests: readonly ReferenceRequest[]) =>
      requests.map(({ reference }) => reference.replace('.example/app', ''));
    const first = await dueRequests(sql, 10, 2);
    expect(of(first)).toEqual(['slow:1', 'slow:2', 'quick:1', 'quick:2']);
    const asked = first.slice(0, 2).map(({ id }) => id);
    expect(of(await dueRequests(sql, 10, 2, asked))).toEqual(['quick:1', 'quick:2']);
    expect(of(await dueRequests(sql, 3, 2, asked))).toEqual(['quick:1']);
  });

  it('are those whose time has come, urgent ones first, then oldest', async () => {
    for (const [name, lane] of [['w', 2], ['s', 1], ['x', 1], ['adm', 0], ['later', 0]] as const) {
      await requestReference(sql, 'admin', name, lane);
    }
    await sql`update requests set run_after = now() + interval '1 hour' where reference = 'later'`;
    const order = (await dueRequests(sql, 10)).map(({ reference }) => reference);
    expect(order).toEqual(['adm', 's', 'x', 'w']);
    expect(await dueRequests(sql, 2)).toHaveLength(2);
  });
});

describe('failRequest', () => {
  it('tries again later what is temporary, until the attempts are used up', async () => {
    await requestReference(sql, 'admin', REFERENCE, LANE.admission);
    const states: unknown[] = [];
    for (let round = 0; round < 3; round += 1) {
      await failRequest(sql, await due(), AWAY, 3);
      expect(await dueRequests(sql, 10)).toEqual([]);
      states.push((await requestState(sql, 'admin', REFERENCE))?.state);
      await sql`update requests set run_after = now()`;
    }
    expect(states).toEqual(['pending', 'pending', 'failed']);
    expect(await requestState(sql, 'admin', REFERENCE))
      .toMatchObject({ error: 'Away.', errorCode: 'registry_unavailable', position: null });
  });

  it('ends what is permanent at once', async () => {
    await requestReference(sql, 'admin', REFERENCE, LANE.admission);
    await failRequest(sql, await due(), { ...AWAY, temporary: false }, 3);
    expect(await requestState(sql, 'admin', REFERENCE)).toMatchObject({ state: 'failed' });
  });

  it('waits as long as the registry asks for', async () => {
    await requestReference(sql, 'admin', REFERENCE, LANE.admission);
    await failRequest(sql, await due(), { ...AWAY, retryAfter: 120 }, 3);
    const [row] = await sql`
      select extract(epoch from run_after - now())::float as wait from requests`;
    expect(row?.['wait']).toBeGreaterThan(118);
    expect(row?.['wait']).toBeLessThan(121);
  });

  it('changes nothing once the request was resolved', async () => {
    await requestReference(sql, 'admin', REFERENCE, LANE.admission);
    const request = await due();
    await resolveRequest(sql, request.id, digestOf('x'));
    await failRequest(sql, request, { ...AWAY, temporary: false }, 3);
    expect(await requestState(sql, 'admin', REFERENCE))
      .toMatchObject({ state: 'resolved', error: null });
  });
});

describe('requestState', () => {
  it('counts requests and images that go first', async () => {
    await addQueued(sql, 'behind', { lane: LANE.reanalysis });
    await addQueued(sql, 'ahead', { lane: LANE.admission });
    await requestReference(sql, 'admin', 'first', LANE.admission);
    await requestReference(sql, 'admin', REFERENCE, LANE.admission);
    await requestReference(sql, 'admin', 'third', LANE.admission);
    expect(await requestState(sql, 'admin', REFERENCE)).toMatchObject({ position: 3 });
    expect((await requestState(sql, 'admin', REFERENCE))?.age).toBeLessThan(5);
    expect(await requestState(sql, 'team', REFERENCE)).toBeUndefined();
  });
});
