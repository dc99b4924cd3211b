/**
 * `/images/{digest}/check/history`: how verdicts on an image have changed, and why.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { parseName } from '../catalog/names.ts';
import { ACTIONS, statusOf } from '../policy/index.ts';
import { CAUSES, type HistoryEntry, listHistory } from '../verdicts/history.ts';
import { type Api, newApi, type Services } from './context.ts';
import { digestParams, imageOf } from './image-places.ts';
import { ErrorBody, queryInteger, timestamp } from './schemas.ts';

const MOST = 1000;

const HistoryFinding = z.object({
  trigger_id: z.string(),
  gate: z.string(),
  trigger: z.string(),
  message: z.string(),
  action: z.string(),
  policy_id: z.string(),
}).openapi('VerdictFinding');

const Change = z.object({
  id: z.int(),
  tag: z.string(),
  policyId: z.string(),
  policy_sha256: z.string(),
  action: z.enum(ACTIONS),
  status: z.enum(['pass', 'fail']),
  evaluated_at: z.string(),
  cause: z.enum(CAUSES).openapi({
    description:
      'What had changed: the bundle, the image or what is known of it, or the time alone',
  }),
  appeared: z.array(HistoryFinding),
  appeared_count: z.int(),
  disappeared: z.array(HistoryFinding),
  disappeared_count: z.int(),
}).openapi('VerdictChange');

function changeBody(entry: HistoryEntry): z.infer<typeof Change> {
  return {
    id: entry.id,
    tag: entry.fulltag,
    policyId: entry.bundle,
    policy_sha256: entry.bundleSha256,
    action: entry.action,
    status: statusOf(entry.action),
    evaluated_at: timestamp(entry.evaluatedAt),
    cause: entry.cause,
    appeared: [...entry.appeared],
    appeared_count: entry.appearedCount,
    disappeared: [...entry.disappeared],
    disappeared_count: entry.disappearedCount,
  };
}

/** The route of the history. */
export function checkHistoryRoutes(services: Services): Api {
  return newApi().openapi(
    createRoute({
      method: 'get',
      path: '/images/{digest}/check/history',
      summary: 'How verdicts on an image have changed, and why',
      request: {
        params: digestParams,
        query: z.object({
          tag: z.string().openapi({ minLength: 1 }).optional(),
          policyId: z.string().optional(),
          before: queryInteger(1).optional().openapi({
            description: 'Id of the last entry of the page before',
          }),
          limit: queryInteger(1, MOST).default(100),
        }),
      },
      responses: {
        200: {
          description: 'Entries, the newest first',
          content: { 'application/json': { schema: z.array(Change) } },
        },
        404: {
          description: 'No such image',
          content: { 'application/json': { schema: ErrorBody } },
        },
      },
    }),
    async (c) => {
      const { tag, policyId, before, limit } = c.req.valid('query');
      const account = c.get('account');
      const { digest } = await imageOf(services, account, c.req.valid('param').digest);
      const entries = await listHistory(services.sql, {
        account,
        digest,
        fulltag: tag === undefined ? undefined : parseName(tag).fulltag,
        bundle: policyId,
        before,
        limit,
      });
      return c.json(entries.map(changeBody), 200);
    },
  );
}
