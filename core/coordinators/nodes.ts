/**
 * Follows the nodes of the cluster core is in: which platforms images have to be judged for, and how
 * many hosts are ready for analyses.
 *
 * @module
 */
import type { V1Node } from '@kubernetes/client-node';
import { noteNodes } from '../admissions/clusters.ts';
import { isReadyNode } from '../cluster/nodes.ts';
import { watchList } from '../cluster/watched.ts';
import { HOST_LABEL } from '../queue/launchers/job.ts';
import type { Coordinator } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

const EVERY_MS = 1000;

/** Platform of a node as images are named by: `linux/arm64`. */
export function platformOfNode({ metadata, status }: V1Node): string | undefined {
  const os = status?.nodeInfo?.operatingSystem || metadata?.labels?.['kubernetes.io/os'];
  const architecture = status?.nodeInfo?.architecture || metadata?.labels?.['kubernetes.io/arch'];
  return os && architecture ? `${os}/${architecture}` : undefined;
}

function isReadyHost(node: V1Node): boolean {
  return node.metadata?.labels?.[HOST_LABEL] === 'true' && isReadyNode(node);
}

/** The coordinator of nodes; without a cluster there is none. */
export function nodesCoordinator(services: CoordinatorServices): Coordinator | undefined {
  const { sql, log, config, kubernetes } = services;
  if (kubernetes === undefined || !config.watch_cluster) return undefined;
  let isChanged = true;
  const nodes = watchList<V1Node>(
    kubernetes,
    {
      path: '/api/v1/nodes',
      changed: () => {
        isChanged = true;
      },
    },
    log,
  );
  return {
    name: 'nodes',
    everyMs: EVERY_MS,
    async round() {
      const items = nodes.items();
      if (items === undefined || !isChanged) return false;
      isChanged = false;
      const platforms = items.flatMap((node) => platformOfNode(node) ?? []);
      await noteNodes(sql, config.cluster_name, {
        platforms: [...new Set(platforms)].sort(),
        hosts: items.filter(isReadyHost).length,
      });
      return false;
    },
    stop: () => nodes.stop(),
  };
}
