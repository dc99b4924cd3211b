/**
 * A database with feeds loaded, as a running core has it.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { startEmbedded } from '../../../core/database/embedded.ts';
import { migrate } from '../../../core/database/migrate.ts';
import type { FeedFormat } from '../../../core/feeds/format.ts';
import { loadGroup } from '../../../core/feeds/load.ts';
import { createLog } from '../../../core/log.ts';
import { ensureGroups } from '../../../core/vulnerabilities/store/groups.ts';
import { feedFilesAt } from '../../support/feed-files.ts';

/** A feed and where it lies. */
export type PlacedFeed = readonly [FeedFormat, place: string];

export interface Prepared {
  readonly sql: Sql;
  readonly url: string;
  /** Seconds of processor that the server and its sessions that have ended used; NaN if unknown. */
  readonly cpu: () => number;
  close(): Promise<void>;
}

/** Clock ticks in a second, as the system tells processor times to programs. */
const TICKS = 100;

async function load(sql: Sql, [format, place]: PlacedFeed, turn: number): Promise<void> {
  const files = feedFilesAt(place);
  const names = await format.groups(files);
  const kept = (name: string) => `${name} (${turn})`;
  const ids = await ensureGroups(sql, format.name, format.name, names.map(kept));
  for (const name of names) {
    const id = ids.get(kept(name));
    if (id === undefined) continue;
    await loadGroup(sql, format, { id, name, newest: null }, files, { validators: {} });
  }
}

/** User and kernel time of a process and of its children that have ended. */
function processorTime(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /, '').split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
  } catch {
    return NaN;
  }
}

/** Makes a database and loads the feeds into it. */
export async function prepare(feeds: readonly PlacedFeed[]): Promise<Prepared> {
  const folder = mkdtempSync(join(tmpdir(), 'tw-match-'));
  const log = createLog({ level: 'error', format: 'text' });
  const server = await startEmbedded(join(folder, 'database'), log);
  const sql = openDatabase(server.url);
  const close = async () => {
    await sql.end();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await migrate(sql, log);
    for (const [turn, feed] of feeds.entries()) await load(sql, feed, turn);
    await sql`vacuum analyze advisories, statements, feed_facts`;
  } catch (error) {
    await close();
    throw error;
  }
  return { sql, url: server.url, cpu: () => processorTime(server.pid()), close };
}
