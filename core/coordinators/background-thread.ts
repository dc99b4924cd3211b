/**
 * The program of the thread for what takes its time: see `background.ts`.
 *
 * @module
 */
import process from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';
import type { BackgroundWork } from './background.ts';
import { runFeeds, runPolicyEngine } from './index.ts';
import { openDatabase } from '../database/connection.ts';
import { createLog } from '../log.ts';
import { outliveConnections } from '../database/rejections.ts';

/** Feeds are loaded over one connection, matches and verdicts are made over a few. */
const CONNECTIONS = 6;

const { config, databaseUrl, scratch }: BackgroundWork = workerData;
const log = createLog({ level: config.log_level, format: config.log_format });
outliveConnections(log);
const stopping = new AbortController();
// Whatever it is told, it is told to stop.
parentPort?.on('message', () => stopping.abort());
const { signal } = stopping;

async function run(): Promise<void> {
  const sql = openDatabase(databaseUrl, { max: CONNECTIONS });
  try {
    await Promise.all([
      config.services.includes('coordinators') &&
      runFeeds({ sql, log, config, scratch }, databaseUrl, signal),
      config.services.includes('policy') &&
      runPolicyEngine({ sql, log, config }, databaseUrl, signal),
    ]);
  } finally {
    await sql.end({ timeout: 2 });
  }
}

await run().catch((error: unknown) => log.error('feeds, matches and verdicts stopped', { error }));
// Ends this thread alone.
process.exit(0);
