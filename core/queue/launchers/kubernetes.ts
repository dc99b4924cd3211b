/**
 * Analyses as Kubernetes Jobs: one per image and attempt. Kubernetes places and runs them; this
 * launcher makes them, follows them, and says how they ended. It keeps nothing: after a restart it
 * finds its Jobs again by their labels.
 *
 * @module
 */
import type { V1Job, V1Node, V1Pod, V1PodTemplateSpec } from '@kubernetes/client-node';
import { type Kubernetes, statusOf } from '../../cluster/kubernetes.ts';
import { isHeardOf, isReadyNode } from '../../cluster/nodes.ts';
import { watchList } from '../../cluster/watched.ts';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { endingOf, isFinished, isLost, pullProblem } from './job-ending.ts';
import {
  HOST_LABEL,
  JOB_SELECTOR,
  jobName,
  jobOf,
  type JobOptions,
  type Needs,
  PREFIX,
  TASK_LABEL,
} from './job.ts';
import { createJobNotes, OUTCOME_LABEL } from './job-notes.ts';
import { type SlowStart, slowStart } from '../slow-start.ts';
import {
  type Ending,
  type Launcher,
  LaunchPostponed,
  type Run,
  type RunIdentity,
} from './types.ts';

export interface KubernetesOptions extends JobOptions {
  /** Analyses at once, however many hosts there are. */
  readonly analyses: number;
  readonly memoryMb: number;
  /** What a Job that ran out of memory may get at most. */
  readonly mostMemoryMb: number;
}

/** PodTemplate that the operator may extend. */
const TEMPLATE = 'tidewaiter-analyzer';
/** A Job that nobody wants any more may end by itself first. */
const CANCEL_GRACE_MS = 10_000;
/** Kubernetes tries to pull an image again by itself; after that long the cause is not passing. */
const PULL_GRACE_MS = 60_000;
/** A Job that was made shows up in the list sooner than that, or never. */
const LISTED_WITHIN_MS = 10_000;
const LEAST_SCRATCH_MB = 128;
const MOST_SCRATCH_MB = 4096;
const MIB = 1024 * 1024;

function taskOf(object: V1Job | V1Pod): string {
  return object.metadata?.labels?.[TASK_LABEL] ?? '';
}

/** The run that a Job is of, as the Job itself tells it. */
function identityOf(job: V1Job | undefined): RunIdentity | undefined {
  const { annotations } = job?.metadata ?? {};
  const digest = annotations?.[`${PREFIX}digest`];
  const task = job === undefined ? '' : taskOf(job);
  const attempt = Number(task.split('-')[1]);
  if (digest === undefined || !Number.isInteger(attempt)) return undefined;
  return { task, digest, attempt, reference: annotations?.[`${PREFIX}reference`] ?? digest };
}

/** What a run needs: twice the memory after each time it was too little. */
function needsOf(run: Run, options: KubernetesOptions): Needs {
  const scratch = LEAST_SCRATCH_MB + Math.ceil(run.compressedSize / MIB / 10);
  return {
    memoryMb: Math.min(options.mostMemoryMb, options.memoryMb * 2 ** run.memoryShortages),
    scratchMb: Math.min(MOST_SCRATCH_MB, scratch),
  };
}

