/**
 * Hosts that exist in the API server only: Node objects that stay ready by their leases, as a
 * kubelet keeps its own. Nothing runs on them unless somebody plays their kubelet.
 *
 * @module
 */
import { CoordinationV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { V1Node } from '@kubernetes/client-node';
import { type Kubernetes, statusOf } from '../../core/cluster/kubernetes.ts';
import { messageOf } from '../../core/errors.ts';
import { HOST_LABEL } from '../../core/queue/launchers/job.ts';
import { pause } from './cluster.ts';

export interface SimulatedHosts {
  /** Removes the hosts. */
  stop(): Promise<void>;
}

const LEASES = 'kube-node-lease';
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
const READY_MS = 60_000;

function nodeOf(name: string, labelled: boolean): V1Node {
  const now = new Date();
  const size = { cpu: '4', memory: '8Gi', 'ephemeral-storage': '50Gi', pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        ...(labelled ? { [HOST_LABEL]: 'true' } : {}),
      },
    },
    spec: {
      taints: [
        // Pods that nobody would run, those of core for instance, must not come here.
        { key: HOST_LABEL, value: 'true', effect: 'NoSchedule' },
        // A real host carries core or the database and would be the scheduler's last choice.
        { key: 'simulated', effect: 'PreferNoSchedule' },
      ],
    },
    status: {
      capacity: size,
      allocatable: size,
      conditions: [{
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        message: 'simulated',
        lastHeartbeatTime: now,
        lastTransitionTime: now,
      }],
    },
  };
}

/** Makes hosts, labelled for analyses or not, and keeps them ready until they are stopped. */
export async function startHosts(
  kubernetes: Kubernetes,
  labelled: readonly string[],
  unlabelled: readonly string[],
): Promise<SimulatedHosts> {
  const { core } = kubernetes;
  const leases = kubernetes.config.makeApiClient(CoordinationV1Api);
  const names = [...labelled, ...unlabelled];

  async function renew(name: string): Promise<void> {
    const renewTime = new Date().toISOString().replace('Z', '000Z');
    await leases.patchNamespacedLease(
      { name, namespace: LEASES, body: { spec: { renewTime } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }

  async function create(name: string): Promise<void> {
    const node = await core.createNode({ body: nodeOf(name, labelled.includes(name)) });
    const owner = { apiVersion: 'v1', kind: 'Node', name, uid: node.metadata?.uid ?? '' };
    await leases.createNamespacedLease({
      namespace: LEASES,
      body: {
        metadata: { name, ownerReferences: [owner] },
        spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS },
      },
    });
    await renew(name);
  }

  /** Those that the scheduler would not use yet. */
  async function unready(): Promise<string[]> {
    const { items } = await core.listNode();
    return items.filter(({ metadata, spec }) =>
      names.includes(metadata?.name ?? '') &&
      spec?.taints?.some(({ key }) => key.startsWith('node.kubernetes.io/'))
    ).map(({ metadata }) => metadata?.name ?? '');
  }

  async function remove(name: string): Promise<void> {
    try {
      await core.deleteNode({ name });
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }

  const stop = async () => {
    clearInterval(timer);
    await Promise.all(names.map(remove));
  };
  const timer = setInterval(() => {
    Promise.all(names.map(renew)).catch((error: unknown) => {
      console.error('a simulated host could not renew its lease', messageOf(error));
    });
  }, RENEW_MS);
  try {
    await Promise.all(names.map(create));
    const deadline = Date.now() + READY_MS;
    for (let left = await unready(); left.length > 0; left = await unready()) {
      if (Date.now() > deadline) throw new Error(`These hosts do not get ready: ${left.join()}`);
      await pause(250);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}
