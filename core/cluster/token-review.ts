/**
 * Which Job a projected service-account token belongs to: asked of the API server (TokenReview),
 * then followed from the pod it is bound to, to the pod's Job.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Kubernetes } from './kubernetes.ts';
import { statusOf } from './kubernetes.ts';

export interface ReviewOptions {
  /** Audience the token must be for. */
  readonly audience: string;
  /** Service account of Jobs. */
  readonly serviceAccount: string;
  /** Label of pods that names their task. */
  readonly taskLabel: string;
}

/** The task of the pod that a token is bound to; undefined for any other token. */
export type TokenReviewer = (token: string) => Promise<string | undefined>;

const REMEMBERED_MS = 30_000;
const MOST_REMEMBERED = 5000;
const POD_NAME = 'authentication.kubernetes.io/pod-name';
const POD_UID = 'authentication.kubernetes.io/pod-uid';

/** Makes a reviewer that remembers good answers for half a minute. */
export function createTokenReviewer(
  kubernetes: Kubernetes,
  options: ReviewOptions,
): TokenReviewer {
  const { namespace, core, authentication } = kubernetes;
  const known = new Map<string, { task: string; until: number }>();

  async function review(token: string): Promise<string | undefined> {
    const { status } = await authentication.createTokenReview({
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, audiences: [options.audience] },
      },
    });
    const user = status?.user;
    const expected = `system:serviceaccount:${namespace}:${options.serviceAccount}`;
    const isFit = status?.authenticated === true && user?.username === expected &&
      status.audiences?.includes(options.audience) === true;
    const [name] = user?.extra?.[POD_NAME] ?? [];
    const [uid] = user?.extra?.[POD_UID] ?? [];
    if (!isFit || name === undefined || uid === undefined) return undefined;
    try {
      const pod = await core.readNamespacedPod({ name, namespace });
      const task = pod.metadata?.labels?.[options.taskLabel];
      const isOfJob = pod.metadata?.ownerReferences?.some(({ kind, name: owner }) =>
        kind === 'Job' && owner === `analyze-${task}`
      );
      return pod.metadata?.uid === uid && isOfJob === true ? task : undefined;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  return async (token) => {
    const key = createHash('sha256').update(token).digest('base64');
    const hit = known.get(key);
    if (hit !== undefined && hit.until > Date.now()) return hit.task;
    known.delete(key);
    const task = await review(token);
    if (task === undefined) return undefined;
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(key, { task, until: Date.now() + REMEMBERED_MS });
    return task;
  };
}
