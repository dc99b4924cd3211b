/**
 * Watches repositories: tags that are new there are resolved and analysed in the watched lane.
 *
 * @module
 */
import { OciError } from 'oci-client';
import { z } from 'zod';
import { parseName } from '../catalog/names.ts';
import { readRepositoryValue } from '../catalog/repository-values.ts';
import { ensureSubscriptions } from '../catalog/subscriptions.ts';
import {
  dueWatches,
  noteFailure,
  noteLooked,
  noteSeen,
  postponeRegistry,
  type Watch,
} from '../catalog/watches.ts';
import { codeOf, messageOf } from '../errors.ts';
import { enqueueNotification } from '../events/notifications.ts';
import { recordEvent } from '../events/record.ts';
import { LANE } from '../queue/lanes.ts';
import { requestReference } from '../queue/requests.ts';
import { isThrottled } from '../registries/pauses.ts';
import { askRegistries } from './ask-registries.ts';
import type { Coordinator } from './loop.ts';
import type { RegistryServices } from './services.ts';

/** Repositories that are looked at in one round. */
const BATCH = 50;
/** Tags of one repository that are added in one round; the others wait for the next. */
const ADDED_AT_ONCE = 100;
/** Names of tags in a notification. */
const NAMED = 100;
const ASK_MS = 30_000;

const Seen = z.object({
  /** What the repository had. */
  tags: z.array(z.string()),
  /** Those that are still to be added. */
  waiting: z.array(z.string()).default([]),
});
type Seen = z.infer<typeof Seen>;

/** What is seen now, after what was seen before. */
interface Look {
  readonly seen: Seen;
  /** Tags that are added in this round. */
  readonly added: readonly string[];
  /** New ones; at the first look there are none. */
  readonly fresh: readonly string[];
}

function lookAt(tags: readonly string[], before: Seen | undefined, skipsExisting: boolean): Look {
  const now = new Set(tags);
  const known = new Set(before?.tags);
  const unknown = before === undefined && skipsExisting
    ? []
    : tags.filter((tag) => !known.has(tag));
  const waiting = [...before?.waiting.filter((tag) => now.has(tag)) ?? [], ...unknown];
  return {
    seen: { tags: [...tags], waiting: waiting.slice(ADDED_AT_ONCE) },
    added: waiting.slice(0, ADDED_AT_ONCE),
    fresh: before === undefined ? [] : unknown,
  };
}

/** The coordinator of watched repositories. */
export function watchRepositoriesCoordinator(services: RegistryServices): Coordinator {
  const { sql, log, config, registries } = services;
  const everySeconds = config.watch_repositories_seconds;

  async function note(watch: Watch, tags: readonly string[]): Promise<void> {
    const { account, key } = watch;
    const before = Seen.safeParse(watch.seen).data;
    const { autosubscribe, exclude_existing_tags } = readRepositoryValue(watch.value);
    const { seen, added, fresh } = lookAt(tags, before, exclude_existing_tags);
    if (before !== undefined && isSame(before, seen)) return await noteLooked(sql, watch);
    await sql.begin(async (tx) => {
      if (!await noteSeen(tx, watch, seen)) return;
      for (const tag of added) {
        const name = parseName(`${key}:${tag}`);
        await ensureSubscriptions(tx, account, name, { autosubscribe });
        await requestReference(tx, account, name.fulltag, LANE.watched);
      }
      if (fresh.length === 0) return;
      const named = fresh.slice(0, NAMED);
      await enqueueNotification(tx, {
        account,
        type: 'repo_update',
        subscriptionKey: key,
        payload: {
          curr_eval: { tagcount: tags.length, added: named, added_count: fresh.length },
          last_eval: { tagcount: before?.tags.length ?? 0 },
          annotations: {},
        },
      });
      await recordEvent(tx, {
        account,
        type: 'user.repository.tags.added',
        level: 'info',
        resourceType: 'repository',
        resource: key,
        message: `The repository ${key} has ${fresh.length} new tags.`,
        details: { added: named, count: fresh.length },
      });
    });
  }

  /** An event for the first failure of a streak. */
  async function fail(watch: Watch, error: OciError): Promise<void> {
    const { account, key } = watch;
    const message = messageOf(error);
    await sql.begin(async (tx) => {
      if (!await noteFailure(tx, watch, message)) return;
      await recordEvent(tx, {
        account,
        type: 'system.repository.list_tags_fail',
        level: 'error',
        resourceType: 'repository',
        resource: key,
        message,
        details: { code: codeOf(error, 'registry_error') },
      });
    });
    log.debug('a repository cannot be watched', { repository: key, error: message });
  }

  /** True if its registry may be asked further. */
  async function look(watch: Watch, signal: AbortSignal): Promise<boolean> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
    try {
      await note(watch, await registries.listTags(watch, limit));
      return true;
    } catch (error) {
      if (signal.aborted || !(error instanceof OciError)) throw error;
      // A registry that wants to be left alone is asked when its pause is over.
      if (isThrottled(error)) return false;
      await fail(watch, error);
      if (error.temporary) await postponeRegistry(sql, watch, everySeconds);
      return !error.temporary;
    }
  }

  return {
    name: 'watch-repositories',
    everyMs: Math.min(5000, everySeconds * 1000),
    async round(signal) {
      const due = await dueWatches(sql, 'repo_update', everySeconds, BATCH);
      await askRegistries(due, (watch) => look(watch, signal), signal);
      return false;
    },
  };
}

function isSame(before: Seen, now: Seen): boolean {
  return before.waiting.length === 0 && now.waiting.length === 0 &&
    before.tags.length === now.tags.length &&
    before.tags.every((tag, at) => tag === now.tags[at]);
}
