/**
 * Uploads of imports, which bound their bodies themselves: documents of packages are larger than what
 * else the API is sent.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { TidewaiterError } from '../errors.ts';
import { addContent, type ContentKind } from '../imports/operations.ts';
import { type Api, newApi, type Services } from './context.ts';
import { ContentBody, contentParams } from './imports.ts';
import { ErrorBody, timestamp } from './schemas.ts';

const MIB = 1024 * 1024;

/** Bytes of each: of a document of packages what a core reads in less than a second. */
const LARGEST: Readonly<Record<ContentKind, number>> = {
  packages: 32 * MIB,
  dockerfile: MIB,
  manifest: 4 * MIB,
  parent_manifest: 4 * MIB,
  image_config: 8 * MIB,
};

const errors = {
  400: { description: 'Wrong input', content: { 'application/json': { schema: ErrorBody } } },
  404: { description: 'Not found', content: { 'application/json': { schema: ErrorBody } } },
  409: { description: 'Conflict', content: { 'application/json': { schema: ErrorBody } } },
  413: { description: 'Too large', content: { 'application/json': { schema: ErrorBody } } },
};

function tooLarge(kind: ContentKind): TidewaiterError {
  return new TidewaiterError(
    'body_too_large',
    413,
    `An upload of the kind ${kind} may have ${LARGEST[kind]} bytes at most.`,
  );
}

/** Reads a body, within the bound of its kind. */
async function received({ body, headers }: Request, kind: ContentKind): Promise<Buffer> {
  if (Number(headers.get('content-length') ?? 0) > LARGEST[kind]) throw tooLarge(kind);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body?.getReader();
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    size += next.value.length;
    if (size > LARGEST[kind]) throw tooLarge(kind);
    chunks.push(next.value);
  }
  return Buffer.concat(chunks);
}

/** The route of uploads below `/imports/images`. */
export function importUploadRoutes({ sql }: Services): Api {
  return newApi()
    .openapi(
      createRoute({
        method: 'post',
        path: '/imports/images/{uuid}/{content}',
        summary: 'Upload a part of an import',
        description: 'The body is taken as it is; the answer has the SHA-256 of its bytes.',
        request: {
          params: contentParams,
          body: {
            required: true,
            content: {
              'application/octet-stream': {
                schema: z.string().openapi({ format: 'binary', minLength: 1 }),
              },
            },
          },
        },
        responses: {
          200: {
            description: 'What was uploaded',
            content: { 'application/json': { schema: ContentBody } },
          },
          ...errors,
        },
      }),
      async (c) => {
        const { uuid: id, content: kind } = c.req.valid('param');
        const bytes = await received(c.req.raw, kind);
        if (bytes.byteLength === 0) {
          throw new TidewaiterError('import_invalid', 400, 'The upload is empty: send its bytes.');
        }
        const kept = await addContent(sql, c.get('account'), id, kind, bytes);
        return c.json({ digest: kept.digest, created_at: timestamp(kept.createdAt) }, 200);
      },
    );
}
