/**
 * `/images/{digest}/check`: the verdict on an image, with its reasons.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { parseName } from '../catalog/names.ts';
import { PSEUDO_TAG, statusOf } from '../policy/index.ts';
import { type HistoryEntry, listHistory } from '../verdicts/history.ts';
import { type Verdict, verdictOf } from '../verdicts/verdict.ts';
import { requireFacts } from './content.ts';
import { type Api, newApi, type Services } from './context.ts';
import { IMAGE_PLACES, namedImage } from './image-places.ts';
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
  const api = newApi();
  for (const place of IMAGE_PLACES) {
    api.openapi(
      createRoute({
        method: 'get',
        path: `${place.path}/check`,
        summary: 'Judge an image by a policy bundle',
        request: {
          params: place.params,
          query: z.object({
            tag: z.string().openapi({ minLength: 1 }).optional(),
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
        const image = await namedImage(services, c);
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
    );
  }
  return api;
}
