import { afterEach, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { startEmbedded } from '../../../core/database/embedded.ts';
import { Memory } from '../../../core/door/memory.ts';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { quiet, testDatabase } from '../../support/postgres.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { image, statusOf } from './samples.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function started(seconds = 60): Promise<{ memory: Memory; sql: Sql }> {
  const { sql, url } = await testDatabase();
  const memory = new Memory({
    sql,
    log: quiet,
    seconds,
    connect: (closed) => openDatabase(url, { max: 1, keep: true, closed }),
  });
  memory.start();
  stops.push(() => memory.stop());
  await expect.poll(() => memory.changes).toBeGreaterThan(0);
  // It keeps nothing before it has heard itself.
  await sleep(200);
  return { memory, sql };
}

describe('Memory', () => {
  it('reads once, and again after a change of what the value depends on', async () => {
    const { memory, sql } = await started();
    let reads = 0;
    const find = () =>
      memory.find<number>('key', async () => {
        reads += 1;
        return { value: reads, dependsOn: ['image:a'] };
      });
    expect([await find(), await find()]).toEqual([1, 1]);
    const { changes } = memory;
    await sql`select pg_notify('door', 'image:b')`;
    await expect.poll(() => memory.changes).toBeGreaterThan(changes);
    expect(await find()).toBe(1);
    await sql`select pg_notify('door', 'image:a')`;
    await expect.poll(find).toBe(2);
  });

  it('asks identical questions in flight once', async () => {
    const { memory } = await started();
    let reads = 0;
    const find = () =>
      memory.find<number>('key', async () => {
        reads += 1;
        await sleep(50);
        return reads;
      });
    expect(await Promise.all([find(), find(), find()])).toEqual([1, 1, 1]);
    expect(await find()).toBe(2);
  });

  it('does not keep what was read while something changed', async () => {
    const { memory, sql } = await started();
    let reads = 0;
    const find = () =>
      memory.find<number>('key', async () => {
        const value = ++reads;
        if (value === 1) {
          const { changes } = memory;
          await sql`select pg_notify('door', 'image:a')`;
          await expect.poll(() => memory.changes).toBeGreaterThan(changes);
        }
        return { value, dependsOn: ['image:a'] };
      });
    expect([await find(), await find(), await find()]).toEqual([1, 2, 2]);
  });

  it('keeps answers to questions of a usual length, until something changes', async () => {
    const { memory, sql } = await started();
    const answer = { value: 'yes', dependsOn: ['image:a'] };
    const questions = ['short', 'x'.repeat(4096), 'x'.repeat(4097)];
    for (const question of questions) memory.keepAnswer(question, answer, memory.changes);
    expect(questions.map((question) => memory.answerTo(question))).toEqual([
      'yes',
      'yes',
      undefined,
    ]);
    const { changes } = memory;
    await sql`select pg_notify('door', 'image:a')`;
    await expect.poll(() => memory.changes).toBeGreaterThan(changes);
    expect(memory.answerTo('short')).toBeUndefined();
    memory.keepAnswer('short', answer, changes);
    expect(memory.answerTo('short')).toBeUndefined();
  });

  it('forgets a value that has expired', async () => {
    const { memory } = await started();
    let reads = 0;
    const find = () =>
      memory.find<number>('key', async () => {
        reads += 1;
        return { value: reads, dependsOn: [], expiresAt: new Date(Date.now() + 100) };
      });
    expect([await find(), await find()]).toEqual([1, 1]);
    await sleep(120);
    expect(await find()).toBe(2);
  });

  it('forgets everything when its connection was cut: changes in between were not heard', async () => {
    const { memory, sql } = await started();
    let reads = 0;
    const find = () =>
      memory.find<number>('key', async () => {
        reads += 1;
        return { value: reads, dependsOn: ['image:a'] };
      });
    await find();
    expect(memory.size).toBe(1);
    await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where query like 'listen%' and datname = current_database()`;
    await expect.poll(() => memory.size).toBe(0);
    expect(await find()).toBe(2);
  });

  it('throws what a read throws', async () => {
    const { memory } = await started();
    await expect(memory.find('key', () => Promise.reject(new Error('broken')))).rejects
      .toThrow('broken');
  });
});

describe('a door whose database has stopped', () => {
  let core: TestCore;
  let registry: TestRegistry;

  async function withDatabase(environment: Record<string, string>) {
    const folder = mkdtempSync(join(tmpdir(), 'tw-door-'));
    stops.push(async () => rmSync(folder, { recursive: true, force: true }));
    const database = await startEmbedded(folder, quiet);
    let isStopped = false;
    const stop = async () => {
      if (!isStopped) await database.stop();
      isStopped = true;
    };
    stops.push(stop);
    registry = await startRegistry();
    stops.push(() => registry.close());
    core = await startTestCore({ environment: { DATABASE_URL: database.url, ...environment } });
    stops.push(() => core.stop());
    registry.push('good', '1', image('good'));
    registry.push('bad', '1', image('bad', ['22/tcp']));
    for (const name of ['good', 'bad']) {
      const { imageDigest } = await submitImage(core, `${registry.host}/${name}:1`);
      await untilAnalysed(core, imageDigest);
      await expect.poll(async () => {
        statusOf(await core.review([`${registry.host}/${name}:1`]));
        return core.api('GET', '/metrics').then(({ body }) =>
          Number(/judgements_in_memory (\d+)/.exec(String(body))?.[1])
        );
      }).toBeGreaterThan(name === 'good' ? 0 : 1);
    }
    await stop();
  }

  const review = async (name: string, namespace?: string) =>
    statusOf(await core.review([`${registry.host}/${name}:1`], namespace));

  it('answers about what it knows, also elsewhere, and then follows its fail mode', async () => {
    await withDatabase({ TIDEWAITER_DOOR_MEMORY_SECONDS: '8' });
    expect((await review('good')).allowed).toBe(true);
    expect((await review('good', 'another')).allowed).toBe(true);
    expect(await review('bad')).toMatchObject({
      allowed: false,
      reason: expect.stringMatching(/refused by rule|cannot decide/),
    });
    expect(await review('unknown')).toMatchObject({
      allowed: false,
      reason: expect.stringMatching(/cannot decide at the moment \(database_unavailable\)/),
    });
    await expect.poll(async () => (await review('good')).allowed, {
      timeout: 20_000,
      interval: 500,
    }).toBe(false);
    expect((await review('good')).auditAnnotations['decision']).toBe('undecided-denied');
  }, 60_000);

  it('admits when its fail mode says so', async () => {
    await withDatabase({ TIDEWAITER_DOOR_MEMORY_SECONDS: '0', TIDEWAITER_DOOR_FAIL_MODE: 'allow' });
    await expect.poll(() => review('bad'), { timeout: 20_000 }).toMatchObject({
      allowed: true,
      auditAnnotations: { decision: 'undecided-allowed' },
    });
  }, 60_000);
});
