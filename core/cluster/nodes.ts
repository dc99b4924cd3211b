/**
 * What nodes say of themselves. Pure.
 *
 * @module
 */
import type { V1Node } from '@kubernetes/client-node';

/** Whether a node's kubelet is heard of. */
export function isHeardOf(node: V1Node): boolean {
  return node.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}

/** Whether new pods can be placed on a node. */
export function isReadyNode(node: V1Node): boolean {
  return isHeardOf(node) && node.spec?.unschedulable !== true;
}
