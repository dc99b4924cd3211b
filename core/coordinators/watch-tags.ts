/**
 * Follows tags that somebody is subscribed to: asks their registries whether they name another image,
 * has that one analysed, and tells of it once the catalog knows it, whoever brought it there.
 *
 * @module
 */
import { OciError } from 'oci-client';
import { findKnown } from '../catalog/images.ts';
import { parseName } from '../catalog/names.ts';
import {
  dueWatches,
  type ImageWatch,
  movedWatches,
  noteFailure,
  noteLooked,
  noteMoved,
  postponeRegistry,
  type Watch,
} from '../catalog/watches.ts';
import { messageOf } from '../errors.ts';
import { enqueueNotification } from '../events/notifications.ts';
import { recordEvent } from '../events/record.ts';
import { LANE } from '../queue/lanes.ts';
import { requestReference } from '../queue/requests.ts';
import { askRegistries } from './ask-registries.ts';
import { type Coordinator, resting } from './loop.ts';
import type { RegistryServices } from './services.ts';

/** Tags that are looked at in one round. */
const BATCH = 100;
const ASK_MS = 20_000;
const LOOK_MS = 2000;

/** The digest that was seen last. */
function seenDigest(seen: unknown): string | undefined {
  return typeof seen === 'object' && seen !== null && 'digest' in seen &&
      typeof seen.digest === 'string'
    ? seen.digest
    : undefined;
}

/** The coordinator of followed tags. */
export function watchTagsCoordinator(services: RegistryServices): Coordinator {
  const { sql, log, config, registries } = services;
  const everySeconds = config.watch_tags_seconds;

  /** True if its registry may be asked further. */
  async function ask(watch: Watch, signal: AbortSignal): Promise<boolean> {
    const name = parseName(watch.key);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
    try {
      const known = await findKnown(sql, watch.account, name);
      const digests = [known?.digest, known?.parentDigest].filter((each) =>
        typeof each === 'string'
      );
      const isNew = known === undefined ||
        await registries.movedTo(watch.account, name, digests, limit) !== undefined;
      // Left before it is noted that the registry was asked: a core that dies asks again.
      if (isNew) await requestReference(sql, watch.account, name.fulltag, LANE.watched);
      await noteLooked(sql, watch);
      return true;
    } catch (error) {
      if (signal.aborted || !(error instanceof OciError)) throw error;
      log.debug('a followed tag cannot be checked', { tag: watch.key, error: messageOf(error) });
      if (error.temporary) await postponeRegistry(sql, watch, everySeconds);
      else await noteFailure(sql, watch, messageOf(error));
      return !error.temporary;
    }
  }

  /** Tells that a tag names another image; the first one that is seen is none. */
  async function tell(watch: ImageWatch): Promise<void> {
    const { account, key, digest, annotations } = watch;
    const before = seenDigest(watch.seen);
    await sql.begin(async (tx) => {
      if (!await noteMoved(tx, watch, { digest }) || before === undefined) return;
      await enqueueNotification(tx, {
        account,
        type: 'tag_update',
        subscriptionKey: key,
        payload: { curr_eval: [digest], last_eval: [before], annotations },
      });
      await recordEvent(tx, {
        account,
        type: 'user.image.tag.updated',
        level: 'info',
        resourceType: 'image_reference',
        resource: key,
        message: `The tag ${key} names another image now.`,
        details: { digest, before },
      });
    });
  }

  const look = resting(LOOK_MS, async (signal) => {
    const moved = await movedWatches(sql, BATCH);
    for (const watch of moved) {
      if (signal.aborted) return false;
      await tell(watch);
    }
    return moved.length === BATCH;
  });

  return {
    name: 'watch-tags',
    everyMs: Math.min(5000, everySeconds * 1000),
    async round(signal) {
      const due = await dueWatches(sql, 'tag_update', everySeconds, BATCH);
      await askRegistries(due, (watch) => ask(watch, signal), signal);
      return await look(signal);
    },
  };
}
