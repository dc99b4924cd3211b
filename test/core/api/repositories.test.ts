import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { startTestCore, type TestCore } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { errorOf, image } from './samples.ts';

let core: TestCore;
let registry: TestRegistry;
let sql: Sql;
beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore({ environment: { TIDEWAITER_WATCH_REPOSITORIES_SECONDS: '1' } });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
});
afterAll(async () => {
  await sql.end();
  await core.stop();
  await registry.close();
});

async function watch(repository: string, query: Record<string, string> = {}) {
  return await core.api('POST', `/repositories?${new URLSearchParams({ repository, ...query })}`);
}

function valueOf(body: unknown): unknown {
  const [record] = body as { subscription_value: string }[];
  return JSON.parse(record?.subscription_value ?? 'null');
}

const tagsOf = (repository: string) =>
  sql`
  select tag from tags where repository = ${repository} order by tag`;

describe('POST /repositories', () => {
  it('adds what is there and what comes, and follows it if that is asked for', async () => {
    registry.push('grows', '1', image('grows 1'));
    registry.push('grows', '2', image('grows 2'));
    const key = `${registry.host}/grows`;
    const answer = await watch(key, { autosubscribe: 'True' });
    expect(answer).toMatchObject({
      status: 200,
      body: [{ subscription_key: key, subscription_type: 'repo_update', active: true }],
    });
    expect(valueOf(answer.body)).toEqual({
      autosubscribe: true,
      repotags: ['1', '2'],
      tagcount: 2,
      lookuptag: 'latest',
    });
    await expect.poll(() => tagsOf('grows'), { timeout: 20_000 }).toHaveLength(2);
    registry.push('grows', '3', image('grows 3'));
    await expect.poll(() => tagsOf('grows'), { timeout: 20_000 }).toHaveLength(3);
    const followed = await sql`
      select tag from subscriptions
      where repository = 'grows' and type = 'tag_update' and active order by tag`;
    expect(followed.map(({ tag }) => tag as string)).toEqual(['1', '2', '3']);
    const listed = await core.api('GET', '/subscriptions?subscription_type=repo_update');
    expect(valueOf(listed.body)).toMatchObject({ tagcount: 3, repotags: ['1', '2', '3'] });
    const again = await watch(key, { autosubscribe: 'False' });
    expect(valueOf(again.body)).toMatchObject({ autosubscribe: false, tagcount: 3 });
    const lanes = await sql`select distinct lane from requests where reference like ${`${key}:%`}`;
    expect(lanes.map(({ lane }) => lane as number)).toEqual([2]);
  });

  it('adds only what comes, if that is asked for', async () => {
    registry.push('later', 'old', image('later old'));
    await watch(`${registry.host}/later`, { exclude_existing_tags: 'true' });
    await expect.poll(() =>
      sql`
      select from subscriptions where repository = 'later' and seen is not null`, {
      timeout: 15_000,
    }).toHaveLength(1);
    registry.push('later', 'new', image('later new'));
    await expect.poll(() => tagsOf('later'), { timeout: 20_000 }).toEqual([{ tag: 'new' }]);
  });

  it('stores nothing in a dry run', async () => {
    registry.push('dry', '1', image('dry'));
    const answer = await watch(`${registry.host}/dry:some`, { dryrun: 'true' });
    expect(answer.status).toBe(200);
    expect(valueOf(answer.body)).toEqual({
      autosubscribe: false,
      repotags: ['1'],
      tagcount: 1,
      lookuptag: 'some',
    });
    expect(await sql`select from subscriptions where repository = 'dry'`).toHaveLength(0);
  });

  it('says that there is no such repository, and remembers it as an event', async () => {
    const error = errorOf(await watch(`${registry.host}/missing`));
    expect(error).toMatchObject({ httpcode: 404, code: 'image_not_found' });
    expect(await sql`select from subscriptions where repository = 'missing'`).toHaveLength(0);
    expect(
      await sql`
      select from events where type = 'system.repository.list_tags_fail'
        and resource = ${`${registry.host}/missing`}`,
    ).toHaveLength(1);
  });

  it('refuses a digest', async () => {
    const named = `${registry.host}/grows@sha256:${'0'.repeat(64)}`;
    expect(errorOf(await watch(named)).code).toBe('subscription_key_invalid');
  });
});
