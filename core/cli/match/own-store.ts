/**
 * A database of the command's own with just the feeds that it was given.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Sql } from '../../database/connection.ts';
import { startEmbedded } from '../../database/embedded.ts';
import { migrate } from '../../database/migrate.ts';
import { TidewaiterError } from '../../errors.ts';
import { openFeedFiles } from '../../feeds/files.ts';
import type { FeedFormat } from '../../feeds/format.ts';
import { FORMATS } from '../../feeds/index.ts';
import { loadGroup } from '../../feeds/load.ts';
import { createLog } from '../../log.ts';
import { ensureGroups } from '../../vulnerabilities/store/groups.ts';

/** A feed as it was named: its format and where it is. */
export interface GivenFeed {
  readonly format: FeedFormat;
  /** A folder or file, or a URL. */
  readonly place: string;
}

/** Is told what happens, in words. */
export type Tell = (text: string) => void;

export interface OwnStore {
  readonly sql: Sql;
  close(): Promise<void>;
}

/**
 * Reads `SOURCE=PATH`.
 *
 * @throws TidewaiterError `unknown_feed`
 */
export function parseFeed(text: string): GivenFeed {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(equals, 0)).trim();
  const format = FORMATS.find((one) => one.name === name);
  const place = text.slice(equals + 1);
  if (format !== undefined && place !== '') return { format, place };
  const known = FORMATS.map((one) => one.name).sort().join(', ');
  throw new TidewaiterError(
    'unknown_feed',
    400,
    `"${text}" names no feed: write SOURCE=PATH, where SOURCE is one of ${known}.`,
  );
}

async function loadFeed(
  sql: Sql,
  { format, place }: GivenFeed,
  turn: number,
  scratch: string,
  tell: Tell,
): Promise<void> {
  const files = await openFeedFiles(place, { scratch });
  if (files === undefined) return;
  try {
    const names = await format.groups(files);
    // One source may be given in several parts.
    const kept = (name: string) => turn === 0 ? name : `${name} (${turn + 1})`;
    const ids = await ensureGroups(sql, format.name, format.name, names.map(kept));
    for (const name of names) {
      const id = ids.get(kept(name));
      if (id === undefined) continue;
      tell(`loading ${format.name} ${name}`);
      const group = { id, name, newest: null };
      const { records } = await loadGroup(sql, format, group, files, { validators: {} });
      tell(`loaded ${format.name} ${name}: ${records} records`);
    }
  } finally {
    await files.close();
  }
}

/**
 * Makes a database and loads the feeds into it.
 *
 * @throws TidewaiterError `feed_unreachable`, `feed_malformed`, and what the database fails with
 */
export async function openOwnStore(feeds: readonly GivenFeed[], tell: Tell): Promise<OwnStore> {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-match-'));
  const log = createLog({ level: 'error', format: 'text' });
  const close: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const closeAll = async () => {
    for (const step of close.reverse()) await step();
  };
  try {
    const server = await startEmbedded(join(folder, 'database'), log);
    close.push(() => server.stop());
    const sql = openDatabase(server.url);
    close.push(() => sql.end());
    await migrate(sql, log);
    const turns = new Map<FeedFormat, number>();
    for (const feed of feeds) {
      const turn = turns.get(feed.format) ?? 0;
      turns.set(feed.format, turn + 1);
      await loadFeed(sql, feed, turn, folder, tell);
    }
    await sql`analyze advisories, statements, feed_facts`;
    return { sql, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
