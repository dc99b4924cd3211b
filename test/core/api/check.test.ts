import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeImage } from 'oci-client/compose';
import {
  type Answer,
  startTestCore,
  submitImage,
  type TestCore,
  untilAnalysed,
} from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { errorOf, image, layerOf } from './samples.ts';

const DEFAULT = '2c53a13c-1765-11e8-82ef-23527761d060';

interface Evaluation {
  readonly policyId: string;
  readonly status: string;
  readonly last_evaluation: string;
  readonly detail: { readonly result?: unknown; readonly policy?: { readonly id: string } };
}

let core: TestCore;
let registry: TestRegistry;
let good: string;
let bad: string;

async function add(repository: string, ports: readonly string[]): Promise<string> {
  const composed = composeImage({
    layers: [[{ path: repository, content: repository }]],
    config: { ExposedPorts: ports },
  });
  registry.push(repository, '1', composed);
  const { imageDigest } = await submitImage(core, `${registry.host}/${repository}:1`);
  await untilAnalysed(core, imageDigest);
  return imageDigest;
}

beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore();
  good = await add('good', []);
  bad = await add('bad', ['22/tcp']);
});
afterAll(async () => {
  await core.stop();
  await registry.close();
});

/** The evaluations of an answer, by tag; the answer's shape is checked. */
function evaluations(answer: Answer, digest: string): Record<string, Evaluation[]> {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  const list = answer.body as Record<string, Record<string, Evaluation[]>>[];
  expect(list).toHaveLength(1);
  expect(Object.keys(list[0] ?? {})).toEqual([digest]);
  return list[0]?.[digest] ?? {};
}

const check = (digest: string, query = '') => core.api('GET', `/images/${digest}/check${query}`);

describe('GET /images/{digest}/check', () => {
  it.each<[string, () => string, string]>([
    ['pass', () => good, 'pass'],
    ['fail', () => bad, 'fail'],
  ])('says %s with the reasons', async (_, digest, status) => {
    const tag = `${registry.host}/${status === 'pass' ? 'good' : 'bad'}:1`;
    const found = evaluations(await check(digest(), `?tag=${tag}`), digest());
    expect(Object.keys(found)).toEqual([tag]);
    expect(found[tag]).toMatchObject([{
      policyId: DEFAULT,
      status,
      last_evaluation: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      detail: { policy: { id: DEFAULT } },
    }]);
    const text = JSON.stringify(found[tag]?.[0]?.detail.result);
    expect(text.includes('Dockerfile exposes port (22/tcp)')).toBe(status === 'fail');
  });

  it('judges under all tags of the image unless one is given, and leaves out the detail', async () => {
    registry.tag('good', 'second', registry.push('good', '1', composeAgain()));
    await submitImage(core, `${registry.host}/good:second`);
    const found = evaluations(await check(good, '?detail=False'), good);
    expect(Object.keys(found).toSorted()).toEqual(
      [`${registry.host}/good:1`, `${registry.host}/good:second`],
    );
    for (const [evaluation] of Object.values(found)) expect(evaluation?.detail).toEqual({});
  });

  function composeAgain() {
    return composeImage({
      layers: [[{ path: 'good', content: 'good' }]],
      config: { ExposedPorts: [] },
    });
  }

  it('judges under a tag the image does not have, in the spelling that was asked for', async () => {
    for (const tag of ['docker.io/nginx:1', 'docker.io/library/nginx:1', 'nginx:1']) {
      const query = `?tag=${tag}&interactive=True&history=False`;
      expect(Object.keys(evaluations(await check(good, query), good))).toEqual([tag]);
    }
  });

  it('judges by the bundle that is named', async () => {
    const bundle = {
      id: 'other',
      name: 'Other',
      version: '1_0',
      policies: [{
        id: 'never',
        name: 'never',
        version: '1_0',
        rules: [{ id: 'r', gate: 'always', trigger: 'always', action: 'STOP', params: [] }],
      }],
      whitelists: [],
      mappings: [{
        id: 'all',
        name: 'all',
        registry: '*',
        repository: '*',
        image: { type: 'tag', value: '*' },
        policy_ids: ['never'],
        whitelist_ids: [],
      }],
      whitelisted_images: [],
      blacklisted_images: [],
    };
    expect((await core.api('POST', '/policies', bundle)).status).toBe(200);
    const found = evaluations(await check(good, '?policyId=other'), good);
    for (const [evaluation] of Object.values(found)) {
      expect(evaluation).toMatchObject({ policyId: 'other', status: 'fail' });
    }
  });

  it('sees a change of the policy at once', async () => {
    const path = `/policies/${DEFAULT}`;
    const [record] = (await core.api('GET', path)).body as [{ policybundle: object }];
    const blacklisted = {
      ...record,
      policybundle: {
        ...record.policybundle,
        blacklisted_images: [{
          id: 'x',
          name: 'x',
          registry: '*',
          repository: '*',
          image: { type: 'tag', value: '*' },
        }],
      },
    };
    const statusNow = async () =>
      Object.values(evaluations(await check(good), good)).map(([evaluation]) => evaluation?.status);
    expect(await statusNow()).toEqual(['pass', 'pass']);
    expect((await core.api('PUT', path, blacklisted)).status).toBe(200);
    expect(await statusNow()).toEqual(['fail', 'fail']);
    expect((await core.api('PUT', path, record)).status).toBe(200);
    expect(await statusNow()).toEqual(['pass', 'pass']);
  });

  it.each<[string, () => Promise<Answer>, number, string]>([
    ['an unknown image', () => check(`sha256:${'0'.repeat(64)}`), 404, 'image_not_found'],
    ['an unknown bundle', () => check(good, '?policyId=unknown'), 404, 'policy_not_found'],
    ['a wrong tag', () => check(good, '?tag=NO/Such:1'), 400, 'invalid_reference'],
    ['an empty tag', () => check(good, '?tag='), 400, 'invalid_reference'],
  ])('answers %s with its code', async (_, question, httpcode, code) => {
    expect(errorOf(await question())).toMatchObject({ httpcode, code });
  });

  it('answers 404 while the image is being analysed', async () => {
    const composed = image('not yet');
    registry.push('waiting', '1', composed);
    const reached = registry.faults.hangBlob(layerOf(composed));
    const { imageDigest } = await submitImage(core, `${registry.host}/waiting:1`);
    await reached;
    try {
      expect(errorOf(await check(imageDigest))).toMatchObject({
        httpcode: 404,
        code: 'image_not_analyzed',
        message: 'image is not analyzed - analysis_status: analyzing',
      });
    } finally {
      registry.faults.release();
    }
  });
});

