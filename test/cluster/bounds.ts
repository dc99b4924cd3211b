/**
 * Looks at the API server again and again while analyses run, and remembers the most it saw.
 *
 * @module
 */
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import type { Kubernetes } from '../../core/cluster/kubernetes.ts';
import { isFinished } from '../../core/queue/launchers/job-ending.ts';
import { JOB_SELECTOR } from '../../core/queue/launchers/job.ts';
import { pause } from './cluster.ts';

const EVERY_MS = 250;

/** What was seen. */
export interface Samples {
  readonly count: number;
  /** Most analyses on one host in one sample. */
  readonly mostOnOneHost: number;
  /** Most hosts that had one in one sample. */
  readonly mostHosts: number;
  /** Most Jobs in one sample that were not over. */
  readonly mostJobs: number;
  readonly hosts: ReadonlySet<string>;
}

/** Begins to look; the returned function ends it and says what was seen. */
export function sampleBounds({ core, batch, namespace }: Kubernetes): () => Promise<Samples> {
  const hosts = new Set<string>();
  let count = 0;
  let mostOnOneHost = 0;
  let mostHosts = 0;
  let mostJobs = 0;
  let over = false;

  async function unfinishedJobs(): Promise<V1Job[]> {
    const { items } = await batch.listNamespacedJob({
      namespace,
      labelSelector: JOB_SELECTOR,
      fieldSelector: 'status.successful=0',
    });
    return items.filter((job) => !isFinished(job));
  }

  async function unfinishedPods(): Promise<V1Pod[]> {
    const { items } = await core.listNamespacedPod({
      namespace,
      labelSelector: JOB_SELECTOR,
      fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
    });
    return items;
  }

  async function sample(): Promise<void> {
    const [jobs, pods] = await Promise.all([unfinishedJobs(), unfinishedPods()]);
    const perHost = new Map<string, number>();
    for (const { spec } of pods) {
      if (spec?.nodeName === undefined) continue;
      perHost.set(spec.nodeName, (perHost.get(spec.nodeName) ?? 0) + 1);
      hosts.add(spec.nodeName);
    }
    count += 1;
    mostJobs = Math.max(mostJobs, jobs.length);
    mostHosts = Math.max(mostHosts, perHost.size);
    mostOnOneHost = Math.max(mostOnOneHost, ...perHost.values());
  }

  const done = (async () => {
    while (!over) {
      await sample();
      await pause(EVERY_MS);
    }
  })();
  // Heard of when the looking is ended.
  done.catch(() => {});
  return async () => {
    over = true;
    await done;
    return { count, mostOnOneHost, mostHosts, mostJobs, hosts };
  };
}
