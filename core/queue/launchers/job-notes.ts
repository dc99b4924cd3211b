/**
 * What Kubernetes shows of a run: its progress and outcome as labels and annotations of the Job,
 * and its end as an Event.
 *
 * @module
 */
import type { V1Job } from '@kubernetes/client-node';
import { type Kubernetes, statusOf } from '../../cluster/kubernetes.ts';
import { jobName, labelValue, PREFIX } from './job.ts';
import type { Outcome } from './types.ts';

export const OUTCOME_LABEL = `${PREFIX}outcome`;
const PROGRESS = `${PREFIX}progress`;
/** As much as every Kubernetes keeps of an Event's message. */
const LONGEST_MESSAGE = 1000;

export interface JobNotes {
  /** Shows how far a run is; `text` as a person reads it. */
  progress(task: string, text: string): Promise<void>;
  /** Shows what became of a run, once. `keepSeconds` is how long a failed Job can be looked at. */
  outcome(job: V1Job, outcome: Outcome, keepSeconds: number): Promise<void>;
}

/** Writes notes to Jobs. A Job that is gone needs none. */
export function createJobNotes({ namespace, batch, core }: Kubernetes): JobNotes {
  async function patch(name: string, body: object): Promise<void> {
    const { PatchStrategy, setHeaderOptions } = await import('@kubernetes/client-node');
    await batch.patchNamespacedJob(
      { name, namespace, body },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }

  async function event(job: V1Job, { code, message }: Outcome): Promise<void> {
    const name = job.metadata?.name ?? '';
    const now = new Date();
    await core.createNamespacedEvent({
      namespace,
      body: {
        // One for each Job, whichever core writes it.
        metadata: { name: `${name}.ended`, namespace },
        involvedObject: {
          apiVersion: 'batch/v1',
          kind: 'Job',
          name,
          namespace,
          ...(job.metadata?.uid === undefined ? {} : { uid: job.metadata.uid }),
        },
        type: code === 'analyzed' ? 'Normal' : 'Warning',
        reason: reasonOf(code),
        message: message.slice(0, LONGEST_MESSAGE),
        source: { component: 'tidewaiter-core' },
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
      },
    });
  }

  return {
    async progress(task, text) {
      await patch(jobName(task), {
        metadata: { annotations: { [PROGRESS]: text }, labels: { [PROGRESS]: labelValue(text) } },
      }).catch(unlessGone(404));
    },
    async outcome(job, outcome, keepSeconds) {
      const { name = '', labels } = job.metadata ?? {};
      if (labels?.[OUTCOME_LABEL] !== undefined) return;
      await event(job, outcome).catch(unlessGone(409));
      const failed = !['analyzed', 'superseded', 'stopped'].includes(outcome.code);
      await patch(name, {
        metadata: { labels: { [OUTCOME_LABEL]: labelValue(outcome.code), [PROGRESS]: null } },
        ...(failed ? { spec: { ttlSecondsAfterFinished: Math.ceil(keepSeconds) } } : {}),
      }).catch(unlessGone(404));
    },
  };
}

/** `analysis_out_of_memory` as Kubernetes writes reasons: `AnalysisOutOfMemory`. */
export function reasonOf(code: string): string {
  return code.split('_').map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
}

function unlessGone(status: number): (error: unknown) => void {
  return (error) => {
    if (statusOf(error) !== status) throw error;
  };
}
