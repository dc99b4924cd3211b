/**
 * `/images`: submit, list, read.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { findImages, type ImagePosition, type ImageRecord } from '../catalog/images.ts';
import { parseName } from '../catalog/names.ts';
import { TidewaiterError } from '../errors.ts';
import { type Api, newApi, type Services } from './context.ts';
import { checkPermission } from './permissions.ts';
import { digestParams, ImageId, imageOf, namedImage } from './image-places.ts';
import { Limit, pageHeaders, pageOf } from './paging.ts';
import {
  ErrorBody,
  Image,
  NewImageBody,
  queryBoolean,
  registryFailures,
  timestamp,
} from './schemas.ts';
import { submit } from './submit.ts';

/** Where a page of images begins: after the image that was added then. */
const CURSOR = /^([0-9]{1,16})-(sha256:[0-9a-f]{64})$/;
const Cursor = z.string().regex(CURSOR, 'it is none that a page before has named');

function placeOf(cursor: string): ImagePosition {
  const [, micros = '', digest = ''] = CURSOR.exec(cursor) ?? [];
  return { micros: Number(micros), digest };
}

/** An image as the API shows it. */
export function imageBody(image: ImageRecord): Image {
  const facts = image.architecture !== null;
  return {
    imageDigest: image.digest,
    parentDigest: image.parentDigest ?? image.digest,
    userId: image.account,
    annotations: image.annotations,
    analysis_status: image.state,
    image_status: image.status,
    record_version: '1',
    created_at: timestamp(image.createdAt),
    last_updated: timestamp(image.updatedAt),
    analyzed_at: image.analyzedAt === null ? null : timestamp(image.analyzedAt),
    image_type: 'docker',
    image_content: {
      metadata: {
        arch: image.architecture,
        distro: facts ? image.distribution?.id ?? 'unknown' : null,
        distro_version: facts ? image.distribution?.version ?? 'unknown' : null,
        dockerfile_mode: facts ? image.dockerfile === null ? 'Guessed' : 'Actual' : null,
        image_size: image.size,
        layer_count: facts ? image.layerCount : null,
      },
    },
    image_detail: image.tags.map((tag) => {
      const written = tag.fulltag.slice(tag.registry.length + 1);
      const repo = tag.tag === ''
        ? written.slice(0, written.indexOf('@'))
        : written.slice(0, -tag.tag.length - 1);
      return {
        registry: tag.registry,
        repo,
        tag: tag.tag === '' ? null : tag.tag,
        fulltag: tag.fulltag,
        digest: image.digest,
        imageDigest: image.digest,
        fulldigest: `${tag.registry}/${repo}@${image.digest}`,
        imageId: image.imageId,
        dockerfile: image.dockerfile,
        userId: image.account,
        created_at: timestamp(tag.createdAt),
        last_updated: timestamp(image.updatedAt),
        tag_detected_at: timestamp(tag.detectedAt),
      };
    }),
    analysis_error: analysisError(image),
  };
}

/** Why an analysis failed; null unless it did. */
export function analysisError(
  image: { state: string; error: string | null; errorCode: string | null },
): Image['analysis_error'] {
  if (image.state !== 'analysis_failed' || image.error === null) return null;
  return { code: image.errorCode ?? 'analysis_failed', message: image.error };
}

const errors = {
  400: { description: 'Wrong input', content: { 'application/json': { schema: ErrorBody } } },
  404: { description: 'Not found', content: { 'application/json': { schema: ErrorBody } } },
};
const images = { 'application/json': { schema: z.array(Image) } };
const listOf = { 200: { description: 'Images', content: images }, ...errors };
/** Routes below `/images` about images themselves. */
export function imageRoutes(services: Services): Api {
  const { sql } = services;
  return newApi()
    .openapi(
      createRoute({
        method: 'post',
        path: '/images',
        summary: 'Submit an image for analysis',
        request: {
          query: z.object({ force: queryBoolean(false), autosubscribe: queryBoolean(false) }),
          body: {
            required: true,
            content: { 'application/json': { schema: NewImageBody } },
          },
        },
        responses: { ...listOf, ...registryFailures },
      }),
      async (c) => {
        const digest = await submit(services, {
          account: c.get('account'),
          body: c.req.valid('json'),
          force: c.req.valid('query').force,
          autosubscribe: c.req.valid('query').autosubscribe,
          mayReadLayouts: c.get('isLocal') && c.get('identity').isAdmin,
          checkImport: () => checkPermission(c.get('identity'), 'POST /imports/images'),
        });
        return c.json([imageBody(await imageOf(services, c.get('account'), digest))], 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/images',
        summary: 'List images',
        request: {
          query: z.object({
            fulltag: z.string().openapi({ minLength: 1 }).optional(),
            history: queryBoolean(false),
            image_status: z.enum(['all', 'active', 'deleting']).default('active'),
            analysis_status: Image.shape.analysis_status.optional(),
            repository: z.string().max(500).optional().openapi({
              description: 'Only images of this repository, with or without its registry before it',
            }),
            search: z.string().max(500).optional().openapi({
              description: 'Only images with a tag that holds this text',
            }),
            limit: Limit,
            cursor: Cursor.optional(),
          }),
        },
        responses: {
          ...listOf,
          200: { description: 'Images, oldest first', headers: pageHeaders, content: images },
        },
      }),
      async (c) => {
        const query = c.req.valid('query');
        const { fulltag, history, image_status, analysis_status, limit, cursor } = query;
        const found = await findImages(sql, c.get('account'), {
          history,
          repository: query.repository,
          search: query.search,
          after: cursor === undefined ? undefined : placeOf(cursor),
          limit: limit === undefined ? undefined : limit + 1,
          state: analysis_status,
          status: image_status === 'all' ? undefined : image_status,
          name: fulltag === undefined ? undefined : parseName(fulltag),
        });
        if (fulltag !== undefined && found.length === 0) {
          throw new TidewaiterError('image_not_found', 404, 'image data not found in DB');
        }
        const page = pageOf(c, found, limit, ({ micros, digest }) => `${micros}-${digest}`);
        return c.json(page.map(imageBody), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/images/{digest}',
        summary: 'Read an image',
        request: { params: digestParams },
        responses: listOf,
      }),
      async (c) => c.json([imageBody(await namedImage(services, c))], 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/images/by_id/{imageId}',
        summary: 'Read an image by its id',
        request: { params: z.object({ imageId: ImageId }) },
        responses: listOf,
      }),
      async (c) => c.json([imageBody(await namedImage(services, c))], 200),
    );
}
