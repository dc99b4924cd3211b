/**
 * Keeps tags in use fresh: asks their registries by HEAD and only for what is new, one question at a
 * time for each registry, and has a tag that moved resolved and analysed before the next pod wants
 * it.
 *
 * @module
 */
import { OciError } from 'oci-client';
import { parseName } from '../catalog/names.ts';
import { type DueTag, dueTags, noteChecked } from '../catalog/tags.ts';
import { messageOf } from '../errors.ts';
import { LANE } from '../queue/lanes.ts';
import { requestReference } from '../queue/requests.ts';
import { askRegistries } from './ask-registries.ts';
import type { Coordinator } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

/** Tags that are looked at in one round. */
const BATCH = 100;
const ASK_MS = 20_000;

/** The coordinator of tags. */
export function tagsCoordinator(services: CoordinatorServices): Coordinator {
  const { sql, log, config, registries } = services;

  /** True if its registry may be asked further. */
  async function check(due: DueTag, signal: AbortSignal): Promise<boolean> {
    const { account, registry, repository, tag, digest, parentDigest } = due;
    const name = parseName(`${registry}/${repository}:${tag}`);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
    try {
      const known = [digest, parentDigest].filter((each) => each !== null);
      const now = await registries.movedTo(account, name, known, limit);
      if (now !== undefined) {
        log.info('a tag has moved', { tag: name.canonical, now });
        await requestReference(sql, account, name.canonical, LANE.watched);
      }
      await noteChecked(sql, due);
      return true;
    } catch (error) {
      if (signal.aborted || !(error instanceof OciError)) throw error;
      log.debug('a tag cannot be checked', { tag: name.canonical, error: messageOf(error) });
      // What is gone for good is asked about later, with all others; what is away is left alone.
      if (!error.temporary) await noteChecked(sql, due);
      return !error.temporary;
    }
  }

  return {
    name: 'tags',
    everyMs: Math.min(5000, config.tag_check_seconds * 1000),
    async round(signal) {
      const due = await dueTags(sql, config.tag_check_seconds, BATCH);
      await askRegistries(due, (tag) => check(tag, signal), signal);
      return false;
    },
  };
}
