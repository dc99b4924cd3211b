/**
 * `/admissions`: what the door decided, and why.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { type DecisionRecord, findDecision, listDecisions } from '../admissions/decisions.ts';
import { TidewaiterError } from '../errors.ts';
import { type Api, newApi, type Services } from './context.ts';
import { ErrorBody, queryInteger, timestamp } from './schemas.ts';

const MOST = 1000;

const AdmittedImage = z.object({
  image: z.string(),
  /** `admitted`, `refused`, `failed`, `waiting`, or `unjudged` where nobody looked. */
  kind: z.string(),
  text: z.string(),
  /** Of the images that were judged, one for each platform. */
  digests: z.array(z.string()),
  /** Of the index they came from. */
  index: z.string().nullable(),
  bundle: z.string().nullable(),
  bundle_sha256: z.string().nullable(),
  evaluated_at: z.string().nullable(),
});

const Admission = z.object({
  id: z.string(),
  door: z.string(),
  cluster: z.string(),
  /** Whether the cluster has proven its name. */
  identified: z.boolean(),
  namespace: z.string(),
  account: z.string(),
  mode: z.string(),
  decision: z.string(),
  allowed: z.boolean(),
  reason: z.string(),
  images: z.array(AdmittedImage),
  operation: z.string().nullable(),
  kind: z.string().nullable(),
  name: z.string().nullable(),
  user: z.string().nullable(),
  dry_run: z.boolean().nullable(),
  /** How many questions were answered so. */
  count: z.number(),
  first_at: z.string(),
  last_at: z.string(),
}).openapi('Admission');

function body(record: DecisionRecord): z.infer<typeof Admission> {
  const { request, images, firstAt, lastAt, ...rest } = record;
  return {
    ...rest,
    identified: request.identified,
    images: images.map(({ bundleSha256, evaluatedAt, ...image }) => ({
      ...image,
      digests: [...image.digests],
      bundle_sha256: bundleSha256,
      evaluated_at: evaluatedAt,
    })),
    operation: request.operation ?? null,
    kind: request.kind ?? null,
    name: request.name ?? null,
    user: request.user ?? null,
    dry_run: request.dryRun ?? null,
    first_at: timestamp(firstAt),
    last_at: timestamp(lastAt),
  };
}

const errors = {
  400: { description: 'Wrong input', content: { 'application/json': { schema: ErrorBody } } },
  404: { description: 'Not found', content: { 'application/json': { schema: ErrorBody } } },
};

const Filter = z.object({
  cluster: z.string().optional(),
  namespace: z.string().optional(),
  decision: z.string().optional(),
  allowed: z.enum(['true', 'false']).transform((text) => text === 'true').optional(),
  image: z.string().min(1).optional(),
  before: z.iso.datetime({ offset: true }).optional(),
  limit: queryInteger(1, MOST).default(100),
});

/** Routes below `/admissions`. An administrator sees those of all accounts. */
export function admissionRoutes({ sql }: Services): Api {
  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/admissions',
        summary: 'Decisions of the door, those made last first',
        request: { query: Filter },
        responses: {
          200: {
            description: 'Decisions',
            content: { 'application/json': { schema: z.array(Admission) } },
          },
          ...errors,
        },
      }),
      async (c) => {
        const { before, ...filter } = c.req.valid('query');
        const records = await listDecisions(sql, {
          ...filter,
          account: c.get('identity').isAdmin ? undefined : c.get('account'),
          before: before === undefined ? undefined : new Date(before),
        });
        return c.json(records.map(body), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/admissions/{id}',
        summary: 'One decision of the door, with what was known of each image',
        request: { params: z.object({ id: z.string() }) },
        responses: {
          200: {
            description: 'The decision',
            content: { 'application/json': { schema: Admission } },
          },
          ...errors,
        },
      }),
      async (c) => {
        const { id } = c.req.valid('param');
        const record = await findDecision(sql, id);
        const mayRead = c.get('identity').isAdmin || record?.account === c.get('account');
        if (record === undefined || !mayRead) {
          throw new TidewaiterError(
            'admission_not_found',
            404,
            `There is no decision ${id}: it is too old, or its id is another.`,
          );
        }
        return c.json(body(record), 200);
      },
    );
}
