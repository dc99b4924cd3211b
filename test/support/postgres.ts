/**
 * One PostgreSQL for a test run, one database for each file that asks: copied from a template that
 * the migrations made.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { openDatabase, type Sql } from '../../core/database/connection.ts';
import { startEmbedded } from '../../core/database/embedded.ts';
import { migrate } from '../../core/database/migrate.ts';
import { createLog } from '../../core/log.ts';

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string;
  }
}

/** A log for tests: what matters is asserted, the rest only shown when a test fails. */
export const quiet = createLog({ level: 'error', format: 'text' });

function named(url: string, database: string): string {
  return url.replace('/postgres?', `/${database}?`);
}

/** Vitest's global setup. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'tw-test-'));
  const server = await startEmbedded(folder, quiet);
  const sql = openDatabase(server.url, { max: 1 });
  await sql`create database template_tidewaiter`;
  const template = openDatabase(named(server.url, 'template_tidewaiter'), { max: 2 });
  await migrate(template, quiet);
  await template.end();
  await sql.end();
  project.provide('databaseUrl', server.url);
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

/** The address of a new database with the whole schema. */
export async function newDatabase(): Promise<string> {
  const url = inject('databaseUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const sql = openDatabase(url, { max: 1 });
  await sql.unsafe(`create database ${name} template template_tidewaiter`);
  await sql.end();
  return named(url, name);
}

/** A new database for a test file, closed when its tests are done. */
export async function testDatabase(): Promise<{ sql: Sql; url: string }> {
  const url = await newDatabase();
  const sql = openDatabase(url, { max: 8 });
  afterAll(() => sql.end({ timeout: 1 }));
  return { sql, url };
}
