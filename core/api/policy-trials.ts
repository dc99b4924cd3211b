/**
 * `/policies/test` and `/policies/replay`: what a bundle says before anybody relies on it.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { runUnitTests, UnitTest } from '../policy/index.ts';
import { replay, type ReplayedImage, type ReplayedSet } from '../verdicts/replay.ts';
import { BundleDocument, usableBundle } from './bundle-input.ts';
import { type Api, newApi, type Services } from './context.ts';
import { ErrorBody } from './schemas.ts';

const MOST_TESTS = 1000;
const MOST_DAYS = 90;
const MOST_IMAGES = 2000;

const action = z.enum(['go', 'warn', 'stop']);

const TestRequest = z.object({
  policybundle: BundleDocument,
  tests: z.array(UnitTest).max(MOST_TESTS),
});
const TestAnswer = z.object({
  passed: z.boolean(),
  results: z.array(z.object({
    name: z.string(),
    passed: z.boolean(),
    expected: action,
    action,
    reasons: z.array(z.string()),
  })),
}).openapi('PolicyTestResults');

const ReplayRequest = z.object({
  policybundle: BundleDocument,
  days: z.int().min(1).max(MOST_DAYS).default(7),
  limit: z.int().min(1).max(MOST_IMAGES).default(500),
});
const Replayed = z.object({
  image: z.string(),
  image_digest: z.string(),
  /** Cluster and namespace, with a slash between them. */
  namespaces: z.array(z.string()),
  admitted: z.int(),
  refused: z.int(),
  action,
  cause: z.string().nullable(),
});
const Running = z.object({
  cluster: z.string(),
  namespace: z.string(),
  image: z.string(),
  image_digest: z.string(),
  pods: z.int(),
  cause: z.string().nullable(),
});
const ReplayAnswer = z.object({
  days: z.int(),
  images: z.int(),
  images_unknown: z.int(),
  partial: z.boolean(),
  would_refuse: z.array(Replayed),
  would_admit: z.array(Replayed),
  running_refused: z.array(Running),
}).openapi('PolicyReplay');

const errors = {
  400: { description: 'Wrong input', content: { 'application/json': { schema: ErrorBody } } },
};

function replayed({ digest, namespaces, ...rest }: ReplayedImage): z.infer<typeof Replayed> {
  return { ...rest, image_digest: digest, namespaces: [...namespaces] };
}

function running({ digest, ...rest }: ReplayedSet): z.infer<typeof Running> {
  return { ...rest, image_digest: digest };
}

/** Routes that try bundles, stored or not; they change nothing. */
export function policyTrialRoutes({ sql }: Services): Api {
  return newApi()
    .openapi(
      createRoute({
        method: 'post',
        path: '/policies/test',
        summary: 'Run unit tests on a policy bundle, stored or not',
        request: {
          body: { required: true, content: { 'application/json': { schema: TestRequest } } },
        },
        responses: {
          200: {
            description: 'How each test went',
            content: { 'application/json': { schema: TestAnswer } },
          },
          ...errors,
        },
      }),
      (c) => {
        const { policybundle, tests } = c.req.valid('json');
        const results = runUnitTests(usableBundle(policybundle), tests, new Date());
        const passed = results.every((result) => result.passed);
        return c.json({
          passed,
          results: results.map((result) => ({ ...result, reasons: [...result.reasons] })),
        }, 200);
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/policies/replay',
        summary:
          'What a policy bundle would have decided lately, and which running images it stops',
        request: {
          body: { required: true, content: { 'application/json': { schema: ReplayRequest } } },
        },
        responses: {
          200: {
            description: 'Where it differs from what was decided, and what runs that it stops',
            content: { 'application/json': { schema: ReplayAnswer } },
          },
          ...errors,
        },
      }),
      async (c) => {
        const { policybundle, days, limit } = c.req.valid('json');
        const account = c.get('account');
        const bundle = usableBundle(policybundle);
        const found = await replay(sql, { account, bundle, days, most: limit });
        return c.json({
          days,
          images: found.tried,
          images_unknown: found.unknown,
          partial: found.isPartial,
          would_refuse: found.wouldRefuse.map(replayed),
          would_admit: found.wouldAdmit.map(replayed),
          running_refused: found.running.map(running),
        }, 200);
      },
    );
}
