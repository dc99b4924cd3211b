import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { api, CORES, HOST, kubectl, kubectlWith, pause, TEST_REGISTRY_PORT } from './cluster.ts';
import { expectWhole, submitNoise, untilRuns } from './outcomes.ts';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
});
afterEach(() => registry.faults.reset());
afterAll(() => registry.close());

async function expectWaits(digest: string): Promise<void> {
  const { body } = await api('GET', `/images/${digest}/progress`);
  expect(body).toMatchObject({
    analysis_status: expect.stringMatching(/^(not_analyzed|analyzing)$/),
    analysis_error: null,
  });
}

function coresSaid(text: RegExp): boolean {
  return text.test(kubectl('logs', '-l', CORES, '--tail=-1'));
}

describe('a cluster that refuses', () => {
  it('to make Jobs lets images wait, and costs them no attempt', async () => {
    kubectl('create', 'quota', 'no-jobs', '--hard=count/jobs.batch=0');
    let digest: string;
    try {
      digest = await submitNoise(registry, 'quota', 10_000);
      await expect.poll(() => coresSaid(/postponed.*exceeded quota/), { timeout: 60_000 })
        .toBe(true);
      await pause(3000);
      await expectWaits(digest);
    } finally {
      kubectl('delete', 'quota', 'no-jobs');
    }
    await expectWhole(digest);
  });

  it('a host that is drained: the same Job goes on elsewhere', async () => {
    registry.faults.bytesPerSecond = 60_000;
    const digest = await submitNoise(registry, 'drained');
    const node = (await untilRuns(digest)).spec.nodeName ?? '';
    const analyses = '--pod-selector=app.kubernetes.io/name=tidewaiter-analyzer';
    kubectl('drain', node, analyses, '--delete-emptydir-data', '--force', '--timeout=60s');
    try {
      registry.faults.bytesPerSecond = 0;
      await expectWhole(digest);
    } finally {
      kubectl('uncordon', node);
    }
  });

  it('to pull the image of the analyzer says so, and images wait', async () => {
    const template = kubectl('get', 'podtemplate', 'tidewaiter-analyzer', '-o', 'json');
    const patch = JSON.stringify({
      template: { spec: { containers: [{ name: 'analyzer', image: `${HOST}:1/nothing:1` }] } },
    });
    kubectl('patch', 'podtemplate', 'tidewaiter-analyzer', '-p', patch);
    let digest: string;
    try {
      digest = await submitNoise(registry, 'unpullable', 10_000);
      const failures = () => /ErrImagePull|ImagePullBackOff/.test(kubectl('get', 'pods'));
      await expect.poll(failures, { timeout: 60_000, interval: 1000 }).toBe(true);
      await expectWaits(digest);
    } finally {
      await kubectlWith(template, 'replace', '--force', '-f', '-');
    }
    await expectWhole(digest);
    expect(coresSaid(/image of the analyzer cannot be pulled/)).toBe(true);
  });
});
