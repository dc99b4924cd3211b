import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAsLeader } from '../../../core/coordinators/leader.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { createLog } from '../../../core/log.ts';
import { testDatabase } from '../../support/postgres.ts';

const silent = createLog({ level: 'error', format: 'text', write: () => {} });

let sql: Sql;
let url: string;
const cores: { term: AbortController; running: Promise<void> }[] = [];
/** Who leads now, and who began to, in order. */
let leading: string[] = [];
let began: string[] = [];
/** The most that led at the same time. */
let most = 0;

beforeAll(async () => {
  ({ sql, url } = await testDatabase());
});
afterEach(async () => {
  for (const { term } of cores) term.abort();
  await Promise.all(cores.splice(0).map(({ running }) => running));
  [leading, began, most] = [[], [], 0];
});

async function lead(name: string, signal: AbortSignal): Promise<void> {
  leading.push(name);
  began.push(name);
  most = Math.max(most, leading.length);
  if (!signal.aborted) await once(signal, 'abort');
  leading = leading.filter((each) => each !== name);
}

function startCore(name: string, work = lead): AbortController {
  const term = new AbortController();
  const running = runAsLeader(
    'coordinators',
    url,
    silent,
    term.signal,
    (signal) => work(name, signal),
  );
  cores.push({ term, running });
  return term;
}

async function untilLeads(count = 1): Promise<void> {
  await expect.poll(() => leading.length, { timeout: 10_000 }).toBe(count);
}

/** Cuts the connection that holds the leader's lock, as a crash of its machine would. */
async function cut(): Promise<void> {
  await sql`
    select pg_terminate_backend(pid) from pg_locks
    where locktype = 'advisory' and database =
      (select oid from pg_database where datname = current_database())`;
}

describe('runAsLeader', () => {
  it('lets one of many lead, and the next when it ends', async () => {
    const terms = new Map(['a', 'b', 'c'].map((name) => [name, startCore(name)]));
    await untilLeads();
    await sleep(1500);
    expect(began).toHaveLength(1);
    terms.get(began[0] ?? '')?.abort();
    await expect.poll(() => began.length, { timeout: 10_000 }).toBe(2);
    expect(began[1]).not.toBe(began[0]);
    expect(most).toBe(1);
  });

  it('hands over when the connection of the leader is cut', async () => {
    startCore('a');
    await untilLeads();
    startCore('b');
    for (const terms of [2, 3]) {
      await cut();
      await expect.poll(() => began.length, { timeout: 10_000 }).toBe(terms);
      await untilLeads();
    }
  });

  it('ends soon after its signal, whether it leads or waits', async () => {
    startCore('a');
    await untilLeads();
    startCore('b');
    await sleep(100);
    const start = performance.now();
    for (const { term } of cores) term.abort();
    await Promise.all(cores.map(({ running }) => running));
    expect(performance.now() - start).toBeLessThan(1500);
    expect(leading).toEqual([]);
  });

  it('waits for the work of a term before the next begins', async () => {
    const order: string[] = [];
    startCore('a', async (_, signal) => {
      order.push('begin');
      if (!signal.aborted) await once(signal, 'abort');
      await sleep(300);
      order.push('end');
    });
    await expect.poll(() => order.length).toBe(1);
    await cut();
    await expect.poll(() => order.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
    expect(order.slice(0, 3)).toEqual(['begin', 'end', 'begin']);
  });

  it('begins anew when the work fails, and takes nobody along', async () => {
    let terms = 0;
    startCore('a', async (name, signal) => {
      terms += 1;
      if (terms === 1) throw new Error('broken');
      await lead(name, signal);
    });
    await untilLeads();
    expect(terms).toBe(2);
  });
});
