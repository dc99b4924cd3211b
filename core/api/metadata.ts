/**
 * `/images/{digest}/metadata`: what an image was made of, as base64 texts.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import type { ReportHead } from '../../jobs/contract/index.ts';
import { readHead } from '../catalog/findings.ts';
import { findManifest, type ImageRecord } from '../catalog/images.ts';
import { TidewaiterError } from '../errors.ts';
import { requireFacts } from './content.ts';
import { type Api, newApi, type Services } from './context.ts';
import { digestParams, namedImage } from './image-places.ts';
import { ErrorBody } from './schemas.ts';

const Metadata = z.object({
  imageDigest: z.string(),
  metadata_type: z.string(),
  /** Base64. */
  metadata: z.string(),
}).openapi('MetadataResponse');

/** What the original writes for a layer that an entry of the history did not make. */
const NO_LAYER = '<missing>';

/** The history of an image in the original's words, oldest first. */
export function dockerHistory({ history }: Pick<ReportHead, 'history'>): readonly unknown[] {
  return history.map(({ created, createdBy, comment, layer, size }) => ({
    Created: created ?? '',
    CreatedBy: createdBy ?? '',
    Comment: comment ?? '',
    Id: layer ?? NO_LAYER,
    Size: size,
    Tags: [],
  }));
}

type Reader = (services: Services, image: ImageRecord) => Promise<string>;

function base64(bytes: string | Uint8Array): string {
  return Buffer.from(bytes as Uint8Array).toString('base64');
}

/** How each kind is read, as base64. */
const KINDS: Readonly<Record<string, Reader>> = {
  async manifest({ sql }, { digest }) {
    return base64((await findManifest(sql, digest))?.document ?? '');
  },
  async docker_history({ sql }, image) {
    requireFacts(image);
    const head = await readHead(sql, image.digest);
    return base64(JSON.stringify(head === undefined ? [] : dockerHistory(head)));
  },
  // One that is guessed is not shown as if somebody had written it.
  dockerfile: (_, { dockerfile }) => Promise.resolve(dockerfile ?? ''),
};
const NAMES = Object.keys(KINDS);

const notFound = {
  404: {
    description: 'No such image, not analysed, or no such kind',
    content: { 'application/json': { schema: ErrorBody } },
  },
};

/** Routes below `/images/{digest}/metadata`. */
export function metadataRoutes(services: Services): Api {
  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/images/{digest}/metadata',
        summary: 'Kinds of metadata',
        request: { params: digestParams },
        responses: {
          200: {
            description: 'Names of kinds',
            content: { 'application/json': { schema: z.array(z.string()) } },
          },
          ...notFound,
        },
      }),
      async (c) => {
        await namedImage(services, c);
        return c.json(NAMES, 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/images/{digest}/metadata/{type}',
        summary: 'Manifest, history or Dockerfile of an image',
        request: {
          params: digestParams.extend({
            type: z.string().openapi({ enum: NAMES }),
          }),
        },
        responses: {
          200: { description: 'Metadata', content: { 'application/json': { schema: Metadata } } },
          ...notFound,
        },
      }),
      async (c) => {
        const { type } = c.req.valid('param');
        const image = await namedImage(services, c);
        const read = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
        if (read === undefined) {
          throw new TidewaiterError(
            'unknown_metadata_type',
            404,
            `There is no such type of metadata: choose one of ${NAMES.join(', ')}.`,
          );
        }
        const metadata = await read(services, image);
        return c.json({ imageDigest: image.digest, metadata_type: type, metadata }, 200);
      },
    );
}
