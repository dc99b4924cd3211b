/**
 * Plays the kubelet of simulated hosts for the pods of analyses: runs the real analyzer with a
 * token that is bound to the pod, and tells the API server how that ended.
 *
 * @module
 */
import { PatchStrategy, setHeaderOptions, type V1Pod } from '@kubernetes/client-node';
import { type Kubernetes, statusOf } from '../../core/cluster/kubernetes.ts';
import { watchList } from '../../core/cluster/watched.ts';
import { messageOf } from '../../core/errors.ts';
import { createLog } from '../../core/log.ts';
import { JOB_SELECTOR, TASK_LABEL } from '../../core/queue/launchers/job.ts';
import { type AnalyzerProcess, startAnalyzer } from './analyzer-process.ts';

/** Processes at once: the hosts share this machine. */
const MOST_PROCESSES = 3;
/** A pod that is left running on a host that goes keeps its Job alive, so it may end first. */
const STOP_GRACE_MS = 10_000;

export interface StandIn {
  /** Tasks whose analyzer was started here, in that order. */
  readonly ran: readonly string[];
  /** What went wrong in the stand-in itself. */
  readonly problems: readonly string[];
  /** The pod of this task will succeed although nothing ran in it. */
  pretend(task: string): void;
  /** Takes no more pods, and waits until those that run have ended: by themselves, or killed. */
  stop(): Promise<void>;
}

/** A pod that was seen on one of the hosts. */
interface Hosted {
  gone: boolean;
  process?: AnalyzerProcess;
}

function tokenSource(pod: V1Pod) {
  const sources = (pod.spec?.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  return sources.find(({ serviceAccountToken }) => serviceAccountToken)?.serviceAccountToken;
}

/** Starts to serve hosts. */
export async function startStandIn(
  kubernetes: Kubernetes,
  hosts: readonly string[],
): Promise<StandIn> {
  const { core, namespace } = kubernetes;
  const hosted = new Map<string, Hosted>();
  const waiting: (() => Promise<void>)[] = [];
  const pretended = new Set<string>();
  const ran: string[] = [];
  const problems: string[] = [];
  const working = new Set<Promise<void>>();
  let processes = 0;
  let stopped = false;

  async function setStatus(pod: V1Pod, phase: string, state: object): Promise<void> {
    const { name = '', uid } = pod.metadata ?? {};
    const [container] = pod.spec?.containers ?? [];
    const status = {
      phase,
      containerStatuses: [{
        name: container?.name,
        image: container?.image,
        imageID: '',
        ready: phase === 'Running',
        started: phase === 'Running',
        restartCount: 0,
        state,
      }],
    };
    await core.patchNamespacedPodStatus(
      { name, namespace, body: { metadata: { uid }, status } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }

  /** The token that the pod's projected volume would hold. */
  async function tokenOf(pod: V1Pod): Promise<string> {
    const source = tokenSource(pod);
    const { name = '', uid = '' } = pod.metadata ?? {};
    const { status } = await core.createNamespacedServiceAccountToken({
      name: pod.spec?.serviceAccountName ?? '',
      namespace,
      body: {
        spec: {
          audiences: [source?.audience ?? ''],
          expirationSeconds: source?.expirationSeconds ?? 3600,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
    });
    return status?.token ?? '';
  }

  async function end(pod: V1Pod, startedAt: string, code: number, message: string) {
    await setStatus(pod, code === 0 ? 'Succeeded' : 'Failed', {
      terminated: {
        exitCode: code,
        reason: code === 0 ? 'Completed' : 'Error',
        message,
        startedAt,
        finishedAt: new Date().toISOString(),
      },
      // A merge must take the former state away.
      running: null,
    });
  }

  async function runPod(pod: V1Pod, own: Hosted): Promise<void> {
    const task = pod.metadata?.labels?.[TASK_LABEL] ?? '';
    if (own.gone) return;
    const startedAt = new Date().toISOString();
    await setStatus(pod, 'Running', { running: { startedAt } });
    if (pretended.delete(task)) return await end(pod, startedAt, 0, '');
    const token = await tokenOf(pod);
    if (own.gone) return;
    ran.push(task);
    own.process = startAnalyzer(pod.spec?.containers[0]?.args ?? [], token);
    const { code, words } = await own.process.ended;
    await end(pod, startedAt, code, words);
  }

  /** A pod that is being deleted goes when its process has ended. */
  async function letGo(pod: V1Pod, own: Hosted): Promise<void> {
    const { name = '', uid } = pod.metadata ?? {};
    own.process?.kill();
    await own.process?.ended;
    if (!['Succeeded', 'Failed'].includes(pod.status?.phase ?? '')) {
      await end(pod, new Date().toISOString(), 137, 'deleted');
    }
    await core.deleteNamespacedPod({
      name,
      namespace,
      body: { gracePeriodSeconds: 0, preconditions: { uid: uid ?? '' } },
    });
  }

  /** Work whose pod may disappear meanwhile: that is no problem. */
  function guarded(what: string, work: () => Promise<void>): Promise<void> {
    const done = work().catch((error: unknown) => {
      const status = statusOf(error);
      if (status !== 404 && status !== 409) problems.push(`${what}: ${messageOf(error)}`);
    }).finally(() => working.delete(done));
    working.add(done);
    return done;
  }

  function next(): void {
    while (processes < MOST_PROCESSES) {
      const work = waiting.shift();
      if (work === undefined) return;
      processes += 1;
      guarded('a pod could not be run', work).finally(() => {
        processes -= 1;
        next();
      });
    }
  }

  function look(): void {
    if (stopped) return;
    for (const pod of pods.items() ?? []) {
      const { uid = '', deletionTimestamp } = pod.metadata ?? {};
      if (!hosts.includes(pod.spec?.nodeName ?? '')) continue;
      const known = hosted.get(uid);
      const own = known ?? { gone: false };
      hosted.set(uid, own);
      if (deletionTimestamp !== undefined && !own.gone) {
        own.gone = true;
        guarded('a pod could not be let go', () => letGo(pod, own));
      } else if (known === undefined && pod.status?.phase === 'Pending') {
        waiting.push(() => runPod(pod, own));
      }
    }
    next();
  }

  const pods = watchList<V1Pod>(
    kubernetes,
    {
      path: `/api/v1/namespaces/${namespace}/pods`,
      labelSelector: JOB_SELECTOR,
      changed: () => look(),
    },
    createLog({ level: 'warn', format: 'text' }),
  );
  return {
    ran,
    problems,
    pretend: (task) => void pretended.add(task),
    async stop() {
      stopped = true;
      waiting.length = 0;
      const timer = setTimeout(() => {
        for (const { process } of hosted.values()) process?.kill();
      }, STOP_GRACE_MS);
      await Promise.all(working);
      clearTimeout(timer);
      await pods.stop();
    },
  };
}
