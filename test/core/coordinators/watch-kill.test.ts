import { afterAll, beforeAll, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { freePort } from '../../../core/cli/local-core.ts';
import { startTestCore, type TestCore, untilAnalysed } from '../../support/core.ts';
import { seeded } from '../../support/kills.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { image } from '../api/samples.ts';

const KILLS = 3;

let core: TestCore;
let registry: TestRegistry;
let sql: Sql;
beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore({
    environment: {
      TIDEWAITER_WATCH_TAGS_SECONDS: '1',
      // Where nobody listens: without any webhook nothing would be kept to be told.
      TIDEWAITER_WEBHOOKS: JSON.stringify({
        general: { url: `http://127.0.0.1:${await freePort()}/` },
      }),
    },
  });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
});
afterAll(async () => {
  await sql.end();
  await core.stop();
  await registry.close();
});

it('tells of each move and of each analysis once, whenever core is killed', async () => {
  const random = seeded(20261201);
  const tag = `${registry.host}/killed:1`;
  const digests = [registry.push('killed', '1', image('killed 0'))];
  const posted = await core.api('POST', '/images?autosubscribe=true', { tag });
  expect(posted.status).toBe(200);
  await untilAnalysed(core, digests[0] ?? '');
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const digest = registry.push('killed', '1', image(`killed ${kill}`));
    digests.push(digest);
    await sleep(random() * 4000);
    await core.kill();
    await core.start();
    await untilAnalysed(core, digest);
    await expect.poll(() =>
      sql`
      select from notifications where type = 'tag_update'`, { timeout: 20_000 })
      .toHaveLength(kill);
  }
  // Whatever would be told twice has the time for it.
  await sleep(6000);
  const moves = await sql<{ from: string; to: string }[]>`
    select payload->'last_eval'->>0 as from, payload->'curr_eval'->>0 as to
    from notifications where type = 'tag_update' order by number`;
  expect(moves).toEqual(digests.slice(1).map((to, at) => ({ from: digests[at], to })));
  const ends = await sql<{ digest: string }[]>`
    select payload->'curr_eval'->>'image_digest' as digest
    from notifications where type = 'analysis_update' order by number`;
  expect(ends.map(({ digest }) => digest)).toEqual(digests);
}, 120_000);
