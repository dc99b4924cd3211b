/**
 * Speaks to core as a Job's pod does: with a token of the service account that is bound to the pod.
 *
 * @module
 */
import { expect } from 'vitest';
import { coreUrl, kubectl, type KubernetesItem } from './cluster.ts';

export interface JobVoice {
  readonly task: string;
  /** Status of core's answer. */
  ask(method: string, path: string, url?: string): Promise<number>;
}

/** The voice of a pod that runs. */
export function voiceOf({ metadata }: KubernetesItem): JobVoice {
  const task = metadata.labels['tidewaiter.dev/task'] ?? '';
  const bound = ['--bound-object-kind=Pod', `--bound-object-name=${metadata.name}`];
  const audience = '--audience=tidewaiter-core';
  const token = kubectl('create', 'token', 'tidewaiter-analyzer', audience, ...bound).trim();
  return {
    task,
    async ask(method, path, url = coreUrl()) {
      const answer = await fetch(`${url}/tasks/${task}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(method === 'GET' ? {} : { body: 'a report' }),
        signal: AbortSignal.timeout(20_000),
      });
      await answer.body?.cancel();
      return answer.status;
    },
  };
}

/** A task that core has given to another attempt gets no word in any more. */
export async function expectSuperseded(voice: JobVoice, url?: string): Promise<void> {
  expect(await voice.ask('PUT', '/report', url)).toBe(410);
  for (const path of ['/failure', '/progress']) {
    expect(await voice.ask('POST', path, url)).toBe(410);
  }
}
