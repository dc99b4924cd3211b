/**
 * ImageReview, imagepolicy.k8s.io/v1alpha1: what the API server's ImagePolicyWebhook asks and what
 * it understands as an answer.
 *
 * @module
 */
import { z } from 'zod';
import { escapeText } from '../log.ts';

export const IMAGE_REVIEW_VERSION = 'imagepolicy.k8s.io/v1alpha1';

/** Bytes of a review at most: a pod's specification is far smaller. */
export const LARGEST_REVIEW = 3 * 1024 * 1024;

export const ImageReview = z.looseObject({
  apiVersion: z.literal(IMAGE_REVIEW_VERSION).optional(),
  kind: z.literal('ImageReview').optional(),
  spec: z.looseObject({
    containers: z.array(z.looseObject({ image: z.string().default('') })).max(1000).nullish(),
    annotations: z.record(z.string(), z.string()).nullish(),
    namespace: z.string().max(253).default(''),
  }),
});
export type ImageReview = z.infer<typeof ImageReview>;

/** What the door says to a whole review. */
export interface Answer {
  readonly allowed: boolean;
  /** One line for the person whose pod it is. */
  readonly reason: string;
  /** Kept in the API server's audit log. */
  readonly auditAnnotations?: Readonly<Record<string, string>> | undefined;
}

/** Events cut notes at 1,024 bytes, and the API server writes a sentence of its own before ours. */
const LONGEST_REASON = 800;
const LONGEST_ANNOTATION = 1500;

/** Makes foreign text safe to show, and cuts it. */
export function shown(text: string, longest = LONGEST_REASON): string {
  const escaped = escapeText(text);
  return escaped.length <= longest ? escaped : `${escaped.slice(0, longest - 1)}…`;
}

/** The document that carries an answer. */
export function reviewBody(answer: Answer): Record<string, unknown> {
  const annotations = Object.entries(answer.auditAnnotations ?? {})
    .map(([key, value]) => [key, shown(value, LONGEST_ANNOTATION)]);
  return {
    apiVersion: IMAGE_REVIEW_VERSION,
    kind: 'ImageReview',
    status: {
      allowed: answer.allowed,
      reason: shown(answer.reason),
      ...(annotations.length === 0 ? {} : { auditAnnotations: Object.fromEntries(annotations) }),
    },
  };
}
