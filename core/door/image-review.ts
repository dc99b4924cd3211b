/**
 * ImageReview, imagepolicy.k8s.io/v1alpha1: what the API server's ImagePolicyWebhook asks and what
 * it understands as an answer.
 *
 * @module
 */
import { z } from 'zod';
import type { Answer, Asker, Question } from './question.ts';
import { LONGEST_ANNOTATION, shown } from './text.ts';

export const IMAGE_REVIEW_VERSION = 'imagepolicy.k8s.io/v1alpha1';

/** Bytes of a review at most: etcd takes no larger object, and an update carries two of them. */
export const LARGEST_REVIEW = 3 * 1024 * 1024;
/** Containers of a pod at most. */
export const MOST_CONTAINERS = 1000;
export const LONGEST_NAMESPACE = 253;

export const ImageReview = z.looseObject({
  apiVersion: z.literal(IMAGE_REVIEW_VERSION).optional(),
  kind: z.literal('ImageReview').optional(),
  spec: z.looseObject({
    containers: z.array(z.looseObject({ image: z.string().default('') })).max(MOST_CONTAINERS)
      .nullish(),
    annotations: z.record(z.string(), z.string()).nullish(),
    namespace: z.string().max(LONGEST_NAMESPACE).default(''),
  }),
});
export type ImageReview = z.infer<typeof ImageReview>;

/** The question that a review puts. It does not say whether a pod is made or changed. */
export function imageQuestion({ spec }: ImageReview, asker: Asker): Question {
  return {
    door: 'imagepolicy',
    asker,
    namespace: spec.namespace,
    images: [...new Set((spec.containers ?? []).map(({ image }) => image))],
    annotations: spec.annotations ?? {},
    waiting: { kind: 'poll' },
    isBlind: true,
    makesPod: true,
    onlyWarns: false,
    request: { identified: asker.identified },
  };
}

/** Audit annotations that fit. */
export function shownAnnotations({ auditAnnotations }: Answer): Record<string, string> {
  return Object.fromEntries(
    Object.entries(auditAnnotations ?? {}).map(([key, value]) => [
      key,
      shown(value, LONGEST_ANNOTATION),
    ]),
  );
}

/** The document that carries an answer. */
export function imageReviewBody(answer: Answer): Record<string, unknown> {
  return {
    apiVersion: IMAGE_REVIEW_VERSION,
    kind: 'ImageReview',
    status: {
      allowed: answer.allowed,
      reason: shown(answer.reason),
      auditAnnotations: shownAnnotations(answer),
    },
  };
}
