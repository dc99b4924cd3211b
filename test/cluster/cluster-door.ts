/**
 * Asks the door of the cluster's core as an API server does.
 *
 * @module
 */
import { z } from 'zod';
import { askDoor } from '../support/door-client.ts';
import { api, coreUrl } from './cluster.ts';

const Made = z.object({ kubeconfig: z.string() });
const Review = z.object({
  status: z.object({
    allowed: z.boolean(),
    auditAnnotations: z.record(z.string(), z.string()).default({}),
  }),
});
export type ReviewStatus = z.infer<typeof Review>['status'];

/**
 * Lets a cluster in; the returned function asks about an image in its name: by the address of core's
 * Service, as API servers do, which the door's certificate has to name.
 */
export async function comeToDoor(
  cluster: string,
): Promise<(image: string) => Promise<ReviewStatus>> {
  const server = `https://${new URL(coreUrl()).hostname}:8443`;
  const made = await api('POST', '/door/clients', { cluster, server });
  const { kubeconfig } = Made.parse(made.body);
  return async (image) => {
    const spec = { containers: [{ image }], namespace: 'default' };
    const { status, body } = await askDoor(kubeconfig, spec);
    const review = Review.safeParse(status === 200 ? body : undefined);
    if (review.success) return review.data.status;
    throw new Error(`The door answered ${status}: ${JSON.stringify(body)}`);
  };
}
