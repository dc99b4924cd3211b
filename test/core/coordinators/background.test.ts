import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runInBackground } from '../../../core/coordinators/background.ts';
import { loadConfig } from '../../../core/config/load.ts';
import { LEADER_LOCKS } from '../../../core/coordinators/leader.ts';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { migrate } from '../../../core/database/migrate.ts';
import { createLog } from '../../../core/log.ts';
import { newDatabase } from '../../support/postgres.ts';

let scratch: string;
let databaseUrl: string;
let sql: Sql;
const lines: string[] = [];
const log = createLog({ level: 'info', format: 'text', write: (line) => lines.push(line) });

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'tw-background-'));
  databaseUrl = await newDatabase();
  sql = openDatabase(databaseUrl);
  await migrate(sql, log);
});
afterAll(async () => {
  await sql.end();
  rmSync(scratch, { recursive: true });
});

/** Runs the thread until `act` is done; ends when the thread has ended. */
async function whileRunning(
  settings: Record<string, string>,
  act: () => Promise<void>,
  url = databaseUrl,
): Promise<void> {
  const { config } = loadConfig({
    TIDEWAITER_FEEDS: '{sync: false}',
    TIDEWAITER_DATA_DIR: scratch,
    TIDEWAITER_LOG_LEVEL: 'warn',
    ...settings,
  });
  const stopping = new AbortController();
  const ended = runInBackground({ config, databaseUrl: url, scratch }, log, stopping.signal);
  try {
    await act();
  } finally {
    stopping.abort();
    await ended;
  }
}

/** Kinds of work that somebody leads. */
async function led(): Promise<string[]> {
  const rows = await sql<{ lock: number }[]>`
    select objid::int as lock from pg_locks
    where locktype = 'advisory' and granted
      and database = (select oid from pg_database where datname = current_database())`;
  const held = rows.map(({ lock }) => lock);
  return Object.entries(LEADER_LOCKS).filter(([, lock]) => held.includes(lock))
    .map(([name]) => name).sort();
}

it('leads feeds and policy in the thread, and lets go of both when it is told to stop', async () => {
  await whileRunning({}, () => expect.poll(led).toEqual(['feeds', 'policy']));
  expect(await led()).toEqual([]);
});

it('leads only what its services are', async () => {
  await whileRunning(
    { TIDEWAITER_SERVICES: 'policy' },
    () => expect.poll(led).toEqual(['policy']),
  );
});

it('starts a thread again that died', async () => {
  lines.length = 0;
  await whileRunning({}, () => expect.poll(() => lines.length).toBeGreaterThan(1), 'nowhere');
  expect(lines[1]).toContain('ended and is started again');
});
