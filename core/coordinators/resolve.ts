/**
 * Resolves requested references to digests and puts the images into the queue.
 *
 * @module
 */
import { OciError, type ResolvedImage } from 'oci-client';
import { allPlatforms } from '../admissions/clusters.ts';
import { recordImage } from '../catalog/images.ts';
import { chosenDigests } from '../catalog/indexes.ts';
import { type ImageName, parseName } from '../catalog/names.ts';
import { codeOf, messageOf } from '../errors.ts';
import { recordEvent } from '../events/record.ts';
import { isConnectionFailure } from '../database/connection.ts';
import { enqueue } from '../queue/analyses.ts';
import {
  dueRequests,
  failRequest,
  type ReferenceRequest,
  resolveRequest,
} from '../queue/requests.ts';
import type { Coordinator } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

/** So many references are asked about at once, and so many of them at one registry. */
const AT_ONCE = 16;
const AT_ONE = 6;

/** The images that nodes of other platforms would run from the same index. */
async function resolveOthers(
  { sql, config, registries }: CoordinatorServices,
  account: string,
  name: ImageName,
  { digest, index, parentDigest }: ResolvedImage,
  signal: AbortSignal,
): Promise<ResolvedImage[]> {
  if (index === undefined) return [];
  const configured = config.door_rules.flatMap(({ platforms }) => platforms ?? []);
  const platforms = new Set([...await allPlatforms(sql), ...configured]);
  platforms.delete(config.platform);
  const digests = chosenDigests(index, [...platforms]).filter((other) => other !== digest);
  return await Promise.all(digests.map(async (other) => {
    const byDigest = { ...name, digest: other };
    const platform = [...platforms].find((each) => chosenDigests(index, [each]).includes(other));
    const { resolved } = await registries.resolve(account, byDigest, signal, platform);
    return { ...resolved, parentDigest, index };
  }));
}

async function resolveOne(
  services: CoordinatorServices,
  request: ReferenceRequest,
  signal: AbortSignal,
): Promise<void> {
  const { sql, registries, config, log } = services;
  const { account, lane } = request;
  try {
    const name = parseName(request.reference);
    const { resolved, source } = await registries.resolve(account, name, signal);
    const others = await resolveOthers(services, account, name, resolved, signal);
    await sql.begin(async (tx) => {
      // The configured platform last: it is the one that the tag means to who asks for one image.
      for (const image of [...others, resolved]) {
        await recordImage(tx, { account, name, resolved: image });
        await enqueue(tx, {
          digest: image.digest,
          lane,
          account,
          reference: name.fulltag,
          source,
          retry: true,
        });
      }
      await resolveRequest(tx, request.id, resolved.digest);
    });
  } catch (error) {
    if (signal.aborted || isConnectionFailure(error)) throw error;
    const oci = error instanceof OciError ? error : undefined;
    const failure = {
      code: codeOf(error, 'internal_error'),
      message: messageOf(error),
      temporary: oci?.temporary ?? true,
      retryAfter: oci?.retryAfter,
    };
    await failRequest(sql, request, failure, config.analysis_attempts);
    await recordEvent(sql, {
      account,
      type: 'system.image_analysis.registry_lookup_failed',
      level: 'error',
      resourceType: 'image_reference',
      resource: request.reference,
      message: failure.message,
      details: { code: failure.code },
    });
    log.warn('a reference cannot be resolved', { image: request.reference, ...failure });
  }
}

/** The coordinator of references. */
export function resolveCoordinator(services: CoordinatorServices): Coordinator {
  const { sql, log } = services;
  const asked = new Map<number, Promise<void>>();

  function start(request: ReferenceRequest, signal: AbortSignal): void {
    const asking = resolveOne(services, request, signal).catch((error: unknown) => {
      // It is due again as soon as the database is back.
      if (!signal.aborted) log.debug('a request is left for later', { error: messageOf(error) });
    }).finally(() => asked.delete(request.id));
    asked.set(request.id, asking);
  }

  return {
    name: 'resolve',
    everyMs: 1000,
    async round(signal) {
      const due = await dueRequests(sql, AT_ONCE, AT_ONE, [...asked.keys()]);
      // Not waited for: one slow registry must not keep the others' images waiting.
      for (const request of due) start(request, signal);
      if (asked.size < AT_ONCE) return false;
      await Promise.race(asked.values());
      return true;
    },
    stop: async () => {
      await Promise.all(asked.values());
    },
  };
}
