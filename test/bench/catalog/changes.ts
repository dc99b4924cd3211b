/**
 * Changes of a large catalog, and how long the work after them takes while a door is asked.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '../../../core/database/connection.ts';
import { DEFAULT_BUNDLE } from '../../../core/policy/index.ts';
import type { TestCore } from '../../support/core.ts';
import { advisory, saying } from '../../support/loaded-feed.ts';
import { latencies } from '../load.ts';

const JUDGING_SECONDS = 20;
/** How often the door is asked. */
export const PER_SECOND = 100;

/** Packages that images have, chosen so that every kind is among them. */
export async function changedRecords(sql: Sql, count: number) {
  const rows = await sql<{ namespace: string; package: string }[]>`
    select namespace, package from (
      select distinct namespace, package from subject_keys where package <> ''
    ) as k order by md5(namespace || package) limit ${count}`;
  return rows.map(({ namespace, package: name }, turn) =>
    advisory(`CVE-2099-${10_000 + turn}`, [saying(namespace, name)], { severity: 'high' })
  );
}

/** Waits until nothing has to be matched any more; seconds. */
export async function untilMatched(sql: Sql, start: number): Promise<number> {
  for (;;) {
    const [left] = await sql<{ stale: boolean }[]>`
      select exists (select from subjects where stale) as stale`;
    if (left?.stale !== true) return (performance.now() - start) / 1000;
    await sleep(100);
  }
}

export interface Judging {
  /** Images whose verdicts were made anew, and those that still wait. */
  readonly images: number;
  readonly left: number;
  /** Seconds. */
  readonly took: number;
}

/** Waits until nothing has to be judged anew any more, but no longer than it takes to measure. */
async function untilNone(count: () => Promise<number>): Promise<Judging> {
  const before = await count();
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  let left = before;
  while (left > 0 && seconds() < JUDGING_SECONDS) {
    await sleep(500);
    left = await count();
  }
  return { images: before - left, left, took: seconds() };
}

/** Verdicts anew on images in which a change of a feed has changed what is found. */
export function untilRenewed(sql: Sql): Promise<Judging> {
  return untilNone(async () => {
    const [row] = await sql<{ images: number }[]>`
      select count(*)::int as images from images_to_judge`;
    return row?.images ?? 0;
  });
}

/** Verdicts by a bundle that has just become the active one. */
export function untilJudgedBy(sql: Sql, bundle: string): Promise<Judging> {
  return untilNone(async () => {
    const [row] = await sql<{ images: number }[]>`
      select (select count(*) from tags)::int - count(*)::int as images
      from verdicts where bundle = ${bundle}`;
    return row?.images ?? 0;
  });
}

/** Makes another bundle the active one, which warns of each image; its id. */
export async function activateAnother(core: TestCore): Promise<string> {
  const [policy] = DEFAULT_BUNDLE.policies;
  if (policy === undefined) throw new Error('The default bundle has no policy.');
  const rule = { id: 'all', gate: 'always', trigger: 'always', action: 'WARN', params: [] };
  const bundle = {
    ...DEFAULT_BUNDLE,
    id: 'another',
    policies: [{ ...policy, rules: [...policy.rules ?? [], rule] }],
  };
  const { status } = await core.api('POST', '/policies', bundle);
  if (status !== 200) throw new Error(`The bundle was answered with ${status}.`);
  const made = await core.api('PUT', '/policies/another?active=true', {
    policyId: 'another',
    active: true,
    policybundle: bundle,
  });
  if (made.status !== 200) throw new Error(`Its activation was answered with ${made.status}.`);
  return bundle.id;
}

/** Asks a door all the while; what came of the work, and milliseconds of answers, sorted. */
export async function whileAsked<T>(
  door: Parameters<typeof latencies>[0],
  work: () => Promise<T>,
): Promise<{ result: T; times: number[] }> {
  let isOver = false;
  const times: number[] = [];
  const asking = (async () => {
    while (!isOver) times.push(...await latencies(door, PER_SECOND, 2));
  })();
  const result = await work().finally(() => isOver = true);
  await asking;
  return { result, times: times.sort((a, b) => a - b) };
}
