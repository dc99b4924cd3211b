/**
 * How a Job ended, read from its status and its pods': pure.
 *
 * @module
 */
import type { V1ContainerStateTerminated, V1Job, V1Pod } from '@kubernetes/client-node';
import { EXIT_PERMANENT, EXIT_SUPERSEDED, EXIT_TEMPORARY } from '../../../jobs/contract/index.ts';
import type { Ending } from './types.ts';

/** Pods of a lost host stay in deletion for ever. */
const LOST_AFTER_MS = 15_000;
const PULL_REASONS = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName']);
const LONGEST_MESSAGE = 500;
/** How the JavaScript engine ends itself (128 and SIGTRAP), and its last words. */
const EXIT_TRAP = 133;
const OUT_OF_HEAP = /JavaScript( heap)? out of memory/;

function condition(job: V1Job, type: string) {
  return job.status?.conditions?.find((one) => one.type === type && one.status === 'True');
}

/** Whether a Job is over, one way or the other. */
export function isFinished(job: V1Job): boolean {
  return condition(job, 'Complete') !== undefined || condition(job, 'Failed') !== undefined;
}

/** Whether a pod is being deleted and its host does not let it go. */
export function isLost(pod: V1Pod): boolean {
  const deleted = pod.metadata?.deletionTimestamp;
  return deleted !== undefined && Date.now() - new Date(deleted).getTime() > LOST_AFTER_MS;
}

/** Why the analyzer's image is not there, if that has been so for longer than `graceMs`. */
export function pullProblem(pods: readonly V1Pod[], graceMs: number): string | undefined {
  for (const pod of pods) {
    const created = pod.metadata?.creationTimestamp;
    if (created === undefined || Date.now() - new Date(created).getTime() < graceMs) continue;
    for (const { state } of pod.status?.containerStatuses ?? []) {
      const waiting = state?.waiting;
      if (waiting?.reason !== undefined && PULL_REASONS.has(waiting.reason)) {
        return `${waiting.reason}: ${waiting.message ?? ''}`.slice(0, LONGEST_MESSAGE);
      }
    }
  }
  return undefined;
}

function terminated(pods: readonly V1Pod[]): V1ContainerStateTerminated | undefined {
  return pods.flatMap((pod) => pod.status?.containerStatuses ?? [])
    .map(({ state, lastState }) => state?.terminated ?? lastState?.terminated)
    .find((state) => state !== undefined);
}

function failed(code: string, message: string, temporary: boolean): Ending {
  return { kind: 'failed', failure: { code, message, temporary } };
}

/** The cause as the Job wrote it down, for a core that was away when it told of it. */
function lastWords(exitCode: number | undefined, said: string): Ending | undefined {
  const [, code, message] = /^([a-z][a-z0-9_]{0,63}): (.+)$/s.exec(said) ?? [];
  if (code === undefined || message === undefined) return undefined;
  if (exitCode !== EXIT_PERMANENT && exitCode !== EXIT_TEMPORARY) return undefined;
  return failed(code, message, exitCode === EXIT_TEMPORARY);
}

/** How a Job ended; undefined while it has not. */
export function endingOf(job: V1Job, pods: readonly V1Pod[]): Ending | undefined {
  const state = terminated(pods);
  // A child that was killed may leave a container that "succeeded"; the runtime ends itself before
  // that at the limit of its heap.
  const isOut = state?.reason === 'OOMKilled' || state?.exitCode === EXIT_TRAP ||
    OUT_OF_HEAP.test(state?.message ?? '');
  if (isFinished(job) && isOut) {
    return failed(
      'analysis_out_of_memory',
      'The analysis needed more memory than its Job had; the next attempt gets twice as much.',
      true,
    );
  }
  if (condition(job, 'Complete') !== undefined) return { kind: 'done' };
  const failure = condition(job, 'Failed');
  if (failure === undefined) return undefined;
  if (failure.reason === 'DeadlineExceeded') {
    return failed(
      'analysis_deadline_exceeded',
      'The analysis took longer than its Job may: the registry may be slow, or raise TIDEWAITER_ANALYSIS_DEADLINE_SECONDS.',
      true,
    );
  }
  const evicted = pods.find((pod) => pod.status?.reason === 'Evicted');
  if (evicted !== undefined) {
    const why = (evicted.status?.message ?? '').slice(0, LONGEST_MESSAGE);
    return failed('analysis_evicted', `The analysis was evicted from its host: ${why}`, true);
  }
  if (state?.exitCode === EXIT_SUPERSEDED) return { kind: 'superseded' };
  if (state?.exitCode === 137) {
    return failed(
      'analysis_killed',
      'The analysis was killed, most likely for memory: the next attempt follows.',
      true,
    );
  }
  const said = (state?.message ?? failure.message ?? '').trim().slice(0, LONGEST_MESSAGE);
  const told = lastWords(state?.exitCode, said);
  if (told !== undefined) return told;
  return failed(
    'analysis_crashed',
    `The analysis ended unexpectedly (exit code ${state?.exitCode ?? 'unknown'}): ${said}`,
    true,
  );
}
