import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { activateBundle, putBundle } from '../../../core/catalog/bundles.ts';
import { recordImage } from '../../../core/catalog/images.ts';
import { parseName } from '../../../core/catalog/names.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { forgetHistory, listHistory } from '../../../core/verdicts/history.ts';
import { renewVerdicts } from '../../../core/verdicts/renew.ts';
import { verdictOf } from '../../../core/verdicts/verdict.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAnalysed, resolvedImage } from '../catalog/samples.ts';
import { always, bundleOf, withWhitelist } from '../policy/samples.ts';

const TAG = 'registry.example/app:1';

let sql: Sql;
let digest: string;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  digest = await addAnalysed(sql, TAG);
});
beforeEach(async () => {
  await sql`delete from verdict_history`;
  await sql`delete from verdicts`;
  await sql`delete from bundles`;
  await put(bundleOf([always('STOP')]));
  await activateBundle(sql, 'admin', 'b1');
});

async function put(bundle: ReturnType<typeof bundleOf>): Promise<void> {
  await putBundle(sql, 'admin', bundle);
}

async function ask(): Promise<void> {
  await verdictOf(sql, { account: 'admin', digest, fulltag: TAG });
}

const read = (more: { before?: number; limit?: number } = {}) =>
  listHistory(sql, { account: 'admin', digest, limit: 100, ...more });

/** Entries, oldest first: cause, action, and what came and went. */
async function entries(): Promise<readonly string[]> {
  return (await read()).toReversed().map(({ cause, action, appeared, disappeared }) =>
    [
      cause,
      action,
      ...appeared.map((finding) => `+${finding.gate} ${finding.action}`),
      ...disappeared.map((finding) => `-${finding.gate} ${finding.action}`),
    ].join(' ')
  );
}

describe('the history of a verdict', () => {
  it('begins with the first, and has an entry for each change of the bundle that shows', async () => {
    await ask();
    await ask();
    await put(bundleOf([always('WARN')]));
    await ask();
    await put({ ...bundleOf([always('WARN')]), comment: 'the same rules' });
    await ask();
    await put(bundleOf([]));
    await ask();
    expect(await entries()).toEqual([
      'first stop',
      'bundle warn +always warn -always stop',
      'bundle go -always warn',
    ]);
  });

  it('says that time alone has changed it where an exception has ended', async () => {
    const soon = new Date(Date.now() + 300).toISOString();
    await put(
      withWhitelist(bundleOf([always('STOP')]), [{
        id: 'i1',
        gate: 'always',
        trigger_id: '*',
        expires_on: soon,
      }]),
    );
    await ask();
    await expect.poll(async () => {
      await ask();
      return await entries();
    }, { timeout: 5000 }).toEqual(['first go', 'time stop +always stop -always go']);
  });

  it('has no entry for an image that is judged again as before', async () => {
    await ask();
    await renewVerdicts(sql, digest);
    await recordImage(sql, {
      account: 'admin',
      name: parseName(TAG),
      resolved: resolvedImage(TAG),
      annotations: { checked: 'yes' },
    });
    await ask();
    expect(await entries()).toEqual(['first stop']);
  });

  it('has one first entry, however many ask at the same time', async () => {
    await Promise.all(Array.from({ length: 12 }, () => ask()));
    expect(await entries()).toEqual(['first stop']);
  });

  it('is read in pages', async () => {
    await ask();
    for (const action of ['WARN', 'GO', 'STOP'] as const) {
      await put(bundleOf([always(action)]));
      await ask();
    }
    const first = await read({ limit: 3 });
    const rest = await read({ limit: 3, before: first.at(-1)!.id });
    expect([...first, ...rest].map(({ action }) => action)).toEqual(['stop', 'go', 'warn', 'stop']);
  });

  it('is forgotten after its time but for what counts now', async () => {
    await ask();
    await put(bundleOf([always('GO')]));
    await ask();
    await sql`update verdict_history set evaluated_at = now() - interval '400 days'`;
    expect(await forgetHistory(sql, 365)).toBe(1);
    expect(await entries()).toEqual(['bundle go +always go -always stop']);
    expect(await forgetHistory(sql, 365)).toBe(0);
  });

  it('goes with its image', async () => {
    const other = await addAnalysed(sql, 'registry.example/gone:1');
    await verdictOf(sql, { account: 'admin', digest: other, fulltag: 'registry.example/gone:1' });
    await sql`delete from images where digest = ${other}`;
    expect(await sql`select from verdict_history where digest = ${other}`).toHaveLength(0);
  });
});
