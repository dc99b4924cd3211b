/**
 * Resolves requested references to digests and puts the images into the queue.
 *
 * @module
 */
import { OciError } from 'oci-client';
import { recordImage } from '../catalog/images.ts';
import { parseName } from '../catalog/names.ts';
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

/** Registries are asked about so many references at once. */
const AT_ONCE = 8;

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
    await sql.begin(async (tx) => {
      await recordImage(tx, { account, name, resolved });
      await enqueue(tx, {
        digest: resolved.digest,
        lane,
        account,
        reference: name.fulltag,
        source,
        retry: true,
      });
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
  return {
    name: 'resolve',
    everyMs: 1000,
    async round(signal) {
      const due = await dueRequests(services.sql, AT_ONCE);
      await Promise.all(due.map((request) => resolveOne(services, request, signal)));
      return due.length > 0;
    },
  };
}
