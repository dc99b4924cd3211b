/**
 * A stand-in for fifty kubelets: nodes that exist for the scheduler only, whose pods it runs as
 * processes of this machine, the real analyzer with the token the pod would have had.
 *
 * @module
 */
import type { CoreV1Api, V1Pod } from '@kubernetes/client-node';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { ANALYZERS, NAMESPACE, pause } from './cluster.ts';

const PROGRAM = fileURLToPath(new URL('../../jobs/main.ts', import.meta.url));
/** Processes at once: the machine has few cores, the nodes many. */
const AT_ONCE = 3;
const HEARTBEAT_MS = 10_000;
const POLL_MS = 200;

export interface StandIn {
  readonly nodes: readonly string[];
  /** Tasks whose pod shall succeed without having done anything. */
  readonly idle: Set<string>;
  /** Ends all processes and removes the nodes. */
  stop(): Promise<void>;
}

/** The API of the cluster, as its administrator. */
export async function coreApi(): Promise<CoreV1Api> {
  const { CoreV1Api: Api, KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromFile(inject('cluster').kubeconfig);
  return config.makeApiClient(Api);
}

async function mergePatch() {
  const { PatchStrategy, setHeaderOptions } = await import('@kubernetes/client-node');
  return setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
}

async function heartbeat(api: CoreV1Api, name: string): Promise<void> {
  const now = new Date();
  const conditions = [{
    type: 'Ready',
    status: 'True',
    reason: 'StandIn',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }];
  const room = { cpu: '4', memory: '8Gi', 'ephemeral-storage': '100Gi', pods: '20' };
  const body = { status: { conditions, capacity: room, allocatable: room } };
  await api.patchNodeStatus({ name, body }, await mergePatch());
}

async function makeNode(api: CoreV1Api, name: string): Promise<void> {
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'tidewaiter.dev/analyzer': 'true',
  };
  await api.createNode({ body: { metadata: { name, labels } } });
  await heartbeat(api, name);
}

/** Arguments of the pod's analyzer, with this machine's program and folder in the pod's place. */
function argumentsHere(pod: V1Pod, folder: string): string[] {
  const args = pod.spec?.containers.find(({ name }) => name === 'analyzer')?.args ?? [];
  return args.map((arg) =>
    arg.replace('/app/analyzer.js', PROGRAM)
      .replaceAll('/var/run/secrets/tidewaiter', join(folder, 'token'))
      .replaceAll('/scratch', join(folder, 'scratch'))
      .replaceAll('/tmp/termination-log', join(folder, 'last-words'))
  );
}

/** Makes nodes, and runs what the scheduler puts on them. */
export async function startStandIn(count: number): Promise<StandIn> {
  const api = await coreApi();
  const nodes = Array.from({ length: count }, (_, index) => `stand-in-${index + 1}`);
  await Promise.all(nodes.map((name) => makeNode(api, name)));
  const seen = new Set<string>();
  const running = new Map<string, ChildProcess>();
  const waiting: V1Pod[] = [];
  const idle = new Set<string>();
  let stopped = false;

  async function setStatus(pod: V1Pod, phase: string, state: object): Promise<void> {
    const container = {
      name: 'analyzer',
      image: 'analyzer',
      imageID: '',
      ready: phase === 'Running',
      restartCount: 0,
      state,
    };
    const body = { status: { phase, startTime: new Date(), containerStatuses: [container] } };
    const name = pod.metadata?.name ?? '';
    await api.patchNamespacedPodStatus({ name, namespace: NAMESPACE, body }, await mergePatch())
      .catch(() => {});
  }

  async function tokenOf(pod: V1Pod): Promise<string> {
    const { name = '', uid = '' } = pod.metadata ?? {};
    const { status } = await api.createNamespacedServiceAccountToken({
      name: 'tidewaiter-analyzer',
      namespace: NAMESPACE,
      body: {
        spec: {
          audiences: ['tidewaiter-core'],
          expirationSeconds: 3600,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
    });
    return status?.token ?? '';
  }

  async function analyse(pod: V1Pod): Promise<number> {
    const task = pod.metadata?.labels?.['tidewaiter.dev/task'] ?? '';
    if (idle.delete(task)) return 0;
    const folder = mkdtempSync(join(tmpdir(), 'tw-stand-in-'));
    try {
      for (const part of ['token', 'scratch']) mkdirSync(join(folder, part));
      writeFileSync(join(folder, 'token/token'), await tokenOf(pod));
      const child = spawn(process.execPath, argumentsHere(pod, folder), { stdio: 'ignore' });
      running.set(pod.metadata?.uid ?? '', child);
      return await new Promise((done) => child.once('exit', (code) => done(code ?? 137)));
    } finally {
      running.delete(pod.metadata?.uid ?? '');
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async function run(pod: V1Pod): Promise<void> {
    const startedAt = new Date();
    await setStatus(pod, 'Running', { running: { startedAt } });
    const exitCode = await analyse(pod);
    const terminated = { exitCode, reason: 'Ended', startedAt, finishedAt: new Date() };
    await setStatus(pod, exitCode === 0 ? 'Succeeded' : 'Failed', { terminated });
  }

  /** What a kubelet does with a pod that is being deleted. */
  async function letGo(pod: V1Pod): Promise<void> {
    const { name = '', uid = '' } = pod.metadata ?? {};
    const child = running.get(uid);
    if (child?.pid !== undefined) process.kill(child.pid, 'SIGKILL');
    await api.deleteNamespacedPod({ name, namespace: NAMESPACE, gracePeriodSeconds: 0 })
      .catch(() => {});
  }

  async function look(): Promise<void> {
    const { items } = await api.listNamespacedPod({
      namespace: NAMESPACE,
      labelSelector: ANALYZERS,
    });
    for (const pod of items) {
      const uid = pod.metadata?.uid ?? '';
      if (!nodes.includes(pod.spec?.nodeName ?? '')) continue;
      if (pod.metadata?.deletionTimestamp !== undefined) await letGo(pod);
      else if (pod.status?.phase === 'Pending' && !seen.has(uid)) {
        seen.add(uid);
        waiting.push(pod);
      }
    }
  }

  async function repeat(ms: number, act: () => Promise<unknown>): Promise<void> {
    while (!stopped) {
      await act().catch(() => {});
      await pause(ms);
    }
  }

  async function work(): Promise<void> {
    const pod = waiting.shift();
    if (pod !== undefined) await run(pod);
  }

  const loops = [
    repeat(POLL_MS, look),
    repeat(HEARTBEAT_MS, () => Promise.all(nodes.map((name) => heartbeat(api, name)))),
    ...Array.from({ length: AT_ONCE }, () => repeat(20, work)),
  ];
  return {
    nodes,
    idle,
    async stop() {
      stopped = true;
      for (const { pid } of running.values()) if (pid !== undefined) process.kill(pid, 'SIGKILL');
      await Promise.all(loops);
      await Promise.all(nodes.map((name) => api.deleteNode({ name })));
    },
  };
}
