/**
 * `/images/{digest}/progress`: how far an analysis is, asked once or followed.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { type QueueState, queueState } from '../queue/analyses.ts';
import { type Api, newApi, type Services } from './context.ts';
import { digestParams, namedImage } from './image-places.ts';
import { analysisError } from './images.ts';
import { ProgressStreams } from './progress-streams.ts';
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

const ProgressEvent = z.object({ event: z.enum(['progress', 'end']), data: z.string() })
  .openapi('AnalysisProgressEvent');

const error = (description: string) => ({
  description,
  content: { 'application/json': { schema: ErrorBody } },
});

/** Routes of an image's progress. */
export function progressRoutes(services: Services): Api {
  const streams = new ProgressStreams(services, progressBody);
  return newApi()
    .openapi(
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
          404: error('No such image'),
        },
      }),
      async (c) => {
        const { digest } = await namedImage(services, c);
        return c.json(progressBody(digest, await queueState(services.sql, digest)), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/images/{digest}/progress/events',
        summary: 'The progress of an image as server-sent events, until its analysis is done',
        description: 'Events are named `progress`, whose data is what /images/{digest}/progress ' +
          'answers, and in the end `end`, whose data has the `reason`: `analyzed`, ' +
          '`analysis_failed`, `gone`, `expired` or `stopping`. After the last two come again.',
        request: { params: digestParams },
        responses: {
          200: {
            description: 'Events',
            // Of each event.
            content: { 'text/event-stream': { schema: ProgressEvent } },
          },
          404: error('No such image'),
          429: error('The account follows too many'),
        },
      }),
      async (c) => {
        const { digest, account } = await namedImage(services, c);
        return c.body(streams.open({ account, digest }), 200, {
          'content-type': 'text/event-stream',
          'cache-control': 'no-store',
          // A proxy that gathers events would keep them until the end.
          'x-accel-buffering': 'no',
        });
      },
    );
}
