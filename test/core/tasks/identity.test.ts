import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { type Lease, lease } from '../../../core/queue/lease.ts';
import { type Answer, startTestCore, submitImage, type TestCore } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { ask, errorOf, image, onlyImage } from '../api/samples.ts';
import { end, file, head, packageLine } from './lines.ts';

let core: TestCore;
let registry: TestRegistry;
let sql: Sql;

beforeAll(async () => {
  registry = await startRegistry();
  // No coordinators: the tests are the launcher and its Jobs.
  core = await startTestCore({ environment: { TIDEWAITER_SERVICES: 'api,tasks' } });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await core.stop();
  await registry.close();
});

/** Starts an attempt at a new image, as the coordinator does. */
async function newTask(name: string): Promise<Lease> {
  registry.push(name, '1', image(name));
  await submitImage(core, `${registry.host}/${name}:1`);
  return await nextAttempt();
}

async function nextAttempt(): Promise<Lease> {
  const next = await lease(sql, 'test');
  if (next === undefined) throw new Error('nothing waits');
  await sql`
    update analyses set access = ${sql.json({ viaCore: false, hosts: {} })}
    where digest = ${next.digest}`;
  return next;
}

interface JobCall {
  readonly path?: string;
  readonly method?: string;
  readonly token?: string;
  readonly body?: RequestInit['body'];
}

