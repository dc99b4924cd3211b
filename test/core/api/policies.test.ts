import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { always, bundleOf } from '../policy/samples.ts';
import { startTestCore, type TestCore } from '../../support/core.ts';
import { errorOf } from './samples.ts';

const DEFAULT = '2c53a13c-1765-11e8-82ef-23527761d060';

interface Record_ {
  readonly policyId: string;
  readonly active: boolean;
  readonly name: string;
  readonly policybundle: Record<string, unknown>;
}

let core: TestCore;
beforeAll(async () => {
  core = await startTestCore({ environment: { TIDEWAITER_SERVICES: 'api' } });
});
afterAll(() => core.stop());

function bundle(id: string | undefined, name = 'A bundle'): Record<string, unknown> {
  return {
    id,
    name,
    version: '1_0',
    comment: 'kept as it is',
    policies: [{
      id: 'p',
      name: 'p',
      version: '1_0',
      rules: [{ id: 'r', gate: 'always', trigger: 'always', action: 'STOP', params: [] }],
    }],
    whitelists: [],
    mappings: [{
      id: 'm',
      name: 'm',
      registry: '*',
      repository: '*',
      image: { type: 'tag', value: '*' },
      policy_ids: ['p'],
      whitelist_ids: [],
    }],
    whitelisted_images: [],
    blacklisted_images: [],
  };
}

function withDeepComment(): string {
  const depth = 100_000;
  return JSON.stringify({ ...bundle('deep'), comment: 0 })
    .replace('"comment":0', `"comment":${'['.repeat(depth)}${']'.repeat(depth)}`);
}

async function record(id: string): Promise<Record_> {
  const { status, body } = await core.api('GET', `/policies/${encodeURIComponent(id)}`);
  expect(status).toBe(200);
  const records = body as Record_[];
  expect(records).toHaveLength(1);
  return records[0] as Record_;
}

async function activeIds(): Promise<string[]> {
  const records = (await core.api('GET', '/policies')).body as Record_[];
  return records.filter(({ active }) => active).map(({ policyId }) => policyId);
}

