import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { composeImage } from 'oci-client/compose';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { ask } from '../door/samples.ts';

let core: TestCore;
let registry: TestRegistry;
let sql: Sql;
beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore();
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
});
afterAll(async () => {
  await sql.end();
  await core.stop();
  await registry.close();
});

async function analysed(name: string, path: string): Promise<string> {
  const content = JSON.stringify({ name, version: '1.0.0' });
  registry.push(name, '1', composeImage({ layers: [[{ path, content }]] }));
  const { imageDigest } = await submitImage(core, `${registry.host}/${name}:1`);
  await untilAnalysed(core, imageDigest);
  return imageDigest;
}

/** As if an older version of the npm analyzer had looked at all that is there. */
async function growOlder(): Promise<void> {
  await sql`update analyses set head = jsonb_set(head, '{analyzers,npm}', '0')`;
}

describe('the coordinator of analyses by older analyzers', () => {
  it('has what they have read read again, in the last lane, while the door goes on', async () => {
    const concerned = await analysed('concerned', 'app/node_modules/concerned/package.json');
    const other = await analysed('other', 'srv/other.txt');
    await growOlder();
    const newest = await analysed('newest', 'srv/newest.txt');
    const attempts = async (digest: string) => {
      const [row] = await sql<{ attempt: number; lane: number; version: number }[]>`
        select attempt, lane, (head->'analyzers'->'npm')::int as version
        from analyses where digest = ${digest}`;
      return row;
    };
    await expect.poll(async () => {
      const reviewed = await ask(core, [`${registry.host}/concerned:1`]);
      expect(reviewed.status.allowed).toBe(true);
      return await attempts(concerned);
    }, { timeout: 40_000 }).toEqual({ attempt: 2, lane: 3, version: 1 });
    await untilAnalysed(core, concerned);
    expect(await attempts(other)).toEqual({ attempt: 1, lane: 1, version: 0 });
    expect(await attempts(newest)).toMatchObject({ attempt: 1, version: 1 });
  }, 60_000);
});
