import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { ask, image, statusOf } from '../door/samples.ts';

let core: TestCore;
let registry: TestRegistry;
let sql: Sql;
beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore({ environment: { TIDEWAITER_TAG_CHECK_SECONDS: '1' } });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
});
afterAll(async () => {
  await sql.end();
  await core.stop();
  await registry.close();
});

const requestsOf = (name: string) =>
  registry.requests.filter(({ path }) => path.startsWith(`/v2/${name}/manifests/1`));

describe('the coordinator of tags', () => {
  it('has a tag that moved analysed before the next pod wants it', async () => {
    registry.push('moving', '1', image('moving'));
    const reference = `${registry.host}/moving:1`;
    expect((await ask(core, [reference])).status.allowed).toBe(true);
    const second = registry.push('moving', '1', image('moved', ['22/tcp']));
    await expect.poll(() => sql`select from tags where digest = ${second}`, { timeout: 15_000 })
      .toHaveLength(1);
    await untilAnalysed(core, second);
    await expect.poll(async () => {
      const answer = await core.review([reference], 'later');
      return answer.status === 200 ? statusOf(answer).allowed : undefined;
    }, { timeout: 10_000 }).toBe(false);
  });

  it('asks by HEAD for what is new, and again later', async () => {
    const digest = registry.push('asked', '1', image('asked'));
    await ask(core, [`${registry.host}/asked:1`]);
    const heads = () =>
      requestsOf('asked').filter(({ method, headers }) =>
        method === 'HEAD' && headers['if-none-match'] === `"${digest}"`
      ).length;
    const gets = requestsOf('asked').filter(({ method }) => method === 'GET').length;
    await expect.poll(heads, { timeout: 15_000 }).toBeGreaterThan(1);
    expect(requestsOf('asked').filter(({ method }) => method === 'GET')).toHaveLength(gets);
  });

  it('leaves tags alone that nobody wants at the door', async () => {
    registry.push('unwanted', '1', image('unwanted'));
    const { imageDigest } = await submitImage(core, `${registry.host}/unwanted:1`);
    await untilAnalysed(core, imageDigest);
    const before = requestsOf('unwanted').length;
    await expect.poll(() => requestsOf('asked').length, { timeout: 15_000 })
      .toBeGreaterThan(requestsOf('asked').length + 1);
    expect(requestsOf('unwanted')).toHaveLength(before);
  });
});
