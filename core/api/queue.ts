/**
 * `/queue`: an account's images that wait for their analysis or are being analysed.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { TidewaiterError } from '../errors.ts';
import { recordEvent } from '../events/record.ts';
import { type Lane, LANE_NAMES } from '../queue/lanes.ts';
import { cancelWish, listWishes, type Wish, type WishPosition } from '../queue/wishes.ts';
import { type Api, newApi, type Services } from './context.ts';
import { digestParams } from './image-places.ts';
import { Limit, pageHeaders, pageOf } from './paging.ts';
import { ErrorBody, timestamp } from './schemas.ts';

const LANES = Object.values(LANE_NAMES);

const Queued = z.object({
  imageDigest: z.string(),
  reference: z.string(),
  analysis_status: z.enum(['not_analyzed', 'analyzing']),
  lane: z.enum(LANES),
  /** 1 is next; null for what is being analysed. */
  position: z.int().nullable(),
  attempt: z.int(),
  since: z.string(),
  started_at: z.string().nullable(),
}).openapi('QueuedImage');

const Cancelled = z.object({ imageDigest: z.string(), status: z.literal('cancelled') })
  .openapi('CancelledAnalysis');

function queuedBody(wish: Wish): z.infer<typeof Queued> {
  return {
    imageDigest: wish.digest,
    reference: wish.reference,
    analysis_status: wish.state,
    lane: LANE_NAMES[wish.lane],
    position: wish.position,
    attempt: wish.attempt,
    since: timestamp(wish.since),
    started_at: wish.startedAt === null ? null : timestamp(wish.startedAt),
  };
}

/** Where a page begins: whether it waits, its lane, when it came into the queue, its digest. */
const CURSOR = /^([01])-([0-3])-([0-9]{1,16})-(sha256:[0-9a-f]{64})$/;

function placeOf(cursor: string): WishPosition {
  const [, waits, lane, micros, digest = ''] = CURSOR.exec(cursor) ?? [];
  return {
    state: waits === '1' ? 'not_analyzed' : 'analyzing',
    lane: Number(lane) as Lane,
    micros: Number(micros),
    digest,
  };
}

function cursorOf({ state, lane, micros, digest }: Wish): string {
  return `${state === 'not_analyzed' ? 1 : 0}-${lane}-${micros}-${digest}`;
}

function notQueued(): TidewaiterError {
  return new TidewaiterError(
    'analysis_not_queued',
    404,
    'The account has no such image that waits for its analysis or is being analysed.',
  );
}

const notFound = {
  404: {
    description: 'No such image in the queue',
    content: { 'application/json': { schema: ErrorBody } },
  },
};

/** Routes below `/queue`. */
export function queueRoutes({ sql }: Services): Api {
  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/queue',
        summary: 'Images of the account that are being analysed, and those that wait',
        request: {
          query: z.object({
            limit: Limit,
            cursor: z.string().regex(CURSOR, 'it is none that a page before has named').optional(),
          }),
        },
        responses: {
          200: {
            description: 'Images, the next ones first',
            headers: pageHeaders,
            content: { 'application/json': { schema: z.array(Queued) } },
          },
        },
      }),
      async (c) => {
        const { limit, cursor } = c.req.valid('query');
        const wishes = await listWishes(sql, c.get('account'), {
          after: cursor === undefined ? undefined : placeOf(cursor),
          limit: limit === undefined ? undefined : limit + 1,
        });
        return c.json(pageOf(c, wishes, limit, cursorOf).map(queuedBody), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/queue/{digest}',
        summary: 'Where an image of the account is in the queue',
        request: { params: digestParams },
        responses: {
          200: { description: 'The image', content: { 'application/json': { schema: Queued } } },
          ...notFound,
        },
      }),
      async (c) => {
        const { digest } = c.req.valid('param');
        const [wish] = await listWishes(sql, c.get('account'), { digest });
        if (wish === undefined) throw notQueued();
        return c.json(queuedBody(wish), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/queue/{digest}',
        summary: 'Cancel the analysis of an image, whether it waits or is under way',
        description:
          'What was known of the image before stays. Submitting it again queues it anew.',
        request: { params: digestParams },
        responses: {
          200: {
            description: 'The account does not wait for it any more',
            content: { 'application/json': { schema: Cancelled } },
          },
          ...notFound,
        },
      }),
      async (c) => {
        const { digest } = c.req.valid('param');
        const account = c.get('account');
        const { user } = c.get('identity');
        const isCancelled = await cancelWish(sql, account, digest, (tx) =>
          recordEvent(tx, {
            account,
            type: 'user.image.analysis.cancelled',
            level: 'info',
            resourceType: 'image_digest',
            resource: digest,
            message: `${user} has cancelled the analysis of ${digest}.`,
            details: { user },
          }));
        if (!isCancelled) throw notQueued();
        return c.json({ imageDigest: digest, status: 'cancelled' as const }, 200);
      },
    );
}
