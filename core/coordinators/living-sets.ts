/**
 * Sets of images that live in a cluster, counted. Pure.
 *
 * @module
 */
import type { V1Pod } from '@kubernetes/client-node';
import { type LivingSet, setKey } from '../admissions/sets.ts';
import { isEnding, isReviewed, type RunningImage, setsOf } from '../cluster/pod-sets.ts';

function digestsOf(images: readonly RunningImage[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { reference, digests } of images) (found[reference] ??= []).push(...digests);
  return found;
}

/** The sets of pods that are reviewed, in namespaces that are not exempt. */
export function livingSets(
  pods: readonly V1Pod[],
  cluster: string,
  isExempt: (namespace: string) => boolean,
): LivingSet[] {
  const sets = new Map<string, LivingSet>();
  for (const pod of pods) {
    const namespace = pod.metadata?.namespace ?? '';
    if (isExempt(namespace) || !isReviewed(pod)) continue;
    const ending = isEnding(pod) ? 1 : 0;
    for (const images of setsOf(pod)) {
      const key = setKey(images.map(({ reference }) => reference));
      const id = `${namespace}/${key}`;
      const before = sets.get(id);
      const digests = digestsOf(images);
      for (const [reference, known] of Object.entries(before?.digests ?? {})) {
        digests[reference] = [...new Set([...digests[reference] ?? [], ...known])];
      }
      sets.set(id, {
        cluster,
        namespace,
        key,
        digests,
        pods: (before?.pods ?? 0) + 1,
        ending: (before?.ending ?? 0) + ending,
      });
    }
  }
  return [...sets.values()];
}
