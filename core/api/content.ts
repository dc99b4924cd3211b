/**
 * `/images/{digest}/content`: what an image holds, in the original's words.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { FileEntry } from '../../jobs/contract/index.ts';
import { listPackages } from '../catalog/package-list.ts';
import type { ImageRecord } from '../catalog/images.ts';
import { TidewaiterError } from '../errors.ts';
import { ContentBody, type FileItem } from './content-bodies.ts';
import { CONTENT } from './content-types.ts';
import { type Api, newApi, type Services } from './context.ts';
import { asDeclared, listBody, streamed } from './documents.ts';
import { IMAGE_PLACES, namedImage } from './image-places.ts';
import { ErrorBody, queryBoolean } from './schemas.ts';

const TYPE_NAMES = ['os', 'files', ...Object.keys(CONTENT).filter((name) => name !== 'os')];

const FILE_TYPES: Readonly<Record<string, FileItem['type']>> = {
  file: 'file',
  directory: 'dir',
  symlink: 'slink',
  character: 'dev',
  block: 'dev',
};

function fileItem(entry: FileEntry): FileItem {
  return {
    filename: entry.path,
    type: FILE_TYPES[entry.type] ?? 'UNKNOWN',
    mode: (entry.mode & 0o777).toString(8).padStart(5, '0'),
    size: entry.size,
    uid: entry.uid,
    gid: entry.gid,
    linkdest: entry.link ?? null,
    sha256: entry.sha256 ?? null,
  };
}

/** Only an image whose facts are there has content to show. */
export function requireFacts(image: ImageRecord): void {
  if (image.architecture !== null) return;
  throw new TidewaiterError(
    image.state === 'analysis_failed' ? 'analysis_failed' : 'image_not_analyzed',
    404,
    `image is not analyzed - analysis_status: ${image.state}${
      image.error === null ? '' : ` (${image.error})`
    }`,
  );
}

const notFound = {
  404: {
    description: 'No such image, not analysed, or no such type',
    content: { 'application/json': { schema: ErrorBody } },
  },
};

/** Routes below `/images/{digest}/content`. */
export function contentRoutes(services: Services): Api {
  const api = newApi();
  for (const { path, params } of IMAGE_PLACES) {
    api.openapi(
      createRoute({
        method: 'get',
        path: `${path}/content`,
        summary: 'Kinds of content',
        request: { params },
        responses: {
          200: {
            description: 'Names of content types',
            content: { 'application/json': { schema: z.array(z.string()) } },
          },
          ...notFound,
        },
      }),
      async (c) => {
        await namedImage(services, c);
        return c.json(TYPE_NAMES, 200);
      },
    )
      .openapi(
        createRoute({
          method: 'get',
          path: `${path}/content/{type}`,
          summary: 'Packages of one kind, or files',
          request: {
            params: params.extend({
              type: z.string().openapi({
                enum: TYPE_NAMES,
                example: 'python',
              }),
            }),
            query: z.object({
              owned: queryBoolean(false).openapi({
                description:
                  'Whether packages of languages are shown that a package of the distribution ' +
                  'brought, each with `owner`, its name. They are left out unless this is true.',
              }),
            }),
          },
          responses: {
            200: {
              description: 'Its content',
              content: { 'application/json': { schema: ContentBody } },
            },
            ...notFound,
          },
        }),
        async (c) => {
          const { type } = c.req.valid('param');
          const image = await namedImage(services, c);
          requireFacts(image);
          if (type === 'files') {
            const list = { digest: image.digest, kind: 'files' };
            const head = `{"imageDigest":${JSON.stringify(image.digest)},"content_type":"files",` +
              '"content":';
            const item = (entry: unknown) => fileItem(FileEntry.parse(entry));
            return asDeclared(
              streamed(listBody(services, list, item, [head, '}'])),
            );
          }
          const content = Object.hasOwn(CONTENT, type) ? CONTENT[type] : undefined;
          if (content === undefined) {
            throw new TidewaiterError(
              'unknown_content_type',
              404,
              `There is no content type "${type}": choose one of ${TYPE_NAMES.join(', ')}.`,
            );
          }
          const { owned } = c.req.valid('query');
          const found = await listPackages(services.sql, image.digest, {
            types: content.packages,
            owned,
          });
          return c.json({
            imageDigest: image.digest,
            content_type: type,
            content: found.map(content.item) as z.infer<typeof ContentBody>['content'],
          }, 200);
        },
      );
  }
  return api;
}
