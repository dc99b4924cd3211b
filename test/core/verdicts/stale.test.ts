import { beforeAll, beforeEach, expect, it } from 'vitest';
import { activateBundle, putBundle } from '../../../core/catalog/bundles.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { staleVerdicts } from '../../../core/verdicts/stale.ts';
import { verdictOf } from '../../../core/verdicts/verdict.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAccount, addAnalysed, addQueued } from '../catalog/samples.ts';
import { always, bundleOf } from '../policy/samples.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  await addAccount(sql, 'team');
});
beforeEach(async () => {
  for (const table of ['verdicts', 'bundles', 'images', 'analyses']) {
    await sql`delete from ${sql(table)}`;
  }
  await putBundle(sql, 'admin', bundleOf([always('STOP')]));
  await activateBundle(sql, 'admin', 'b1');
});

async function stale(): Promise<string[]> {
  return (await staleVerdicts(sql, 100)).map(({ fulltag }) => fulltag).toSorted();
}

/** Makes all that are stale, as the coordinator does. */
async function refresh(): Promise<void> {
  for (const question of await staleVerdicts(sql, 100)) await verdictOf(sql, question);
  expect(await stale()).toEqual([]);
}

const A = 'registry.example/a:1';
const B = 'registry.example/b:1';

it('a new image has a stale verdict for each of its tags once it is analysed', async () => {
  await addQueued(sql, 'waiting');
  expect(await stale()).toEqual([]);
  await addAnalysed(sql, A);
  await addAnalysed(sql, B);
  expect(await stale()).toEqual([A, B]);
  await refresh();
});

it('a changed bundle makes all stale, one that is not active none', async () => {
  await addAnalysed(sql, A);
  await refresh();
  await putBundle(sql, 'admin', { ...bundleOf([always('WARN')]), id: 'b2' });
  expect(await stale()).toEqual([]);
  await activateBundle(sql, 'admin', 'b2');
  expect(await stale()).toEqual([A]);
  await refresh();
  await activateBundle(sql, 'admin', 'b1');
  expect(await stale()).toEqual([]);
  await putBundle(sql, 'admin', bundleOf([always('GO')]));
  expect(await stale()).toEqual([A]);
});

it('a changed image makes its own stale', async () => {
  const digest = await addAnalysed(sql, A);
  await addAnalysed(sql, B);
  await refresh();
  await sql`update images set revision = revision + 1 where digest = ${digest}`;
  expect(await stale()).toEqual([A]);
  await refresh();
});

it('an ended exception makes its own stale, one that has not ended does not', async () => {
  await addAnalysed(sql, A);
  await addAnalysed(sql, B);
  await refresh();
  await sql`
    update verdicts set expires_at = now() +
      (case fulltag when ${A} then -1 else 60 end) * interval '1 second'`;
  expect(await stale()).toEqual([A]);
  await refresh();
});

it('accounts are apart: one without a bundle has nothing to make', async () => {
  await addAnalysed(sql, A, undefined, 'team');
  expect(await stale()).toEqual([]);
  await putBundle(sql, 'team', bundleOf([always('STOP')]));
  await activateBundle(sql, 'team', 'b1');
  expect(await staleVerdicts(sql, 100)).toMatchObject([{ account: 'team', fulltag: A }]);
});

it('no more are given than asked for, oldest first', async () => {
  for (const index of [3, 1, 2]) await addAnalysed(sql, `registry.example/n:${index}`);
  expect((await staleVerdicts(sql, 2)).map(({ fulltag }) => fulltag))
    .toEqual(['registry.example/n:3', 'registry.example/n:1']);
});
