/**
 * The door: `POST /imagepolicy` as the API server's ImagePolicyWebhook calls it, and
 * `POST /admission` as a validating webhook. Whatever comes in, a well-formed answer goes out: an
 * error would be decided by the API server's `defaultAllow` or `failurePolicy`.
 *
 * @module
 */
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { policyOf } from '../config/door-rules.ts';
import { counter } from '../metrics.ts';
import { admissionQuestion, AdmissionReview, admissionReviewBody } from './admission-review.ts';
import { decide } from './decide.ts';
import { imageQuestion, ImageReview, imageReviewBody, LARGEST_REVIEW } from './image-review.ts';
import type { Answer, Asker } from './question.ts';
import { Rate } from './rate.ts';
import type { DoorServices } from './services.ts';

/** Who asks, as far as it has shown; undefined when nobody has said. */
export type AskerOf = (c: Context) => Promise<Asker | undefined>;

const malformed = counter('tidewaiter_door_malformed_total', 'Reviews that could not be read.');

/** Questions of one address that has not shown who it is, a second and at once. */
const PER_SECOND = 200;
const BURST = 400;

/** What the API server waits for a webhook unless the webhook says otherwise. */
const USUAL_TIMEOUT_SECONDS = 10;
const LONGEST_TIMEOUT_SECONDS = 30;
/** An answer is on its way so long before the API server stops to wait. */
const MARGIN_MS = 2000;
/** Connections that one core keeps waiting. */
const MOST_WAITING = 200;

function unreadable(why: string, wanted: string): Answer {
  malformed();
  return {
    allowed: false,
    reason: `Tidewaiter cannot read this review: ${why}. It wants ${wanted}.`,
  };
}

const WANTED_IMAGE_REVIEW = 'an ImageReview of imagepolicy.k8s.io/v1alpha1';
const WANTED_ADMISSION_REVIEW = 'an AdmissionReview of admission.k8s.io/v1';

/** A body as its schema has it, or what is wrong with it. */
function read<T>(text: string, schema: z.ZodType<T>): { value: T } | { why: string } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { why: 'it is no JSON' };
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return { value: parsed.data };
  const [issue] = parsed.error.issues;
  return { why: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong shape'}` };
}

/** When the API server stops to wait, of `performance.now()`, less a margin. */
function deadline(c: Context): number {
  const [, digits] = /^(\d{1,5})s$/.exec(c.req.query('timeout') ?? '') ?? [];
  const seconds = Math.min(LONGEST_TIMEOUT_SECONDS, Number(digits ?? USUAL_TIMEOUT_SECONDS));
  return performance.now() + seconds * 1000 - MARGIN_MS;
}

function limited(tooLarge: (c: Context, why: string) => Response): MiddlewareHandler {
  const counted = bodyLimit({
    maxSize: LARGEST_REVIEW,
    onError: (c) => tooLarge(c, `it is larger than ${LARGEST_REVIEW} bytes`),
  });
  // The server holds a body to the length it said, so only others have to be counted.
  return (c, next) => {
    const said = c.req.header('content-length');
    return said !== undefined && Number(said) <= LARGEST_REVIEW ? next() : counted(c, next);
  };
}

/** The routes of the door. */
export function doorRoutes(services: DoorServices, askerOf: AskerOf): Hono {
  const app = new Hono();
  const rate = new Rate(PER_SECOND, BURST);
  let waiting = 0;

  app.post(
    '/imagepolicy',
    limited((c, why) => c.json(imageReviewBody(unreadable(why, WANTED_IMAGE_REVIEW)))),
    async (c) => {
      const asker = await askerOf(c);
      if (asker === undefined || !asker.identified) {
        return c.json({
          message: 'The door wants a client certificate or a token that names the cluster.',
          code: 'cluster_unknown',
        }, 401);
      }
      const review = read(await c.req.text(), ImageReview);
      if ('why' in review) {
        return c.json(imageReviewBody(unreadable(review.why, WANTED_IMAGE_REVIEW)));
      }
      const decision = await decide(services, imageQuestion(review.value, asker));
      if (decision.kind === 'answer') return c.json(imageReviewBody(decision.answer));
      c.header('Retry-After', '1');
      return c.json({ message: 'The image is being analysed: ask again.', code: 'hold' }, 503);
    },
  );

  app.post(
    '/admission',
    limited((c, why) => c.json(admissionReviewBody('', unreadable(why, WANTED_ADMISSION_REVIEW)))),
    async (c) => {
      const until = deadline(c);
      const review = read(await c.req.text(), AdmissionReview);
      if ('why' in review) {
        return c.json(admissionReviewBody('', unreadable(review.why, WANTED_ADMISSION_REVIEW)));
      }
      const { uid } = review.value.request;
      const asker = await askerOf(c) ??
        { cluster: services.config.cluster_name, identified: false };
      if (!asker.identified && !rate.take(addressOf(c), performance.now())) {
        const reason = 'Tidewaiter gets too many questions from this address, which has not ' +
          'shown which cluster it is of: try again in a second.';
        const { mode } = policyOf(
          services.config,
          asker.cluster,
          review.value.request.namespace ?? '',
        );
        return c.json(admissionReviewBody(uid, { allowed: mode !== 'enforce', reason }));
      }
      const connection = { until, signal: c.req.raw.signal };
      const asked = admissionQuestion(review.value, asker, connection);
      if (asked.kind === 'nothing') {
        return c.json(admissionReviewBody(uid, { allowed: true, reason: '' }));
      }
      if (asked.kind === 'unreadable') {
        return c.json(admissionReviewBody(uid, unreadable(asked.why, WANTED_ADMISSION_REVIEW)));
      }
      const question = waiting < MOST_WAITING
        ? asked.question
        : { ...asked.question, waiting: { kind: 'none' } as const };
      const waits = question.waiting.kind === 'connection' ? 1 : 0;
      waiting += waits;
      try {
        const decision = await decide(services, question);
        if (decision.kind === 'hold') throw new Error('this door does not poll');
        return c.json(admissionReviewBody(uid, decision.answer));
      } finally {
        waiting -= waits;
      }
    },
  );
  return app;
}

function addressOf(c: Context): string {
  const { incoming } = c.env as { incoming?: { socket: { remoteAddress?: string } } };
  return incoming?.socket.remoteAddress ?? 'unknown';
}
