/**
 * `/archives`: analyses that an account has set aside. What is archived stays in the working set, as
 * clients of the original expect, unless `remove` says otherwise; rules always take it from there.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { archivedImages, archiveSummary, deleteArchived } from '../archive/records.ts';
import { notArchived } from '../archive/restore.ts';
import { listRules } from '../archive/rule-records.ts';
import { archiveImage } from '../archive/store.ts';
import { isConnectionFailure } from '../database/connection.ts';
import { messageOf, TidewaiterError } from '../errors.ts';
import { recordEvent } from '../events/record.ts';
import {
  archivedBody,
  ArchivedImageBody,
  ArchivedResults,
  ArchivesBody,
  archivesBody,
  DigestsBody,
} from './archive-bodies.ts';
import { type Api, newApi, type Services } from './context.ts';
import { ErrorBody, queryBoolean } from './schemas.ts';

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  200: { description, content: { 'application/json': { schema } } },
  400: { description: 'Wrong input', content: { 'application/json': { schema: ErrorBody } } },
  404: { description: 'Not found', content: { 'application/json': { schema: ErrorBody } } },
});
const params = z.object({ digest: z.string() });

type Result = z.infer<typeof ArchivedResults>[number];

/** Archives one image; what is wrong with it is its result. */
async function archiveOne(
  { sql, log }: Services,
  account: string,
  digest: string,
  remove: boolean,
): Promise<Result> {
  try {
    await archiveImage(sql, account, digest, { remove });
    return { digest, status: 'archived', detail: 'Completed successfully' };
  } catch (error) {
    if (isConnectionFailure(error)) throw error;
    if (!(error instanceof TidewaiterError)) {
      log.error('an image cannot be archived', { account, digest, error: messageOf(error) });
    }
    const detail = error instanceof TidewaiterError
      ? error.message
      : 'Something went wrong inside Tidewaiter: the log of core says what.';
    await recordEvent(sql, {
      account,
      type: 'system.analysis_archive.image_archive_failed',
      level: 'error',
      resourceType: 'image_digest',
      resource: digest,
      message: detail,
    });
    return { digest, status: 'error', detail };
  }
}

/** Routes `/archives` and below `/archives/images`. */
export function archiveRoutes(services: Services): Api {
  const { sql } = services;
  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/archives',
        summary: 'What the archive of the account holds',
        responses: json(ArchivesBody, 'Counts'),
      }),
      async (c) => {
        const account = c.get('account');
        const rules = await listRules(sql, account, { global: false });
        return c.json(archivesBody(await archiveSummary(sql, account), rules), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/archives/images',
        summary: 'List archived images',
        responses: json(z.array(ArchivedImageBody), 'Archived images'),
      }),
      async (c) => {
        const images = await archivedImages(sql, c.get('account'));
        return c.json(images.map(archivedBody), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/archives/images',
        summary: 'Archive analysed images',
        request: {
          query: z.object({
            remove: queryBoolean(false).openapi({
              description: 'Whether they leave the working set',
            }),
          }),
          body: { required: true, content: { 'application/json': { schema: DigestsBody } } },
        },
        responses: json(ArchivedResults, 'What became of each'),
      }),
      async (c) => {
        const { remove } = c.req.valid('query');
        const results: Result[] = [];
        for (const digest of new Set(c.req.valid('json'))) {
          results.push(await archiveOne(services, c.get('account'), digest, remove));
        }
        return c.json(results, 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/archives/images/{digest}',
        summary: 'Read an archived image',
        request: { params },
        responses: json(ArchivedImageBody, 'The archived image'),
      }),
      async (c) => {
        const { digest } = c.req.valid('param');
        const [image] = await archivedImages(sql, c.get('account'), digest);
        if (image === undefined) throw notArchived(digest);
        return c.json(archivedBody(image), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/archives/images/{digest}',
        summary: 'Delete an image from the archive',
        request: { params },
        responses: json(z.null(), 'Deleted'),
      }),
      async (c) => {
        const { digest } = c.req.valid('param');
        if (!await deleteArchived(sql, c.get('account'), digest)) throw notArchived(digest);
        return c.json(null, 200);
      },
    );
}
