/**
 * `npm run feeds -- list` and `sync`: the feeds of a core, as its API tells of them.
 *
 * @module
 */
import { z } from 'zod';
import { TidewaiterError } from '../../errors.ts';
import type { FeedsApi } from './api.ts';
import { ageOf, type Say } from './words.ts';

const Told = z.union([
  z.string(),
  z.object({ message: z.string() }).transform((one) => one.message),
])
  .nullish().catch(undefined);
const Count = z.number().nullish().catch(undefined);

const Group = z.object({
  name: z.string(),
  source: z.string().nullish().catch(undefined),
  generation: Count,
  record_count: Count,
  last_sync: z.string().nullish().catch(undefined),
  state: z.string().nullish().catch(undefined),
  error: Told,
});
const Feeds = z.array(z.object({ name: z.string(), groups: z.array(Group).nullish() }));

const SyncedGroup = z.object({ group: z.string(), status: z.string(), error: Told });
const Synced = z.array(z.object({
  feed: z.string(),
  status: z.string(),
  groups: z.array(SyncedGroup).nullish().catch(undefined),
}));

const HEAD = ['SOURCE', 'GROUP', 'RECORDS', 'GENERATION', 'AGE', 'STATE'];
const NUMBERS = new Set([2, 3]);

/** Lines of a table, whose columns are as wide as they need be. */
function tableOf(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, at) =>
      NUMBERS.has(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)
    ).join('  ').trimEnd()
  );
}

/**
 * Shows the feeds.
 *
 * @throws TidewaiterError what the core says, `feeds_not_told`
 */
export async function listFeeds(api: FeedsApi, say: Say): Promise<void> {
  const feeds = Feeds.safeParse(await api.call('GET', '/system/feeds'));
  if (!feeds.success) {
    throw new TidewaiterError(
      'feeds_not_told',
      502,
      `The core at ${api.url} tells of its feeds in another way than is known here: use the command ` +
        'of its own version.',
      { cause: feeds.error },
    );
  }
  const groups = feeds.data.flatMap(({ name, groups }) =>
    (groups ?? []).map((group) => ({ ...group, source: group.source ?? name }))
  );
  if (groups.length === 0) {
    say(
      'The core has no feeds yet: "npm run feeds -- sync" has it load them, "import" brings a bundle.',
    );
    return;
  }
  const now = Date.now();
  const rows = groups.map((group) => [
    group.source,
    group.name,
    String(group.record_count ?? 0),
    String(group.generation ?? 0),
    ageOf(group.last_sync, now),
    `${group.state ?? ''}${group.error ? `: ${group.error}` : ''}`,
  ]);
  for (const line of tableOf([HEAD, ...rows])) say(line);
}

/**
 * Has the core bring its feeds up to date; false if some could not be.
 *
 * @throws TidewaiterError what the core says
 */
export async function syncFeeds(api: FeedsApi, say: Say): Promise<boolean> {
  const synced = Synced.safeParse(await api.call('POST', '/system/feeds?sync=true'));
  for (const { feed, status, groups } of synced.data ?? []) {
    say(`${feed}: ${status}`);
    for (const one of groups ?? []) {
      say(`  ${one.group}: ${one.status}${one.error ? `: ${one.error}` : ''}`);
    }
  }
  if (!synced.success) say('The core takes it up; "npm run feeds -- list" tells how it goes.');
  return synced.data?.every(({ status }) => !/fail|error/i.test(status)) ?? true;
}
