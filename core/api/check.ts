/**
 * `/images/{digest}/check`: the verdict on an image, with its reasons.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { parseName } from '../catalog/names.ts';
import { ACTIONS, PSEUDO_TAG, statusOf } from '../policy/index.ts';
import { CAUSES, type HistoryEntry, listHistory } from '../verdicts/history.ts';
import { type Verdict, verdictOf } from '../verdicts/verdict.ts';
import { requireFacts } from './content.ts';
import { type Api, newApi, type Services } from './context.ts';
import { imageOf } from './images.ts';
import { ErrorBody, queryBoolean, timestamp } from './schemas.ts';

const Evaluation = z.object({
  policyId: z.string(),
  status: z.enum(['pass', 'fail']),
  last_evaluation: z.string(),
  detail: z.record(z.string(), z.unknown()),
}).openapi('PolicyEvaluation');

const Check = z.array(z.record(z.string(), z.record(z.string(), z.array(Evaluation))))
  .openapi('PolicyEvaluationList');

function evaluationBody(verdict: Verdict, detail: boolean): z.infer<typeof Evaluation> {
  return {
    policyId: verdict.bundle.id,
    status: statusOf(verdict.action),
    last_evaluation: timestamp(verdict.evaluatedAt),
    detail: detail ? { result: verdict.result, policy: verdict.result.bundle } : {},
  };
}

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

/** A former verdict, of which only what has changed is kept. */
function formerBody(entry: HistoryEntry): z.infer<typeof Evaluation> {
  return {
    policyId: entry.bundle,
    status: statusOf(entry.action),
    last_evaluation: timestamp(entry.evaluatedAt),
    detail: {},
  };
}

/** Former verdicts that one answer holds. */
const FORMER = 1000;

/** The tags to judge under: the one that was asked for, else all the image has. */
function tagsOf(asked: string | undefined, known: readonly string[]): readonly string[] {
  if (asked !== undefined) return [parseName(asked).fulltag];
  return known.length === 0 ? [PSEUDO_TAG] : known;
}

/** Routes of the check. */
export function checkRoutes(services: Services): Api {
  return newApi().openapi(
    createRoute({
      method: 'get',
      path: '/images/{digest}/check',
      summary: 'Judge an image by a policy bundle',
      request: {
        params: z.object({ digest: z.string() }),
        query: z.object({
          tag: z.string().optional(),
          policyId: z.string().optional(),
          detail: queryBoolean(true),
          history: queryBoolean(false),
          interactive: queryBoolean(false),
        }),
      },
      responses: {
        200: { description: 'Verdicts', content: { 'application/json': { schema: Check } } },
        404: {
          description: 'No such image or bundle, or not analysed',
          content: { 'application/json': { schema: ErrorBody } },
        },
      },
    }),
    async (c) => {
      const { tag, policyId, detail, history } = c.req.valid('query');
      const account = c.get('account');
      const image = await imageOf(services, account, c.req.valid('param').digest);
      requireFacts(image);
      const answers: Record<string, z.infer<typeof Evaluation>[]> = {};
      for (const fulltag of tagsOf(tag, image.tags.map((known) => known.fulltag))) {
        const verdict = await verdictOf(services.sql, {
          account,
          digest: image.digest,
          fulltag,
          bundleId: policyId,
        });
        if (verdict === undefined) continue;
        const question = {
          account,
          digest: image.digest,
          fulltag,
          bundle: verdict.bundle.id,
          limit: FORMER,
        };
        // The newest entry is the verdict itself.
        const former = history ? (await listHistory(services.sql, question)).slice(1) : [];
        answers[tag ?? fulltag] = [evaluationBody(verdict, detail), ...former.map(formerBody)];
      }
      return c.json([{ [image.digest]: answers }], 200);
    },
  ).openapi(
    createRoute({
      method: 'get',
      path: '/images/{digest}/check/history',
      summary: 'How verdicts on an image have changed, and why',
      request: {
        params: z.object({ digest: z.string() }),
        query: z.object({
          tag: z.string().optional(),
          policyId: z.string().optional(),
          before: z.coerce.number().int().min(1).optional().openapi({
            description: 'Id of the last entry of the page before',
          }),
          limit: z.coerce.number().int().min(1).max(FORMER).default(100),
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
