/**
 * Where the routes of one image are: below its digest, and, as the original has them, below its id.
 *
 * @module
 */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { findImages, type ImageRecord } from '../catalog/images.ts';
import { TidewaiterError } from '../errors.ts';
import type { ApiEnv, Services } from './context.ts';

/** A digest in a path. What is none finds nothing. */
export const Digest = z.string().openapi({
  pattern: '^sha256:[0-9a-f]{64}$',
  description: 'Digest of an image, or of the index it came from',
});

/** The digest of an image's configuration, with and without the name of the hash. */
export const ImageId = z.string().openapi({
  pattern: '^(sha256:)?[0-9a-f]{64}$',
  description: "The image's id: the digest of its configuration",
});

export const digestParams = z.object({ digest: Digest });

/** A path that names an image, and its parameters. */
export interface ImagePlace {
  readonly path: string;
  readonly params: z.ZodObject<Record<never, never>>;
}

/** Both ways to name an image. */
export const IMAGE_PLACES: readonly ImagePlace[] = [
  { path: '/images/{digest}', params: digestParams },
  { path: '/images/by_id/{imageId}', params: z.object({ imageId: ImageId }) },
];

function notFound(detail: Readonly<Record<string, string>>): TidewaiterError {
  return new TidewaiterError('image_not_found', 404, 'cannot locate specified image', { detail });
}

/** The image that a digest names, or an error that says so. */
export async function imageOf(
  { sql }: Pick<Services, 'sql'>,
  account: string,
  digest: string,
): Promise<ImageRecord> {
  const [image] = await findImages(sql, account, { digest });
  if (image === undefined) throw notFound({ digest });
  return image;
}

/** The image that a path names, by digest or id. @throws TidewaiterError `image_not_found` */
export async function namedImage(
  services: Pick<Services, 'sql'>,
  c: Context<ApiEnv>,
): Promise<ImageRecord> {
  const account = c.get('account');
  const { digest, imageId } = c.req.param() as Readonly<Record<string, string | undefined>>;
  if (digest !== undefined) return await imageOf(services, account, digest);
  const id = imageId?.replace(/^sha256:/, '') ?? '';
  const [image] = await findImages(services.sql, account, { imageId: id });
  if (image === undefined) throw notFound({ image_id: id });
  return image;
}
