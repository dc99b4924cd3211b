/**
 * `/images/{digest}/progress`: how far an analysis is.
 *
 * @module
 */
import { createRoute, type z } from '@hono/zod-openapi';
import { type QueueState, queueState } from '../queue/analyses.ts';
import { type Api, newApi, type Services } from './context.ts';
import { digestParams, namedImage } from './image-places.ts';
import { analysisError } from './images.ts';
import { ErrorBody, ProgressBody } from './schemas.ts';

/** Where an image stands, as the API shows it. */
export function progressBody(
  digest: string,
  state: QueueState | undefined,
): z.infer<typeof ProgressBody> {
  const progress = state?.progress ?? null;
  return {
    imageDigest: digest,
    analysis_status: state?.state ?? 'not_analyzed',
    position: state?.position ?? null,
    attempt: state?.attempt ?? 0,
    phase: progress?.phase ?? null,
    bytes: progress?.bytes ?? 0,
    total_bytes: progress?.totalBytes ?? 0,
    layers: progress?.layers ?? 0,
    total_layers: progress?.totalLayers ?? 0,
    analysis_error: state === undefined ? null : analysisError(state),
  };
}

/** The route of an image's progress. */
export function progressRoutes(services: Services): Api {
  return newApi().openapi(
    createRoute({
      method: 'get',
      path: '/images/{digest}/progress',
      summary: 'How far the analysis of an image is',
      request: { params: digestParams },
      responses: {
        200: {
          description: 'Progress',
          content: { 'application/json': { schema: ProgressBody } },
        },
        404: {
          description: 'No such image',
          content: { 'application/json': { schema: ErrorBody } },
        },
      },
    }),
    async (c) => {
      const { digest } = await namedImage(services, c);
      return c.json(progressBody(digest, await queueState(services.sql, digest)), 200);
    },
  );
}
