/**
 * `POST /imagepolicy`: the door as the API server's ImagePolicyWebhook calls it. Whatever comes in,
 * a well-formed answer goes out: an error would be decided by the API server's `defaultAllow`.
 *
 * @module
 */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { counter } from '../metrics.ts';
import { decide, type DoorServices } from './decide.ts';
import { type Answer, ImageReview, LARGEST_REVIEW, reviewBody } from './review.ts';

/** Who asks: the cluster's name, or undefined when nobody has said. */
export type ClusterOf = (c: Context) => string | undefined;

const malformed = counter('tidewaiter_door_malformed_total', 'Reviews that could not be read.');

function send(c: Context, answer: Answer): Response {
  return c.json(reviewBody(answer), 200);
}

function unreadable(c: Context, why: string): Response {
  malformed();
  return send(c, {
    allowed: false,
    reason: `Tidewaiter cannot read this review: ${why}. It wants an ImageReview of ` +
      'imagepolicy.k8s.io/v1alpha1.',
  });
}

/** The routes of the door. */
export function doorRoutes(services: DoorServices, clusterOf: ClusterOf): Hono {
  const app = new Hono();
  app.post(
    '/imagepolicy',
    bodyLimit({
      maxSize: LARGEST_REVIEW,
      onError: (c) => unreadable(c, `it is larger than ${LARGEST_REVIEW} bytes`),
    }),
    async (c) => {
      const cluster = clusterOf(c);
      if (cluster === undefined) {
        return c.json({
          message: 'The door wants a client certificate that names the cluster.',
          code: 'cluster_unknown',
        }, 401);
      }
      const document: unknown = await c.req.json().catch(() => undefined);
      if (document === undefined) return unreadable(c, 'it is no JSON');
      const review = ImageReview.safeParse(document);
      if (!review.success) {
        const [issue] = review.error.issues;
        return unreadable(c, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong shape'}`);
      }
      const decision = await decide(services, cluster, review.data);
      if (decision.kind === 'answer') return send(c, decision.answer);
      c.header('Retry-After', '1');
      return c.json({ message: 'The image is being analysed: ask again.', code: 'hold' }, 503);
    },
  );
  return app;
}
