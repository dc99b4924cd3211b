import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { activateBundle, putBundle } from '../../../core/catalog/bundles.ts';
import { recordImage } from '../../../core/catalog/images.ts';
import { parseName } from '../../../core/catalog/names.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { rowsOf } from '../../../core/verdicts/rows.ts';
import { type Verdict, verdictOf } from '../../../core/verdicts/verdict.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAnalysed, addImage, addQueued, digestOf, resolvedImage } from '../catalog/samples.ts';
import { always, bundleOf, withWhitelist } from '../policy/samples.ts';

const TAG = 'registry.example/app:1';

let sql: Sql;
let digest: string;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  digest = await addAnalysed(sql, TAG);
});
beforeEach(async () => {
  await sql`delete from verdicts`;
  await sql`delete from bundles`;
  await putBundle(sql, 'admin', bundleOf([always('STOP')]));
  await activateBundle(sql, 'admin', 'b1');
});

async function ask(changes: { fulltag?: string; bundleId?: string } = {}): Promise<Verdict> {
  const verdict = await verdictOf(sql, { account: 'admin', digest, fulltag: TAG, ...changes });
  return verdict ?? expect.fail('no verdict');
}

/** Whether the same question was answered from the store. */
async function isReused(before: Verdict): Promise<boolean> {
  const after = await ask();
  return after.evaluatedAt.getTime() === before.evaluatedAt.getTime();
}

async function tick(): Promise<void> {
  const now = Date.now();
  while (Date.now() === now) await Promise.resolve();
}

describe('a verdict', () => {
  it('says what the bundle says, and names what decides', async () => {
    const verdict = await ask();
    expect(verdict).toMatchObject({ action: 'stop', bundle: { id: 'b1', active: true } });
    expect(verdict.summary).toMatchObject({
      bundle: 'b1',
      others: 0,
      finding: { gate: 'always', trigger: 'always' },
    });
    expect(rowsOf(verdict.result)).toHaveLength(1);
    expect(verdict.result.bundle).toEqual(bundleOf([always('STOP')]));
  });

  it('is stored, and the second answer is the same to the last letter', async () => {
    const first = await ask();
    await tick();
    const second = await ask();
    expect(second.evaluatedAt).toEqual(first.evaluatedAt);
    expect(JSON.stringify(second.result)).toBe(JSON.stringify(first.result));
    expect(second.summary).toEqual(first.summary);
  });

  it('is one for each tag and bundle', async () => {
    await putBundle(sql, 'admin', { ...bundleOf([always('WARN')]), id: 'b2' });
    const answers = [
      await ask(),
      await ask({ bundleId: 'b2' }),
      await ask({ fulltag: 'registry.example/app:2' }),
    ];
    expect(answers.map(({ action }) => action)).toEqual(['stop', 'warn', 'stop']);
    expect(await sql`select from verdicts`).toHaveLength(3);
    expect((await ask({ bundleId: 'b2' })).evaluatedAt).toEqual(answers[1]?.evaluatedAt);
  });

  it('is made once of many that ask at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, () => ask()));
    expect(new Set(all.map(({ action }) => action))).toEqual(new Set(['stop']));
    expect(await sql`select from verdicts`).toHaveLength(1);
  });
});

describe('a stored verdict is made anew', () => {
  it('when its bundle has changed, and again when it has changed back', async () => {
    const first = await ask();
    await putBundle(sql, 'admin', bundleOf([always('WARN')]));
    expect(await ask()).toMatchObject({ action: 'warn' });
    await putBundle(sql, 'admin', bundleOf([always('STOP')]));
    await tick();
    expect(await ask()).toMatchObject({ action: 'stop' });
    expect(await isReused(first)).toBe(false);
  });

  it('not when the bundle is uploaded as it was', async () => {
    const first = await ask();
    await putBundle(sql, 'admin', bundleOf([always('STOP')]));
    await tick();
    expect(await isReused(first)).toBe(true);
  });

  it('when another bundle is active', async () => {
    await ask();
    await putBundle(sql, 'admin', { ...bundleOf([always('GO')]), id: 'b2' });
    await activateBundle(sql, 'admin', 'b2');
    expect(await ask()).toMatchObject({ action: 'go', bundle: { id: 'b2' } });
  });

  it('when the image has changed: its revision grew', async () => {
    const first = await ask();
    await recordImage(sql, {
      account: 'admin',
      name: parseName(TAG),
      resolved: resolvedImage(TAG),
      dockerfile: Buffer.from(`FROM scratch\n# ${Date.now()}\n`).toString('base64'),
    });
    await tick();
    expect(await isReused(first)).toBe(false);
  });

  it('when an exception in it has ended', async () => {
    const expires = new Date(Date.now() + 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
    const item = { id: 'i1', gate: 'always', trigger_id: '*', expires_on: expires };
    await putBundle(sql, 'admin', withWhitelist(bundleOf([always('STOP')]), [item]));
    const first = await ask();
    expect(first.action).toBe('go');
    const [row] = await sql<{ at: Date }[]>`select expires_at as at from verdicts`;
    expect(row?.at).toEqual(new Date(expires));
    await tick();
    expect(await isReused(first)).toBe(true);
    await sql`update verdicts set expires_at = now() - interval '1 second'`;
    expect(await isReused(first)).toBe(false);
  });
});

describe('no verdict', () => {
  it('is there while the image was never analysed, or is not the account’s', async () => {
    const waiting = await addQueued(sql, 'waiting');
    const unasked = await addImage(sql, 'registry.example/unasked:1');
    for (const each of [waiting, unasked, digestOf('unknown')]) {
      expect(await verdictOf(sql, { account: 'admin', digest: each, fulltag: TAG }))
        .toBeUndefined();
    }
  });

  it('is there without a bundle: the account is told which one is missing', async () => {
    await expect(ask({ bundleId: 'missing' })).rejects.toMatchObject({
      code: 'policy_not_found',
      status: 404,
      message: expect.stringContaining('missing'),
    });
    await sql`update bundles set active = false`;
    await expect(ask()).rejects.toMatchObject({
      code: 'policy_not_found',
      message: expect.stringContaining('no active policy bundle'),
    });
  });

  it.each([
    ['of another schema', '{"id":"b1"}'],
    ['that is no object', '[]'],
    ['that is no JSON', '{"id":'],
  ])('is made of a stored bundle %s: that is said, and nothing is stored', async (_, text) => {
    await sql`update bundles set document = ${text}, sha256 = 'broken'`;
    await expect(ask()).rejects.toMatchObject({
      code: 'policy_invalid',
      status: 500,
      message: expect.stringContaining('b1 is broken: upload it again'),
    });
    expect(await sql`select from verdicts`).toHaveLength(0);
  });
});