/** Connects the queue to a cluster. */
export function createKubernetesLauncher(
  kubernetes: Kubernetes,
  options: KubernetesOptions,
  log: Log,
): Launcher {
  const { namespace, core, batch } = kubernetes;
  const reported = new Set<string>();
  const cancelled = new Map<string, number>();
  const waiting = new Map<string, (ending: Ending) => Promise<boolean>>();
  /** When Jobs were made that are not in the list yet: they take their room, and run, already. */
  const made = new Map<string, number>();
  const notes = createJobNotes(kubernetes);
  let adopted: (run: RunIdentity, ending: Ending) => Promise<boolean> = async () => true;
  let window: SlowStart | undefined;
  let warned = false;

  const watch = <T extends V1Job | V1Pod | V1Node>(path: string, labelSelector: string) =>
    watchList<T>(kubernetes, { path, labelSelector, changed: () => evaluate() }, log);
  const jobs = watch<V1Job>(`/apis/batch/v1/namespaces/${namespace}/jobs`, JOB_SELECTOR);
  const pods = watch<V1Pod>(`/api/v1/namespaces/${namespace}/pods`, JOB_SELECTOR);
  const nodes = watch<V1Node>('/api/v1/nodes', `${HOST_LABEL}=true`);

  /** Pods by their task: made once for each look at all Jobs, of which there may be thousands. */
  function podsByTask(): (task: string) => readonly V1Pod[] {
    const groups = Map.groupBy(pods.items() ?? [], taskOf);
    return (task) => groups.get(task) ?? [];
  }

  function jobOfTask(task: string): V1Job | undefined {
    return jobs.items()?.find((job) => taskOf(job) === task);
  }

  function report(task: string, ending: Ending): void {
    if (reported.has(task)) return;
    reported.add(task);
    if (ending.kind === 'stopped') window?.failed();
    else window?.succeeded();
    const own = waiting.get(task);
    waiting.delete(task);
    const run = own === undefined ? identityOf(jobOfTask(task)) : undefined;
    const noted = own?.(ending) ?? (run === undefined ? undefined : adopted(run, ending));
    // What could not be noted is told again: at the next change, or when somebody tends.
    void noted?.then((isNoted) => {
      if (!isNoted) reported.delete(task);
    });
  }

  async function remove(task: string): Promise<void> {
    try {
      await batch.deleteNamespacedJob({
        name: jobName(task),
        namespace,
        propagationPolicy: 'Background',
      });
    } catch (error) {
      if (statusOf(error) !== 404) {
        log.warn('a Job cannot be deleted', { task, error: messageOf(error) });
      }
    }
  }

  /** Looks at all Jobs and says which have ended. */
  function evaluate(): void {
    const listed = jobs.items();
    if (listed === undefined || pods.items() === undefined) return;
    const present = new Set(listed.map(taskOf));
    for (const task of reported) if (!present.has(task)) reported.delete(task);
    const podsOf = podsByTask();
    for (const job of listed) {
      const task = taskOf(job);
      if (task === '' || reported.has(task)) continue;
      // A former leader has noted its end.
      if (job.metadata?.labels?.[OUTCOME_LABEL] !== undefined) {
        reported.add(task);
        continue;
      }
      const ending = endingOf(job, podsOf(task));
      if (ending !== undefined) report(task, ending);
    }
  }

  /** Jobs that can no longer come to an end by themselves. */
  async function endStuck(): Promise<void> {
    const podsOf = podsByTask();
    for (const job of jobs.items() ?? []) {
      const task = taskOf(job);
      if (task === '' || isFinished(job) || reported.has(task)) continue;
      const own = podsOf(task);
      if (own.length > 0 && own.every(isLost)) {
        log.warn('a host is lost with its analysis', { task });
        report(task, { kind: 'stopped' });
        await remove(task);
        continue;
      }
      const problem = pullProblem(own, PULL_GRACE_MS);
      if (problem === undefined) continue;
      log.error('the image of the analyzer cannot be pulled', { task, problem });
      report(task, { kind: 'stopped' });
      await remove(task);
    }
  }

  async function template(): Promise<V1PodTemplateSpec> {
    const { template: found } = await core.readNamespacedPodTemplate({ name: TEMPLATE, namespace });
    return found ?? {};
  }

  /**
   * Tasks of Jobs that are not over. Without those whose pods are all on hosts that are not heard
   * of: they may run there, or may not, and take no room of the hosts that are there.
   */
  function unfinished(): string[] {
    const podsOf = podsByTask();
    const silent = new Set(
      (nodes.items() ?? []).filter((node) => !isHeardOf(node)).map(({ metadata }) =>
        metadata?.name
      ),
    );
    const isAway = (task: string) => {
      const own = podsOf(task);
      return own.length > 0 && own.every((pod) => isLost(pod) || silent.has(pod.spec?.nodeName));
    };
    return (jobs.items() ?? []).filter((job) => !isFinished(job)).map(taskOf)
      .filter((task) => task !== '' && !isAway(task));
  }

  /** Tasks of Jobs that were made and are not in the list yet. */
  function unlisted(): string[] {
    const listed = new Set((jobs.items() ?? []).map(taskOf));
    for (const [task, since] of made) {
      if (listed.has(task) || Date.now() - since > LISTED_WITHIN_MS) made.delete(task);
    }
    return [...made.keys()];
  }

  return {
    name: 'kubernetes',
    adopt: (ended) => {
      adopted = ended;
      evaluate();
    },
    // One whose list comes late runs, too: without its lease it would count as lost.
    running: () => [...unlisted(), ...unfinished().filter((task) => !reported.has(task))],
    room() {
      const hosts = (nodes.items() ?? []).filter(isReadyNode).length;
      if (hosts === 0 && nodes.items() !== undefined && !warned) {
        warned = true;
        log.warn('no host is there for analyses: label one', {
          command: `kubectl label node NAME ${HOST_LABEL}=true`,
        });
      }
      if (hosts > 0) warned = false;
      const underWay = unfinished().length;
      if (jobs.items() === undefined || hosts === 0) return 0;
      const most = options.placement === 'isolate' ? hosts : options.analyses;
      // Runs that a former leader started show that the cluster takes so many.
      window ??= slowStart(underWay);
      return Math.min(options.analyses, most, window.most()) - underWay - unlisted().length;
    },
    async launch(run, ended) {
      waiting.set(run.task, ended);
      try {
        const body = jobOf(await template(), run, needsOf(run, options), options);
        await batch.createNamespacedJob({ namespace, body });
        made.set(run.task, Date.now());
      } catch (error) {
        // Made by a core that was killed right after: it is this very attempt.
        if (statusOf(error) === 409) return;
        waiting.delete(run.task);
        window?.failed();
        throw new LaunchPostponed(
          `Kubernetes did not take the Job ${jobName(run.task)}: ${messageOf(error).slice(0, 500)}`,
          { cause: error },
        );
      }
      log.debug('Job made', { job: jobName(run.task) });
    },
    cancel(task) {
      const since = cancelled.get(task) ?? Date.now();
      cancelled.set(task, since);
      if (Date.now() - since < CANCEL_GRACE_MS) return;
      cancelled.delete(task);
      void remove(task);
    },
    show: notes.progress,
    async tell(outcome) {
      const job = jobOfTask(outcome.task);
      if (job !== undefined) await notes.outcome(job, outcome, options.failedTtlSeconds);
    },
    async tend() {
      evaluate();
      await endStuck();
    },
    async stop() {
      adopted = async () => true;
      waiting.clear();
      await Promise.all([jobs.stop(), pods.stop(), nodes.stop()]);
    },
  };
}
