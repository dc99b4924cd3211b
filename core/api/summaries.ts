/**
 * `/summaries/imagetags`: all tags with little of their images.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { type ListedTag, listTags, type TagPosition } from '../catalog/tag-list.ts';
import { type Api, newApi, type Services } from './context.ts';
import { Limit, pageHeaders, pageOf } from './paging.ts';
import { Image } from './schemas.ts';

const Summary = z.object({
  imageDigest: z.string(),
  parentDigest: z.string(),
  imageId: z.string(),
  fulltag: z.string(),
  analysis_status: Image.shape.analysis_status,
  image_status: Image.shape.image_status,
  /** Seconds since 1970, as all times here. */
  created_at: z.int(),
  analyzed_at: z.int().nullable(),
  tag_detected_at: z.int(),
}).openapi('AnchoreImageTagSummary');

/** Where a page begins: after that tag of the image that was added then. */
const CURSOR = /^([0-9]{1,16})-(sha256:[0-9a-f]{64})-([!-~]{1,1000})$/;

function placeOf(cursor: string): TagPosition {
  const [, micros = '', digest = '', fulltag = ''] = CURSOR.exec(cursor) ?? [];
  return { micros: Number(micros), digest, fulltag };
}

function summaryBody(tag: ListedTag): z.infer<typeof Summary> {
  return {
    imageDigest: tag.digest,
    parentDigest: tag.parentDigest ?? tag.digest,
    imageId: tag.imageId,
    fulltag: tag.fulltag,
    analysis_status: tag.state,
    image_status: tag.status,
    created_at: tag.createdAt,
    analyzed_at: tag.analyzedAt,
    tag_detected_at: tag.detectedAt,
  };
}

/** Routes of summaries. */
export function summaryRoutes({ sql }: Services): Api {
  return newApi().openapi(
    createRoute({
      method: 'get',
      path: '/summaries/imagetags',
      summary: 'All tags with little of their images: cheap, for screens',
      request: {
        query: z.object({
          image_status: z.enum(['all', 'active', 'deleting']).default('active'),
          analysis_status: Image.shape.analysis_status.optional(),
          repository: z.string().max(500).optional(),
          search: z.string().max(500).optional(),
          limit: Limit,
          cursor: z.string().regex(CURSOR, 'it is none that a page before has named').optional(),
        }),
      },
      responses: {
        200: {
          description: 'Tags, those of older images first',
          headers: pageHeaders,
          content: { 'application/json': { schema: z.array(Summary) } },
        },
      },
    }),
    async (c) => {
      const { image_status, analysis_status, limit, cursor, ...text } = c.req.valid('query');
      const tags = await listTags(sql, c.get('account'), {
        ...text,
        state: analysis_status,
        status: image_status === 'all' ? undefined : image_status,
        after: cursor === undefined ? undefined : placeOf(cursor),
        limit: limit === undefined ? undefined : limit + 1,
      });
      const cursorOf = ({ micros, digest, fulltag }: ListedTag) => `${micros}-${digest}-${fulltag}`;
      return c.json(pageOf(c, tags, limit, cursorOf).map(summaryBody), 200);
    },
  );
}
