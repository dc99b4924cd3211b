/**
 * Which images stand in a pod, or in the template of a workload.
 *
 * @module
 */
import { z } from 'zod';
import { MOST_CONTAINERS } from './image-review.ts';

const Container = z.looseObject({ image: z.string().default('') });
const containers = z.array(Container).max(MOST_CONTAINERS).nullish();

export const PodSpec = z.looseObject({
  containers,
  initContainers: containers,
  ephemeralContainers: containers,
  volumes: z.array(z.looseObject({
    image: z.looseObject({ reference: z.string().default('') }).nullish(),
  })).max(MOST_CONTAINERS).nullish(),
});
export type PodSpec = z.infer<typeof PodSpec>;

export const Metadata = z.looseObject({
  name: z.string().nullish(),
  generateName: z.string().nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
  deletionTimestamp: z.string().nullish(),
});

export const Pod = z.looseObject({ metadata: Metadata.nullish(), spec: PodSpec });

const Template = z.looseObject({ metadata: Metadata.nullish(), spec: PodSpec });

/** Objects that make pods: `spec.template`, and for a CronJob that of its Jobs. */
export const Workload = z.looseObject({
  metadata: Metadata.nullish(),
  spec: z.looseObject({
    template: Template.nullish(),
    jobTemplate: z.looseObject({
      spec: z.looseObject({ template: Template.nullish() }),
    }).nullish(),
  }),
});

/** Images that containers of all kinds and volumes of a pod name, each once, in their order. */
export function imagesIn(spec: PodSpec): string[] {
  return [
    ...new Set([
      ...(spec.containers ?? []).map(({ image }) => image),
      ...(spec.initContainers ?? []).map(({ image }) => image),
      ...(spec.ephemeralContainers ?? []).map(({ image }) => image),
      ...(spec.volumes ?? []).flatMap(({ image }) =>
        image === null || image === undefined ? [] : [image.reference]
      ),
    ]),
  ];
}

/** The template that a workload makes pods from; undefined where it has none. */
export function templateOf(
  { spec }: z.infer<typeof Workload>,
): z.infer<typeof Template> | undefined {
  return spec.template ?? spec.jobTemplate?.spec.template ?? undefined;
}
