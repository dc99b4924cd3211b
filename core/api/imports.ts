/**
 * `/imports/images`: what an account uploads of an image that it has analysed itself. With
 * `source.import`, `POST /images` makes an image of it.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import {
  beginImport,
  CONTENT_KINDS,
  contentsOf,
  endImport,
  importOf,
  type ImportOperation,
  listImports,
} from '../imports/operations.ts';
import { finishImport } from '../imports/finish.ts';
import { type Api, newApi, type Services } from './context.ts';
import { ErrorBody, type ImportSource, timestamp } from './schemas.ts';

const OperationBody = z.object({
  uuid: z.string(),
  status: z.enum(['pending', 'queued', 'processing', 'complete', 'failed', 'expired']),
  expires_at: z.string(),
  created_at: z.string(),
  last_updated: z.string(),
  /** Of the image, once it is known. */
  digest: z.string().nullable(),
  error: z.string().nullable(),
}).openapi('ImageImportOperation');

/** An upload, by the SHA-256 of its bytes. */
export const ContentBody = z.object({ digest: z.string(), created_at: z.string() })
  .openapi('ImageImportContentResponse');

function operationBody(operation: ImportOperation): z.infer<typeof OperationBody> {
  return {
    uuid: operation.id,
    status: operation.state,
    expires_at: timestamp(operation.expiresAt),
    created_at: timestamp(operation.createdAt),
    last_updated: timestamp(operation.updatedAt),
    digest: operation.digest,
    error: operation.error,
  };
}

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  200: { description, content: { 'application/json': { schema } } },
  400: { description: 'Wrong input', content: { 'application/json': { schema: ErrorBody } } },
  404: { description: 'Not found', content: { 'application/json': { schema: ErrorBody } } },
  409: { description: 'Conflict', content: { 'application/json': { schema: ErrorBody } } },
});
const uuid = z.string();
const params = z.object({ uuid });
/** An import, and a kind of its contents. */
export const contentParams = z.object({ uuid, content: z.enum(CONTENT_KINDS) });

/** Ends the import that `POST /images` names; the digest of the image. */
export async function submitImport(
  { sql }: Services,
  account: string,
  source: ImportSource,
  annotations: Readonly<Record<string, string>>,
): Promise<string> {
  const { contents } = source;
  const named = CONTENT_KINDS.flatMap((kind) => {
    const digest = contents[kind];
    return digest ? [[kind, digest]] : [];
  });
  return await finishImport(sql, {
    account,
    operation: source.operation_uuid,
    digest: source.digest,
    parentDigest: source.parent_digest || undefined,
    tags: source.tags,
    contents: Object.fromEntries(named),
    annotations,
  });
}

/** Routes below `/imports/images`. */
export function importRoutes({ sql }: Services): Api {
  return newApi()
    .openapi(
      createRoute({
        method: 'post',
        path: '/imports/images',
        summary: 'Begin the import of an analysis',
        responses: json(OperationBody, 'The import'),
      }),
      async (c) => c.json(operationBody(await beginImport(sql, c.get('account'))), 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/imports/images',
        summary: 'List imports',
        responses: json(z.array(OperationBody), 'Imports'),
      }),
      async (c) => {
        const operations = await listImports(sql, c.get('account'));
        return c.json(operations.map(operationBody), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/imports/images/{uuid}',
        summary: 'Read an import',
        request: { params },
        responses: json(OperationBody, 'The import'),
      }),
      async (c) => {
        const { uuid: id } = c.req.valid('param');
        return c.json(operationBody(await importOf(sql, c.get('account'), id)), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/imports/images/{uuid}',
        summary: 'Give an import up',
        request: { params },
        responses: json(OperationBody, 'The import as it is then'),
      }),
      async (c) => {
        const { uuid: id } = c.req.valid('param');
        return c.json(operationBody(await endImport(sql, c.get('account'), id)), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/imports/images/{uuid}/{content}',
        summary: 'What was uploaded of a kind',
        request: { params: contentParams },
        responses: json(z.array(ContentBody), 'Uploads'),
      }),
      async (c) => {
        const { uuid: id, content: kind } = c.req.valid('param');
        await importOf(sql, c.get('account'), id);
        const contents = await contentsOf(sql, id, kind);
        return c.json(
          contents.map(({ digest, createdAt }) => ({ digest, created_at: timestamp(createdAt) })),
          200,
        );
      },
    );
}
