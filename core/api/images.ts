/**
 * `/images`: submit, list, read, delete.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { deleteImage, findImages, type ImageRecord } from '../catalog/images.ts';
import { parseName } from '../catalog/names.ts';
import { deactivateSubscriptions, subscribedTags } from '../catalog/subscriptions.ts';
import { TidewaiterError } from '../errors.ts';
import { queueState } from '../queue/analyses.ts';
import { type Api, newApi, type Services } from './context.ts';
import { checkPermission } from './permissions.ts';
import {
  ErrorBody,
  Image,
  NewImageBody,
  ProgressBody,
  queryBoolean,
  timestamp,
} from './schemas.ts';
import { submit } from './submit.ts';

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
    analysis_error: errorOf(image),
  };
}

function errorOf(
  image: { state: string; error: string | null; errorCode: string | null },
): Image['analysis_error'] {
  if (image.state !== 'analysis_failed' || image.error === null) return null;
  return { code: image.errorCode ?? 'analysis_failed', message: image.error };
}

const errors = {
  400: { description: 'Wrong input', content: { 'application/json': { schema: ErrorBody } } },
  404: { description: 'Not found', content: { 'application/json': { schema: ErrorBody } } },
};
const listOf = {
  200: { description: 'Images', content: { 'application/json': { schema: z.array(Image) } } },
  ...errors,
};
const digestParam = z.object({
  digest: z.string().openapi({ param: { name: 'digest', in: 'path' }, example: 'sha256:…' }),
});

/** The image a path names, or an error that says so. */
export async function imageOf(
  services: Services,
  account: string,
  digest: string,
): Promise<ImageRecord> {
  const [image] = await findImages(services.sql, account, { digest });
  if (image !== undefined) return image;
  throw new TidewaiterError(
    'image_not_found',
    404,
    'cannot locate specified image',
    { detail: { digest } },
  );
}

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
        responses: listOf,
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
            fulltag: z.string().optional(),
            history: queryBoolean(false),
            image_status: z.enum(['all', 'active', 'deleting']).default('active'),
            analysis_status: Image.shape.analysis_status.optional(),
          }),
        },
        responses: listOf,
      }),
      async (c) => {
        const { fulltag, history, image_status, analysis_status } = c.req.valid('query');
        const images = await findImages(sql, c.get('account'), {
          history,
          state: analysis_status,
          status: image_status === 'all' ? undefined : image_status,
          name: fulltag === undefined ? undefined : parseName(fulltag),
        });
        if (fulltag !== undefined && images.length === 0) {
          throw new TidewaiterError('image_not_found', 404, 'image data not found in DB');
        }
        return c.json(images.map(imageBody), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/images/{digest}',
        summary: 'Read an image',
        request: { params: digestParam },
        responses: listOf,
      }),
      async (c) => {
        const { digest } = c.req.valid('param');
        return c.json([imageBody(await imageOf(services, c.get('account'), digest))], 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/images/by_id/{imageId}',
        summary: 'Read an image by its id',
        request: { params: z.object({ imageId: z.string() }) },
        responses: listOf,
      }),
      async (c) => {
        const imageId = c.req.valid('param').imageId.replace(/^sha256:/, '');
        const images = await findImages(sql, c.get('account'), { imageId });
        if (images.length === 0) {
          throw new TidewaiterError('image_not_found', 404, 'cannot locate specified image');
        }
        return c.json(images.slice(0, 1).map(imageBody), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/images/{digest}/progress',
        summary: 'How far the analysis of an image is',
        request: { params: digestParam },
        responses: {
          200: {
            description: 'Progress',
            content: { 'application/json': { schema: ProgressBody } },
          },
          ...errors,
        },
      }),
      async (c) => {
        const image = await imageOf(services, c.get('account'), c.req.valid('param').digest);
        const state = await queueState(sql, image.digest);
        const progress = state?.progress ?? null;
        return c.json({
          imageDigest: image.digest,
          analysis_status: state?.state ?? 'not_analyzed',
          position: state?.position ?? null,
          attempt: state?.attempt ?? 0,
          phase: progress?.phase ?? null,
          bytes: progress?.bytes ?? 0,
          total_bytes: progress?.totalBytes ?? 0,
          layers: progress?.layers ?? 0,
          total_layers: progress?.totalLayers ?? 0,
          analysis_error: state === undefined ? null : errorOf(state),
        }, 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/images/{digest}',
        summary: 'Delete an image from the account',
        request: { params: digestParam, query: z.object({ force: queryBoolean(false) }) },
        responses: {
          200: {
            description: 'Deleted',
            content: {
              'application/json': {
                schema: z.object({ digest: z.string(), status: z.string(), detail: z.string() }),
              },
            },
          },
          ...errors,
        },
      }),
      async (c) => {
        const image = await imageOf(services, c.get('account'), c.req.valid('param').digest);
        const { force } = c.req.valid('query');
        if (image.state === 'analyzing' && !force) {
          throw new TidewaiterError(
            'image_analyzing',
            409,
            'The image is being analysed: wait until it is done, or delete it with force=true.',
          );
        }
        await sql.begin(async (tx) => {
          const subscribed = await subscribedTags(tx, image.account, image.digest);
          if (subscribed.length > 0 && !force) {
            throw new TidewaiterError(
              'image_subscribed',
              409,
              'cannot delete image that is the latest of its tags, and has active subscription',
            );
          }
          await deactivateSubscriptions(tx, image.account, subscribed);
          await deleteImage(tx, image.account, image.digest);
        });
        return c.json({ digest: image.digest, status: 'deleting', detail: '' }, 200);
      },
    );
}
