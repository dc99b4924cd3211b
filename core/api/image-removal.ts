/**
 * `DELETE` of `/images`: takes images from an account.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { deleteImage, type ImageRecord } from '../catalog/images.ts';
import { deactivateSubscriptions, subscribedTags } from '../catalog/subscriptions.ts';
import { TidewaiterError } from '../errors.ts';
import { recordEvent } from '../events/record.ts';
import { type Api, newApi, type Services } from './context.ts';
import { IMAGE_PLACES, imageOf, namedImage } from './image-places.ts';
import { ErrorBody, queryBoolean } from './schemas.ts';

/** Digests of one request. */
const MOST = 1000;

const Removal = z.object({
  digest: z.string(),
  status: z.enum(['deleting', 'not_found', 'delete_failed']),
  detail: z.string(),
}).openapi('DeleteImageResponse');
type Removal = z.infer<typeof Removal>;

const errorContent = { 'application/json': { schema: ErrorBody } };
const forceQuery = z.object({
  force: queryBoolean(false).openapi({
    description: 'Also while it is being analysed, or has subscriptions',
  }),
});
const Digests = z.string().regex(/[^,\s]/, 'it names none').openapi({
  description: `Up to ${MOST} digests, with commas between them`,
});

function digestsIn(text: string): readonly string[] {
  const digests = text.split(',').map((one) => one.trim()).filter((one) => one !== '');
  if (digests.length > 0 && digests.length <= MOST) return [...new Set(digests)];
  throw new TidewaiterError(
    'invalid_request',
    400,
    `Name 1 to ${MOST} digests in "imageDigests", with commas between them.`,
  );
}

/** Routes that take images from the account; their analyses stay for others. */
export function imageRemovalRoutes(services: Services): Api {
  async function remove(image: ImageRecord, force: boolean, user: string): Promise<Removal> {
    if (image.state === 'analyzing' && !force) {
      throw new TidewaiterError(
        'image_analyzing',
        409,
        'The image is being analysed: wait until it is done, or delete it with force=true.',
      );
    }
    await services.sql.begin(async (tx) => {
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
      await recordEvent(tx, {
        account: image.account,
        type: 'user.image.deleted',
        level: 'info',
        resourceType: 'image_digest',
        resource: image.digest,
        message: `The image ${image.tags[0]?.fulltag ?? image.digest} was deleted.`,
        details: { by: user },
      });
    });
    return { digest: image.digest, status: 'deleting', detail: '' };
  }

  async function removeNamed(
    { account, user }: { account: string; user: string },
    digest: string,
    force: boolean,
  ): Promise<Removal> {
    try {
      return await remove(await imageOf(services, account, digest), force, user);
    } catch (error) {
      if (!(error instanceof TidewaiterError) || error.status >= 500) throw error;
      const status = error.status === 404 ? 'not_found' : 'delete_failed';
      return { digest, status, detail: error.message };
    }
  }

  const api = newApi();
  for (const { path, params } of IMAGE_PLACES) {
    api.openapi(
      createRoute({
        method: 'delete',
        path,
        summary: 'Delete an image from the account',
        request: { params, query: forceQuery },
        responses: {
          200: { description: 'Deleted', content: { 'application/json': { schema: Removal } } },
          404: { description: 'No such image', content: errorContent },
          409: { description: 'It is being analysed, or has subscriptions', content: errorContent },
        },
      }),
      async (c) => {
        const image = await namedImage(services, c);
        const { user } = c.get('identity');
        return c.json(await remove(image, c.req.valid('query').force, user), 200);
      },
    );
  }
  return api.openapi(
    createRoute({
      method: 'delete',
      path: '/images',
      summary: 'Delete several images from the account',
      request: { query: forceQuery.extend({ imageDigests: Digests }) },
      responses: {
        200: {
          description: 'What became of each',
          content: { 'application/json': { schema: z.array(Removal) } },
        },
        400: { description: 'Wrong input', content: errorContent },
      },
    }),
    async (c) => {
      const { imageDigests, force } = c.req.valid('query');
      const removals: Removal[] = [];
      const who = { account: c.get('account'), user: c.get('identity').user };
      for (const digest of digestsIn(imageDigests)) {
        removals.push(await removeNamed(who, digest, force));
      }
      return c.json(removals, 200);
    },
  );
}