describe('/policies', () => {
  it('has the default bundle, active, and shows bundles only with detail', async () => {
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;
    const [first] = (await core.api('GET', '/policies')).body as unknown[];
    expect(first).toEqual({
      policyId: DEFAULT,
      active: true,
      userId: 'admin',
      policy_source: 'local',
      policybundle: {},
      policybundlemeta: {},
      created_at: time,
      last_updated: time,
      name: expect.any(String) as string,
      description: expect.any(String) as string,
    });
    const [detailed] = (await core.api('GET', '/policies?detail=True')).body as Record_[];
    expect(detailed?.policybundle['id']).toBe(DEFAULT);
    const short = (await core.api('GET', `/policies/${DEFAULT}?detail=False`)).body as Record_[];
    expect(short[0]?.policybundle).toEqual({});
  });

  it('keeps a bundle as it was given, inactive, and replaces it under the same id', async () => {
    const given = bundle('kept');
    const { status, body } = await core.api('POST', '/policies', given);
    expect(status).toBe(200);
    expect(body).toMatchObject({ policyId: 'kept', active: false, policybundle: given });
    expect((await record('kept')).policybundle).toEqual(given);
    await core.api('POST', '/policies', bundle('kept', 'Another name'));
    expect(await record('kept')).toMatchObject({ name: 'Another name', active: false });
  });

  it('runs unit tests on a bundle that is not stored', async () => {
    const policybundle = bundleOf([always('STOP')], { id: 'tried' });
    const test = { name: 'one', tag: 'docker.io/library/a:1', facts: {}, expect: 'go' };
    const tests = [{ ...test, now: '2026-01-01T00:00:00Z' }, { ...test, expect: 'stop' }];
    const { status, body } = await core.api('POST', '/policies/test', { policybundle, tests });
    expect([status, body]).toEqual([200, {
      passed: false,
      results: [
        {
          name: 'one',
          passed: false,
          expected: 'go',
          action: 'stop',
          reasons: [
            'The bundle says stop, not go: Unconditional trigger match (always.always).',
          ],
        },
        { name: 'one', passed: true, expected: 'stop', action: 'stop', reasons: [] },
      ],
    }]);
    expect((await core.api('GET', '/policies/tried')).status).toBe(404);
    const wrong = await core.api('POST', '/policies/test', { policybundle: {}, tests });
    expect([wrong.status, wrong.body]).toMatchObject([400, { code: 'policy_invalid' }]);
    const odd = { policybundle, tests: [{ ...test, facts: { file: [] } }] };
    expect((await core.api('POST', '/policies/test', odd)).status).toBe(400);
  });

  it('replays what came to the door by a bundle that is not stored', async () => {
    const policybundle = bundleOf([always('STOP')], { id: 'tried' });
    const { status, body } = await core.api('POST', '/policies/replay', { policybundle });
    expect([status, body]).toEqual([200, {
      days: 7,
      images: 0,
      images_unknown: 0,
      partial: false,
      would_refuse: [],
      would_admit: [],
      running_refused: [],
    }]);
    const wrong = await core.api('POST', '/policies/replay', { policybundle, days: 0 });
    expect(wrong.status).toBe(400);
  });

  it('names a bundle without id by its account and name', async () => {
    const { body } = await core.api('POST', '/policies', bundle(undefined, 'Nameless'));
    const id = createHash('md5').update('admin:Nameless').digest('hex');
    expect(body).toMatchObject({ policyId: id, policybundle: { id } });
  });

  it('activates one and deactivates the rest', async () => {
    await core.api('POST', '/policies', bundle('next'));
    const answer = await core.api('PUT', '/policies/next', {
      ...await record('next'),
      active: true,
    });
    expect(answer).toMatchObject({ status: 200, body: [{ policyId: 'next', active: true }] });
    expect(await activeIds()).toEqual(['next']);
    const back = await core.api('PUT', `/policies/${DEFAULT}?active=True`, await record(DEFAULT));
    expect(back.status).toBe(200);
    expect(await activeIds()).toEqual([DEFAULT]);
  });

  it('never has two active bundles, however many are activated at once', async () => {
    const ids = Array.from({ length: 8 }, (_, index) => `race-${index}`);
    for (const id of ids) await core.api('POST', '/policies', bundle(id));
    const answers = await Promise.all(
      ids.map(async (id) =>
        await core.api('PUT', `/policies/${id}`, { ...await record(id), active: true })
      ),
    );
    // One that is overtaken may find itself active or not; none may fail.
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
    const active = await activeIds();
    expect(active).toHaveLength(1);
    expect(ids).toContain(active[0]);
    await core.api('PUT', `/policies/${DEFAULT}?active=true`, await record(DEFAULT));
  });

  it('deletes a bundle', async () => {
    await core.api('POST', '/policies', bundle('a/b c'));
    const answer = await core.api('DELETE', '/policies/a%2Fb%20c');
    expect(answer).toMatchObject({ status: 200, body: 'deleted' });
    const gone = errorOf(await core.api('GET', '/policies/a%2Fb%20c'));
    expect(gone).toMatchObject({ httpcode: 404, code: 'policy_not_found' });
    expect(errorOf(await core.api('DELETE', '/policies/a%2Fb%20c')).httpcode).toBe(404);
  });

  it('keeps the active bundle active and in place', async () => {
    const deleted = errorOf(await core.api('DELETE', `/policies/${DEFAULT}`));
    expect(deleted).toMatchObject({ httpcode: 409, code: 'policy_active' });
    const inactive = { ...await record(DEFAULT), active: false };
    const changed = errorOf(await core.api('PUT', `/policies/${DEFAULT}`, inactive));
    expect(changed).toMatchObject({ httpcode: 409, code: 'policy_active' });
    expect(await activeIds()).toEqual([DEFAULT]);
  });

  it.each([
    ['another record', 'one', { policyId: 'two', policybundle: bundle('one') }],
    ['another bundle', 'one', { policyId: 'one', policybundle: bundle('two') }],
  ])('refuses %s under a path', async (_, id, body) => {
    const error = errorOf(await core.api('PUT', `/policies/${id}`, body));
    expect(error).toMatchObject({ httpcode: 400, code: 'policy_id_mismatch' });
  });

  it('does not make a bundle by a change', async () => {
    const body = { policyId: 'new', policybundle: bundle('new') };
    const error = errorOf(await core.api('PUT', '/policies/new', body));
    expect(error).toMatchObject({ httpcode: 404, code: 'policy_not_found' });
  });

  it('says what is wrong with a bundle, and changes nothing', async () => {
    const wrong = { ...bundle('kept'), mappings: [{ registry: 7 }], policies: 'none' };
    for (
      const question of [
        () => core.api('POST', '/policies', wrong),
        () => core.api('PUT', '/policies/kept', { policyId: 'kept', policybundle: wrong }),
      ]
    ) {
      const error = errorOf(await question());
      expect(error).toMatchObject({
        httpcode: 400,
        code: 'policy_invalid',
        message: 'Bundle failed validation',
      });
      const problems = error.detail['validation_details'] as Record<string, unknown>[];
      expect(problems.length).toBeGreaterThan(0);
      for (const problem of problems) {
        expect(problem).toMatchObject({
          severity: expect.stringMatching(/^(error|warning|warn)$/) as string,
          problem_type: expect.any(String) as string,
          details: expect.any(String) as string,
        });
      }
    }
    expect((await record('kept')).name).toBe('Another name');
  });

  it.each<[string, unknown]>([
    ['an id that is no text', { id: 7 }],
    ['an empty id', { id: '' }],
    ['an id that is too long', { id: 'x'.repeat(257) }],
    ['a list', []],
  ])('answers %s with a problem', async (_, body) => {
    const answer = await core.api('POST', '/policies', body);
    expect(answer.headers.get('content-type')).toMatch(/problem\+json/);
    expect(answer).toMatchObject({ status: 400, body: { status: 400, code: 'invalid_request' } });
  });

  it.each<[string, string]>([
    ['deep nesting', `{"id":"deep","x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['deep nesting in what is kept as it is', withDeepComment()],
    ['NUL', JSON.stringify(bundle('a\u0000b'))],
    ['NUL in its name', JSON.stringify(bundle('nul', 'a\u0000b'))],
    ['an unfinished text', '{"id":'],
    ['nothing in it', ''],
  ])('survives a bundle with %s', async (_, body) => {
    const answer = await core.api('POST', '/policies', body);
    expect(answer.status).toBe(400);
    expect(answer.body).toHaveProperty('code');
  });
});

describe('GET /system/policy_spec', () => {
  it('describes gates, triggers and parameters', async () => {
    const { status, body } = await core.api('GET', '/system/policy_spec');
    expect(status).toBe(200);
    const gates = body as { name: string; triggers: { name: string }[] }[];
    const dockerfile = gates.find(({ name }) => name === 'dockerfile');
    expect(dockerfile?.triggers.map(({ name }) => name)).toContain('exposed_ports');
  });
});