async function asJob(task: Lease, call: JobCall = {}): Promise<Answer> {
  const { path = '', method = 'GET', token = task.token, body } = call;
  return await ask(core, `/tasks/${task.task}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body }),
  });
}

function reportOf(task: Lease, packages: readonly string[] = []): Uint8Array<ArrayBuffer> {
  const digest = task.digest as ReturnType<typeof head>['digest'];
  const lines = [head(digest), ...packages.map(packageLine), file('/a'), end(packages.length, 1)];
  return new Uint8Array(gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
}

const sendReport = (task: Lease, body: Uint8Array<ArrayBuffer> = reportOf(task)) =>
  asJob(task, { path: '/report', method: 'PUT', body });

const sendFailure = (task: Lease, temporary: boolean) => {
  const body = JSON.stringify({ code: 'it_failed', message: 'It failed.', temporary });
  return asJob(task, { path: '/failure', method: 'POST', body });
};

async function stateOf(task: Lease): Promise<string> {
  return onlyImage(await core.api('GET', `/images/${task.digest}`)).analysis_status;
}

describe('the identity of a Job', () => {
  it('is its token, which opens its task alone', async () => {
    const one = await newTask('one');
    const two = await newTask('two');
    expect(await asJob(one)).toMatchObject({
      status: 200,
      body: { id: one.task, attempt: 1, image: { digest: one.digest }, source: { viaCore: false } },
    });
    for (const token of [two.token, `${one.token}x`, 'x', '', one.token.toLowerCase()]) {
      const error = errorOf(await asJob(one, { token }));
      expect(error).toMatchObject({ httpcode: 401, code: 'task_unauthorized' });
    }
    for (const headers of [{}, { authorization: `Basic ${one.token}` }]) {
      const answer = await ask(core, `/tasks/${one.task}`, { headers });
      expect(errorOf(answer)).toMatchObject({ httpcode: 401, code: 'task_unauthorized' });
    }
    await sendReport(one);
    await sendReport(two);
  });

  it('is not stored, only a hash of it', async () => {
    const task = await newTask('hashed');
    const rows = await sql`select a::text as row from analyses a where digest = ${task.digest}`;
    expect(JSON.stringify(rows)).not.toContain(task.token);
    expect(core.log()).not.toContain(task.token);
    await sendReport(task);
  });

  it.each(['GET ', 'POST /progress', 'POST /failure', 'PUT /report'])(
    'is asked for at every route: %s',
    async (route) => {
      const task = await newTask(`route-${route.replaceAll(/\W+/g, '-').toLowerCase()}x`);
      const [method = '', path = ''] = route.split(' ');
      const body = method === 'GET' ? undefined : '{}';
      for (const [token, code] of [['wrong', 401], [task.token, 200]] as const) {
        const { status } = await asJob(task, {
          path,
          method,
          token,
          ...(body === undefined ? {} : { body }),
        });
        if (code === 401) expect(status).toBe(401);
        else expect([200, 400]).toContain(status);
      }
      expect(await stateOf(task)).toBe('analyzing');
      await sendReport(task);
    },
  );

  it.each(['nothing', '%00', 'x'.repeat(3000)])(
    'of a task that is not there is over: %s',
    async (task) => {
      const answer = await ask(core, `/tasks/${task}`, { headers: { authorization: 'Bearer x' } });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    },
  );

  it('ends with its attempt: a Job that was replaced can change nothing', async () => {
    const first = await newTask('replaced');
    expect((await sendFailure(first, true)).status).toBe(204);
    await sql`update analyses set run_after = now() where digest = ${first.digest}`;
    const second = await nextAttempt();
    expect(second).toMatchObject({ digest: first.digest, attempt: 2 });
    for (
      const answer of [
        await asJob(first),
        await sendReport(first),
        await sendFailure(first, false),
      ]
    ) expect(errorOf(answer)).toMatchObject({ httpcode: 410, code: 'task_superseded' });
    expect((await asJob(second, { token: first.token })).status).toBe(401);
    expect(await stateOf(second)).toBe('analyzing');
    expect((await sendReport(second)).status).toBe(204);
    expect(await stateOf(second)).toBe('analyzed');
  });
});

describe('PUT /tasks/{task}/report', () => {
  it('is taken once: the second one finds the attempt over and changes nothing', async () => {
    const task = await newTask('once');
    expect((await sendReport(task, reportOf(task, ['left']))).status).toBe(204);
    const again = errorOf(await sendReport(task, reportOf(task, ['right'])));
    expect(again).toMatchObject({ httpcode: 410, code: 'task_superseded' });
    const { body } = await core.api('GET', `/images/${task.digest}/content/npm`);
    expect((body as { content: { package: string }[] }).content.map((found) => found.package))
      .toEqual(['left']);
  });

  it('is taken once, also when ten are sent at the same time', async () => {
    const task = await newTask('ten');
    const answers = await Promise.all(Array.from({ length: 10 }, () => sendReport(task)));
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([204, ...Array.from({ length: 9 }, () => 410)]);
    const events = await sql`
      select from events where type = 'user.image.analysis.completed' and resource = ${task.digest}`;
    expect(events).toHaveLength(1);
  });

  it('is refused when it is of another image, and nothing of it is kept', async () => {
    const task = await newTask('mine');
    const other = await newTask('other');
    const error = errorOf(await sendReport(task, reportOf(other)));
    expect(error).toMatchObject({ httpcode: 400, code: 'report_malformed' });
    expect(await stateOf(task)).toBe('analyzing');
    await sendReport(task);
    await sendReport(other);
  });

  it.each([
    ['empty', new Uint8Array(0)],
    ['not gzip', new TextEncoder().encode('nonsense'.repeat(500_000))],
    ['cut off', new Uint8Array(gzipSync(`${JSON.stringify(head())}\n`))],
  ])('that is %s is refused, and a good one is taken after it', async (name, body) => {
    const task = await newTask(`refused-${name.replace(' ', '-')}`);
    expect(errorOf(await sendReport(task, body))).toMatchObject({
      httpcode: 400,
      code: 'report_malformed',
    });
    expect(await stateOf(task)).toBe('analyzing');
    expect((await sendReport(task)).status).toBe(204);
  });

  it('is refused for good where it cannot be stored, so that its Job does not try for ever', async () => {
    const task = await newTask('unstorable');
    // Incompressible, so beyond what an index of Postgres holds.
    const long = Array.from({ length: 500 }, (_, index) => (index * 2654435761).toString(36)).join(
      '',
    );
    const digest = task.digest as ReturnType<typeof head>['digest'];
    const found = { ...packageLine('deep'), location: `/${long}` };
    const lines = [head(digest), found, end(1, 0)];
    const body = gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const answer = await sendReport(task, new Uint8Array(body));
    expect([204, 400]).toContain(answer.status);
  });

  it('whose Job dies in the middle of it leaves core and image alone', async () => {
    const task = await newTask('dying');
    const url = new URL(`${core.url}/tasks/${task.task}/report`);
    const call = request(url, {
      method: 'PUT',
      headers: { authorization: `Bearer ${task.token}`, 'content-length': '100000' },
    });
    call.on('error', () => {});
    call.write(reportOf(task).subarray(0, 60));
    await sleep(200);
    call.destroy();
    await sleep(200);
    expect((await ask(core, '/ready')).status).toBe(200);
    expect(await stateOf(task)).toBe('analyzing');
    expect((await sendReport(task)).status).toBe(204);
  });
});

describe('what a Job tells', () => {
  it('is shown as progress', async () => {
    const task = await newTask('progressing');
    const progress = { phase: 'reading', bytes: 5, totalBytes: 10, layers: 0, totalLayers: 1 };
    const body = JSON.stringify(progress);
    expect((await asJob(task, { path: '/progress', method: 'POST', body })).status).toBe(204);
    expect((await core.api('GET', `/images/${task.digest}/progress`)).body).toMatchObject({
      analysis_status: 'analyzing',
      phase: 'reading',
      bytes: 5,
      total_bytes: 10,
      layers: 0,
      total_layers: 1,
    });
    await sendReport(task);
  });

  it('as a failure is kept with the image: for good, or until another attempt', async () => {
    const task = await newTask('failing');
    expect((await sendFailure(task, true)).status).toBe(204);
    expect(await stateOf(task)).toBe('not_analyzed');
    await sql`update analyses set run_after = now() where digest = ${task.digest}`;
    expect((await sendFailure(await nextAttempt(), false)).status).toBe(204);
    const found = onlyImage(await core.api('GET', `/images/${task.digest}`));
    expect(found).toMatchObject({
      analysis_status: 'analysis_failed',
      analysis_error: { code: 'it_failed', message: 'It failed.' },
    });
  });

  it.each([
    ['/progress', 'nonsense'],
    ['/progress', '{}'],
    ['/progress', '{"phase":"flying","bytes":1,"totalBytes":1,"layers":1,"totalLayers":1}'],
    ['/progress', '{"phase":"reading","bytes":-1,"totalBytes":1,"layers":1,"totalLayers":1}'],
    ['/failure', ''],
    ['/failure', '{"code":"NO","message":"x","temporary":true}'],
    ['/failure', '{"code":"no","message":"","temporary":true}'],
    ['/failure', `{"code":"no","message":"${'x'.repeat(3000)}","temporary":true}`],
    ['/failure', `{"code":"no","message":"x","temporary":true,"more":"${'x'.repeat(2_000_000)}"}`],
  ])('is refused when it is wrong: %s', async (path, body) => {
    const [row] = await sql<{ count: number }[]>`select count(*)::int from analyses`;
    const task = await newTask(`wrong-${row?.count}`);
    const answer = await asJob(task, { path, method: 'POST', body });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body).toHaveProperty('code');
    expect(await stateOf(task)).toBe('analyzing');
    await sendReport(task);
  });
});
