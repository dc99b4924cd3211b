import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { errorOf, image } from './samples.ts';

interface Subscription {
  readonly subscription_key: string;
  readonly subscription_type: string;
  readonly subscription_value: string | null;
  readonly userId: string;
  readonly active: boolean;
  readonly subscription_id: string;
}

let core: TestCore;
let registry: TestRegistry;
beforeAll(async () => {
  [core, registry] = await Promise.all([startTestCore(), startRegistry()]);
});
afterAll(async () => {
  await core.stop();
  await registry.close();
});

async function list(query: Record<string, string> = {}): Promise<Subscription[]> {
  const answer = await core.api('GET', `/subscriptions?${new URLSearchParams(query)}`);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body as Subscription[];
}

async function add(key: string, type: string, more: Record<string, unknown> = {}) {
  const body = { subscription_key: key, subscription_type: type, ...more };
  return await core.api('POST', '/subscriptions', body);
}

describe('POST /images', () => {
  it.each([[true], [false]])('with autosubscribe=%s subscribes to the tag', async (auto) => {
    const name = `submitted-${auto}`;
    registry.push(name, '1', image(name));
    const key = `${registry.host}/${name}:1`;
    const query = auto ? '?autosubscribe=True' : '';
    expect((await core.api('POST', `/images${query}`, { tag: key })).status).toBe(200);
    const found = await list({ subscription_key: key });
    expect(found.map(({ subscription_type: type, active }) => [type, active])).toEqual([
      ['analysis_update', true],
      ['policy_eval', false],
      ['tag_update', auto],
      ['vuln_update', false],
    ]);
    for (const { subscription_id: id, subscription_type: type, ...rest } of found) {
      expect(id).toBe(createHash('md5').update(`admin${key}${type}`).digest('hex'));
      expect(rest).toMatchObject({
        subscription_key: key,
        userId: 'admin',
        subscription_value: null,
      });
    }
  });

  it('leaves subscriptions as they are when the image is posted again', async () => {
    registry.push('again', '1', image('again'));
    const key = `${registry.host}/again:1`;
    await submitImage(core, key);
    const [own] = await list({ subscription_key: key, subscription_type: 'analysis_update' });
    await core.api('PUT', `/subscriptions/${own?.subscription_id}`, { active: false });
    await submitImage(core, key);
    const [after] = await list({ subscription_key: key, subscription_type: 'analysis_update' });
    expect(after?.active).toBe(false);
  });
});

describe('/subscriptions', () => {
  it('adds, reads, changes and removes one, each time as an array of one', async () => {
    const key = 'registry.example/life:1';
    const added = await add(key, 'policy_eval', { active: true, subscription_value: 'text' });
    const [{ subscription_id: id } = { subscription_id: '' }] = added.body as Subscription[];
    const expected = {
      subscription_key: key,
      subscription_type: 'policy_eval',
      subscription_value: 'text',
      userId: 'admin',
      active: true,
      subscription_id: createHash('md5').update(`admin${key}policy_eval`).digest('hex'),
    };
    expect(added).toMatchObject({ status: 200, body: [expected] });
    expect((await core.api('GET', `/subscriptions/${id}`)).body).toEqual([expected]);
    const changed = await core.api('PUT', `/subscriptions/${id}`, { active: false });
    expect(changed.body).toEqual([{ ...expected, active: false }]);
    const revalued = await core.api('PUT', `/subscriptions/${id}`, { subscription_value: 'new' });
    expect(revalued.body).toEqual([{ ...expected, active: false, subscription_value: 'new' }]);
    expect((await core.api('DELETE', `/subscriptions/${id}`)).status).toBe(200);
    for (const method of ['GET', 'DELETE', 'PUT']) {
      const gone = await core.api(
        method,
        `/subscriptions/${id}`,
        method === 'PUT' ? {} : undefined,
      );
      expect(errorOf(gone)).toMatchObject({ httpcode: 404, code: 'subscription_not_found' });
    }
    expect(await list({ subscription_key: key })).toEqual([]);
  });

  it('finds both spellings of an official image, and answers in the one that was given', async () => {
    expect((await add('docker.io/nginx:1', 'tag_update')).status).toBe(200);
    for (const key of ['docker.io/nginx:1', 'docker.io/library/nginx:1', 'nginx:1']) {
      const found = await list({ subscription_key: key });
      expect(found.map(({ subscription_key }) => subscription_key)).toEqual(['docker.io/nginx:1']);
    }
    const other = errorOf(await add('docker.io/library/nginx:1', 'tag_update'));
    expect(other).toMatchObject({ httpcode: 409, code: 'subscription_exists' });
  });

  it.each([
    ['an unknown type', 'registry.example/a:1', 'nothing', {}],
    ['no reference', 'Registry/A B', 'tag_update', {}],
    ['a digest', `registry.example/a@sha256:${'0'.repeat(64)}`, 'tag_update', {}],
    ['a tag of a repository', 'registry.example/a:1', 'repo_update', {}],
    ['a value that is no JSON', 'registry.example/a', 'repo_update', { subscription_value: 'x' }],
    ['a value that is no object', 'registry.example/a', 'repo_update', { subscription_value: '1' }],
  ])('refuses %s', async (_what, key, type, more) => {
    const before = await list();
    expect((await add(key, type, more)).status).toBe(400);
    expect(await list()).toEqual(before);
  });

  it('refuses to list an unknown type', async () => {
    expect((await core.api('GET', '/subscriptions?subscription_type=nothing')).status).toBe(400);
    expect(await list({ subscription_key: 'not a reference' })).toEqual([]);
  });

  it('refuses a second one', async () => {
    expect((await add('registry.example/twice:1', 'vuln_update')).status).toBe(200);
    const second = errorOf(await add('registry.example/twice:1', 'vuln_update'));
    expect(second).toMatchObject({ httpcode: 409, code: 'subscription_exists' });
  });
});

describe('DELETE /images/{digest}', () => {
  it('wants force for the newest image of a subscribed tag, and switches the subscriptions off', async () => {
    const old = registry.push('deleted', '1', image('old'));
    const key = `${registry.host}/deleted:1`;
    await untilAnalysed(core, (await submitImage(core, key)).imageDigest);
    const newest = registry.push('deleted', '1', image('newest'));
    await untilAnalysed(core, (await submitImage(core, key)).imageDigest);
    expect((await core.api('DELETE', `/images/${old}`)).status).toBe(200);
    const refused = errorOf(await core.api('DELETE', `/images/${newest}`));
    expect(refused).toMatchObject({ httpcode: 409, code: 'image_subscribed' });
    expect((await core.api('GET', `/images/${newest}`)).status).toBe(200);
    expect((await core.api('DELETE', `/images/${newest}?force=true`)).status).toBe(200);
    expect((await list({ subscription_key: key })).some(({ active }) => active)).toBe(false);
  });
});
