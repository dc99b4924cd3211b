import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { endingOf } from '../../../../core/queue/launchers/job-ending.ts';
import { reasonOf } from '../../../../core/queue/launchers/job-notes.ts';

function job(type?: 'Complete' | 'Failed', reason?: string): V1Job {
  const condition = { type: type ?? '', status: 'True', ...(reason ? { reason } : {}) };
  return { status: { conditions: type === undefined ? [] : [condition] } };
}

function pod(exitCode: number, message = '', reason = 'Error'): V1Pod {
  const terminated = { exitCode, message, reason };
  return {
    status: {
      containerStatuses: [{
        name: 'analyzer',
        image: 'analyzer',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { terminated },
      }],
    },
  };
}

describe('the end of a Job', () => {
  it.each([
    ['is not there while it runs', job(), [], undefined],
    ['is done when it is complete', job('Complete'), [pod(0)], { kind: 'done' }],
    ['is no success when a child was killed for memory', job('Complete'), [
      pod(0, '', 'OOMKilled'),
    ], { failure: { code: 'analysis_out_of_memory', temporary: true } }],
    ['is one for want of memory when the runtime says so itself', job('Failed'), [
      pod(133, '# Fatal JavaScript out of memory: Reached heap limit'),
    ], { failure: { code: 'analysis_out_of_memory', temporary: true } }],
    ['tells of its deadline', job('Failed', 'DeadlineExceeded'), [], {
      failure: { code: 'analysis_deadline_exceeded', temporary: true },
    }],
    ['is nothing when another attempt took over', job('Failed'), [pod(43)], {
      kind: 'superseded',
    }],
    ['has the cause that the Job wrote down', job('Failed'), [
      pod(42, 'layer_malformed: Layer 1 is no tar archive.'),
    ], {
      failure: {
        code: 'layer_malformed',
        message: 'Layer 1 is no tar archive.',
        temporary: false,
      },
    }],
    ['may be mended by another attempt, as the exit code says', job('Failed'), [
      pod(75, 'registry_unreachable: Host a could not be read from.'),
    ], { failure: { code: 'registry_unreachable', temporary: true } }],
    ['is a crash when the program did not choose its exit code', job('Failed'), [
      pod(1, 'error: Uncaught TypeError'),
    ], { failure: { code: 'analysis_crashed', temporary: true } }],
  ])('%s', (_, ended, pods, expected) => {
    const ending = endingOf(ended, pods);
    if (expected === undefined) expect(ending).toBeUndefined();
    else expect(ending).toMatchObject(expected);
  });

  it('is an Event whose reason is written as Kubernetes writes reasons', () => {
    expect(reasonOf('analyzed')).toBe('Analyzed');
    expect(reasonOf('analysis_out_of_memory')).toBe('AnalysisOutOfMemory');
  });
});
