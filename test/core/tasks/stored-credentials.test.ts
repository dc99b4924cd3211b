import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskSource } from '../../../jobs/contract/index.ts';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { type Lease, lease } from '../../../core/queue/lease.ts';
import { type Answer, startTestCore, submitImage, type TestCore } from '../../support/core.ts';
import { type RegistryAuth, startRegistry, type TestRegistry } from '../../support/registry.ts';
import { ask, image, layerOf } from '../api/samples.ts';

const LOGIN = { username: 'reader-of-the-registry', password: 'secret-of-the-registry' };
const BASIC = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64');

let core: TestCore;
let sql: Sql;
beforeAll(async () => {
  // No coordinators: the tests are the launcher and its Jobs.
  core = await startTestCore({
    environment: {
      TIDEWAITER_SERVICES: 'api,tasks',
      TIDEWAITER_ENCRYPTION_KEY: 'a key for the tests of tasks',
    },
  });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
  await sql`insert into accounts (name, type) values ('other', 'user')`;
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await core.stop();
});

/** What a Job is told; what it must not know is not in it. */
async function told(task: Lease, path: string): Promise<Answer> {
  const answer = await ask(core, path, { headers: { authorization: `Bearer ${task.token}` } });
  const text = JSON.stringify([answer.body, [...answer.headers]]);
  for (const secret of [LOGIN.username, LOGIN.password, BASIC]) expect(text).not.toContain(secret);
  return answer;
}

describe.each<[string, RegistryAuth, boolean, boolean]>([
  ['tokens', { kind: 'token', ...LOGIN }, false, false],
  ['a password', { kind: 'basic', ...LOGIN }, true, true],
  ['a password since the Job was launched', { kind: 'basic', ...LOGIN }, false, true],
])('the Job of an image whose registry wants %s', (_, auth, launchedViaCore, viaCore) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry({ auth });
  });
  afterAll(() => registry.close());

  it('gets neither user nor password', async () => {
    const composed = image(`${auth.kind} ${String(launchedViaCore)}`);
    registry.push('team/app', '1', composed);
    const added = await core.api('POST', '/registries', {
      registry: registry.host,
      registry_user: LOGIN.username,
      registry_pass: LOGIN.password,
    });
    expect(added.status, JSON.stringify(added.body)).toBe(200);
    await submitImage(core, `${registry.host}/team/app:1`);
    const task = await lease(sql, 'test');
    if (task === undefined) throw new Error('nothing waits');
    expect(task.account).toBe('admin');
    const stored = { viaCore: launchedViaCore, hosts: { '127.0.0.1': ['127.0.0.1'] } };
    await sql`update analyses set access = ${sql.json(stored)} where digest = ${task.digest}`;

    const { status, body } = await told(task, `/tasks/${task.task}`);
    expect(status, JSON.stringify(body)).toBe(200);
    const { source } = body as { source: Extract<TaskSource, { kind: 'registry' }> };
    expect(source.viaCore).toBe(viaCore);
    expect(source.origin).toBe(viaCore ? core.url : registry.origin);
    if (viaCore) expect(source.authorization).toBeUndefined();
    else expect(source.authorization).toMatch(/^Bearer [\w-]+$/);

    // And it reads what it needs.
    const blob = viaCore
      ? await told(task, `/v2/tasks/${task.task}/blobs/${layerOf(composed)}`)
      : await fetch(`${registry.origin}/v2/team/app/blobs/${layerOf(composed)}`, {
        headers: { authorization: source.authorization ?? '' },
      });
    expect(blob.status).toBe(200);

    // The image is the other account's now, which may not read it.
    await sql`update analyses set account = 'other' where digest = ${task.digest}`;
    const refused = await told(
      task,
      viaCore ? `/v2/tasks/${task.task}/blobs/${layerOf(composed)}` : `/tasks/${task.task}`,
    );
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.body).toMatchObject({ code: 'registry_refused_login' });
    expect(core.log()).not.toContain(LOGIN.password);
    expect(core.log()).not.toContain(BASIC);
    await sql`delete from analyses where digest = ${task.digest}`;
  });
});
