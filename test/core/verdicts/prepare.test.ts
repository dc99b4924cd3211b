import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  activateBundle,
  type BundleRecord,
  findBundle,
  putBundle,
  storedDocument,
} from '../../../core/catalog/bundles.ts';
import type { Json, Sql } from '../../../core/database/connection.ts';
import { prepareVerdicts } from '../../../core/verdicts/prepare.ts';
import { verdictOf } from '../../../core/verdicts/verdict.ts';
import { quiet, testDatabase } from '../../support/postgres.ts';
import { addAnalysed } from '../catalog/samples.ts';
import { always, bundleOf } from '../policy/samples.ts';

const TAG = 'registry.example/app:1';
const OTHER = 'registry.example/other:1';
/** When a marked verdict was made: one that is made anew says another time. */
const MARK = new Date('2020-01-01T00:00:00Z');

let sql: Sql;
let digest: string;
let other: string;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  digest = await addAnalysed(sql, TAG);
  other = await addAnalysed(sql, OTHER);
  await sql`update tags set wanted_at = now() where fulltag = ${TAG}`;
});

const next = bundleOf([always('STOP')]);

beforeEach(async () => {
  for (const table of ['verdicts', 'bundles', 'prepared_verdicts']) {
    await sql`delete from ${sql(table)}`;
  }
  await putBundle(sql, 'admin', bundleOf([always('GO')]));
  await activateBundle(sql, 'admin', 'b1');
  for (const fulltag of [TAG, OTHER]) await ask(fulltag);
});

async function ask(fulltag = TAG) {
  const named = fulltag === TAG ? digest : other;
  const verdict = await verdictOf(sql, { account: 'admin', digest: named, fulltag });
  return { action: verdict?.action, isAhead: verdict?.evaluatedAt.getTime() === MARK.getTime() };
}

async function active(): Promise<BundleRecord> {
  const record = await findBundle(sql, 'admin');
  if (record === undefined) throw new Error('no bundle is active');
  return record;
}

async function prepare(): Promise<void> {
  await prepareVerdicts({ sql, log: quiet }, { ...await active(), ...storedDocument(next) });
  await sql`update prepared_verdicts set evaluated_at = ${MARK}`;
}

const left = async () => (await sql`select from prepared_verdicts`).length;

describe('verdicts that are made ahead', () => {
  it('count when their bundle does and not before, and are taken once', async () => {
    await prepare();
    expect(await ask()).toEqual({ action: 'go', isAhead: false });
    await putBundle(sql, 'admin', next);
    expect(await ask()).toEqual({ action: 'stop', isAhead: true });
    expect(await left()).toBe(0);
    expect(await ask()).toEqual({ action: 'stop', isAhead: true });
  });

  it('are in the history as those that were waited for', async () => {
    await prepare();
    await putBundle(sql, 'admin', next);
    await ask();
    const rows = await sql`
      select cause, action from verdict_history where digest = ${digest} order by id desc limit 1`;
    expect(rows).toEqual([{ cause: 'bundle', action: 'stop' }]);
  });

  it('are of what pods want alone', async () => {
    await prepare();
    await putBundle(sql, 'admin', next);
    expect(await ask(OTHER)).toEqual({ action: 'stop', isAhead: false });
    expect(await left()).toBe(1);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the image has changed', () => sql`update images set revision = revision + 1`],
    ['they have ended', () => sql`update prepared_verdicts set expires_at = now()`],
    ['the bundle says something else', () => putBundle(sql, 'admin', { ...next, name: 'else' })],
  ])('count no more where %s', async (_, change) => {
    await prepare();
    await putBundle(sql, 'admin', next);
    await change();
    expect(await ask()).toEqual({ action: 'stop', isAhead: false });
  });

  it('by another bundle are kept as its own at once', async () => {
    await putBundle(sql, 'admin', { ...next, id: 'b2' });
    const another = await findBundle(sql, 'admin', 'b2');
    if (another !== undefined) await prepareVerdicts({ sql, log: quiet }, another);
    expect(await left()).toBe(0);
    await sql`update verdicts set evaluated_at = ${MARK} where bundle = 'b2'`;
    expect(await ask()).toEqual({ action: 'go', isAhead: false });
    await activateBundle(sql, 'admin', 'b2');
    expect(await ask()).toEqual({ action: 'stop', isAhead: true });
    expect(await ask(OTHER)).toEqual({ action: 'stop', isAhead: false });
  });

  it.each(['b1', 'b2'])('are made of the others where one cannot be made, by %s', async (id) => {
    await sql`update tags set wanted_at = now()`;
    const [kept] = await sql<{ head: Json }[]>`select head from analyses where digest = ${digest}`;
    await sql`update analyses set head = '{}' where digest = ${digest}`;
    try {
      await putBundle(sql, 'admin', { ...bundleOf([always('GO')]), id });
      const bundle = await findBundle(sql, 'admin', id);
      if (bundle === undefined) throw new Error('the bundle is not there');
      await prepareVerdicts({ sql, log: quiet }, { ...bundle, ...storedDocument(next) });
      const rows = await sql`
        select digest from prepared_verdicts union select digest from verdicts where bundle = 'b2'`;
      expect(rows).toEqual([{ digest: other }]);
    } finally {
      await sql`update analyses set head = ${
        sql.json(kept?.head ?? null)
      } where digest = ${digest}`;
      await sql`update tags set wanted_at = null where fulltag = ${OTHER}`;
    }
  });

  it('are forgotten with the next change', async () => {
    await prepare();
    await prepareVerdicts({ sql, log: quiet }, {
      ...await active(),
      ...storedDocument(bundleOf([always('WARN')])),
    });
    expect(await left()).toBe(1);
    await putBundle(sql, 'admin', next);
    expect(await ask()).toEqual({ action: 'stop', isAhead: false });
  });
});
