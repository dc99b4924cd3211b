/**
 * From pods as the API server tells of them to the sets of images they are made of. Pure.
 *
 * @module
 */
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { formatReference, OciError, parseReference } from 'oci-client';

/** `docker.io/library/nginx@sha256:…`: what a runtime says it runs, if it says a digest. */
const IMAGE_ID = /@(sha256:[0-9a-f]{64})$/;
/** Written by the kubelet for pods that it has from a file: nobody is asked about those. */
const MIRROR = 'kubernetes.io/config.mirror';

/** A reference in its one spelling; what is none stands for itself. */
export function canonicalOf(image: string): string {
  try {
    return formatReference(parseReference(image.replace(/^dockerhub\//, 'docker.io/')));
  } catch (error) {
    if (error instanceof OciError) return image.slice(0, 200);
    throw error;
  }
}

/** A container's name, image, and digest that runs as far as it is known. */
export interface RunningImage {
  readonly reference: string;
  readonly digests: readonly string[];
}

function digestsOf(name: string, statuses: readonly V1ContainerStatus[] | undefined): string[] {
  const id = statuses?.find((status) => status.name === name)?.imageID ?? '';
  const [, digest] = IMAGE_ID.exec(id) ?? [];
  return digest === undefined ? [] : [digest];
}

/**
 * The sets that reviews of a pod are about: its containers with the initial ones, and, apart from
 * them, the ephemeral ones.
 */
export function setsOf(pod: V1Pod): RunningImage[][] {
  const { spec, status } = pod;
  const of = (
    containers: readonly { name: string; image?: string }[] | undefined,
    statuses: readonly V1ContainerStatus[] | undefined,
  ) =>
    (containers ?? []).map(({ name, image = '' }) => ({
      reference: canonicalOf(image),
      digests: digestsOf(name, statuses),
    }));
  const own = [
    ...of(spec?.containers, status?.containerStatuses),
    ...of(spec?.initContainers, status?.initContainerStatuses),
  ];
  const ephemeral = of(spec?.ephemeralContainers, status?.ephemeralContainerStatuses);
  return [own, ephemeral].filter((set) => set.length > 0);
}

/** Whether a pod is on its way out: it is being deleted, or has finished. */
export function isEnding({ metadata, status }: V1Pod): boolean {
  return metadata?.deletionTimestamp !== undefined ||
    ['Succeeded', 'Failed'].includes(status?.phase ?? '');
}

/** Whether the API server asks about a pod. */
export function isReviewed({ metadata }: V1Pod): boolean {
  return metadata?.annotations?.[MIRROR] === undefined;
}
