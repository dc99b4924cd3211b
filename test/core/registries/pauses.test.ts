import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OciError } from 'oci-client';
import { parseName } from '../../../core/catalog/names.ts';
import { loadConfig } from '../../../core/config/load.ts';
import type { Sql } from '../../../core/database/connection.ts';
import {
  isThrottled,
  notePause,
  noteThrottled,
  throttledSeconds,
} from '../../../core/registries/pauses.ts';
import { createRegistries } from '../../../core/registries/registries.ts';
import { quiet, testDatabase } from '../../support/postgres.ts';
import { startRegistry } from '../../support/registry.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
});
beforeEach(async () => {
  await sql`delete from registry_pauses`;
});

async function seconds(registry: string): Promise<number | undefined> {
  const [row] = await sql<{ left: number }[]>`
    select extract(epoch from paused_until - now())::float as left
    from registry_pauses where registry = ${registry}`;
  return row === undefined ? undefined : Math.round(row.left);
}

const RATE = { code: 'registry_rate_limited', message: 'Too many requests.' };

describe('throttling', () => {
  it.each(
    [
      [{ ...RATE }, 'core', 30],
      [{ ...RATE, retryAfter: 0 }, 'core', 1],
      [{ ...RATE, retryAfter: 7 }, 'core', 7],
      [{ ...RATE, retryAfter: 86_400 }, 'core', 3600],
      [{ ...RATE, retryAfter: 86_400 }, 'job', 60],
      [{ code: 'registry_error', message: '503', retryAfter: 5 }, 'job', 5],
    ] as const,
  )('%j of %s waits %d s', async (failure, said, expected) => {
    expect(isThrottled(failure)).toBe(true);
    expect(throttledSeconds(failure, said)).toBe(expected);
    await notePause(sql, 'a.example', failure, said);
    expect(await seconds('a.example')).toBe(expected);
  });

  it('is not every failure', async () => {
    const failure = { code: 'registry_error', message: 'Status 500.' };
    expect(isThrottled(failure)).toBe(false);
    await notePause(sql, 'a.example', failure, 'core');
    await noteThrottled(sql, 'a.example', new Error('something else'));
    await noteThrottled(sql, 'a.example', new OciError('timeout', 'No answer.'));
    expect(await seconds('a.example')).toBeUndefined();
  });

  it('keeps the longer of two pauses', async () => {
    const error = new OciError('registry_rate_limited', 'Later.', { retryAfter: 100 });
    await noteThrottled(sql, 'a.example', error);
    await notePause(sql, 'a.example', { ...RATE, retryAfter: 10 }, 'core');
    expect(await seconds('a.example')).toBe(100);
    expect(await seconds('b.example')).toBeUndefined();
  });
});

describe('registries', () => {
  it('are paused by whoever asks them', async () => {
    const registry = await startRegistry();
    const { config } = loadConfig({ HOME: '/nowhere' });
    const registries = createRegistries({ config, sql, log: quiet, isLocal: true });
    try {
      // The first request and each of its repetitions.
      registry.faults.failNext(4, 429, { 'retry-after': '1' });
      const name = parseName(`${registry.host}/app:1`);
      await expect(registries.resolve('admin', name)).rejects.toMatchObject({
        code: 'registry_rate_limited',
      });
      expect(await seconds(registry.host)).toBe(1);
    } finally {
      await registries.close();
      await registry.close();
    }
  });
});