describe('GET /images/{digest}/check/history', () => {
  it('tells how the verdict has changed and why, and the check lists former ones', async () => {
    const tag = `${registry.host}/good:1`;
    const path = `/images/${good}/check`;
    const at = (where: string) => `${where}?tag=${encodeURIComponent(tag)}&policyId=draft`;
    const draft = (action: string) => ({
      id: 'draft',
      version: '1_0',
      policies: [{
        id: 'p1',
        version: '1_0',
        rules: [{ id: 'r1', gate: 'always', trigger: 'always', action, params: [] }],
      }],
      whitelists: [],
      mappings: [{
        name: 'all',
        registry: '*',
        repository: '*',
        image: { type: 'tag', value: '*' },
        policy_ids: ['p1'],
      }],
    });
    for (const action of ['STOP', 'WARN']) {
      expect((await core.api('POST', '/policies', draft(action))).status).toBe(200);
      expect((await core.api('GET', at(path))).status).toBe(200);
    }
    const { status, body } = await core.api('GET', at(`${path}/history`));
    expect(status).toBe(200);
    const finding = {
      gate: 'always',
      trigger: 'always',
      policy_id: 'p1',
      trigger_id: expect.any(String),
      message: expect.any(String),
    };
    const common = {
      tag,
      policyId: 'draft',
      id: expect.any(Number),
      policy_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      evaluated_at: expect.stringMatching(/Z$/),
    };
    expect(body).toEqual([
      {
        ...common,
        action: 'warn',
        status: 'pass',
        cause: 'bundle',
        appeared: [{ ...finding, action: 'warn' }],
        appeared_count: 1,
        disappeared: [{ ...finding, action: 'stop' }],
        disappeared_count: 1,
      },
      {
        ...common,
        action: 'stop',
        status: 'fail',
        cause: 'first',
        appeared: [],
        appeared_count: 0,
        disappeared: [],
        disappeared_count: 0,
      },
    ]);
    const all = evaluations(await core.api('GET', `${at(path)}&history=True`), good)[tag] ?? [];
    expect(all.map((entry) => entry.status)).toEqual(['pass', 'fail']);
    expect(all.map(({ detail }) => Object.keys(detail).length > 0)).toEqual([true, false]);
    const none = await core.api('GET', `/images/sha256:${'0'.repeat(64)}/check/history`);
    expect(none.status).toBe(404);
  });
});

describe('GET /policies/{policyId}/exceptions', () => {
  it('lists those that end first before the others, and finds them by state and owner', async () => {
    const inDays = (days: number) =>
      new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+Z/, 'Z');
    const item = (id: string, more: object) => ({ id, gate: 'always', trigger_id: id, ...more });
    const bundle = {
      id: 'excepting',
      version: '1_0',
      policies: [],
      mappings: [],
      whitelists: [{
        id: 'w1',
        name: 'accepted',
        version: '1_0',
        items: [
          item('lasting', {}),
          item('far', { expires_on: inDays(60), owner: 'team-b', reason: 'why', ticket: 'T-1' }),
          item('near', { expires_on: inDays(2), owner: 'team-a' }),
          item('over', { expires_on: inDays(-2) }),
        ],
      }],
    };
    expect((await core.api('POST', '/policies', bundle)).status).toBe(200);
    const ids = async (query = '') => {
      const { body } = await core.api('GET', `/policies/excepting/exceptions${query}`);
      return (body as { item_id: string; state: string }[]).map((one) =>
        `${one.item_id} ${one.state}`
      );
    };
    expect(await ids()).toEqual([
      'over expired',
      'near expiring',
      'far in_force',
      'lasting lasting',
    ]);
    expect(await ids('?state=expiring')).toEqual(['near expiring']);
    expect(await ids('?owner=team-b')).toEqual(['far in_force']);
    const { body } = await core.api('GET', '/policies/excepting/exceptions?owner=team-b');
    expect(body).toMatchObject([{
      policyId: 'excepting',
      whitelist_id: 'w1',
      whitelist_name: 'accepted',
      gate: 'always',
      trigger_id: 'far',
      reason: 'why',
      ticket: 'T-1',
    }]);
    expect((await core.api('GET', '/policies/missing/exceptions')).status).toBe(404);
  });
});
