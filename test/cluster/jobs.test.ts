import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeImage } from 'oci-client/compose';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import {
  ANALYZERS,
  api,
  CORES,
  coreUrl,
  HOST,
  kubectl,
  list,
  pause,
  submit,
  TEST_REGISTRY_PORT,
  untilAnalysed,
} from './cluster.ts';
import { noiseImage } from './outcomes.ts';

describe('analyses as Jobs of a real cluster', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
  });
  afterAll(() => registry.close());

  it('roll out as the manifests stand: two cores, one database', () => {
    expect(list('pods', CORES).filter(({ status }) => status.phase === 'Running')).toHaveLength(2);
  });

  it('analyse an image, and the Job tells of it', async () => {
    registry.push('shop', '1', noiseImage('shop', 1000));
    const begun = performance.now();
    const digest = await submit(`${registry.host}/shop:1`);
    expect(await untilAnalysed(digest)).toMatchObject({ analysis_status: 'analyzed', attempt: 1 });
    console.log(`submitted to analysed: ${Math.round(performance.now() - begun)} ms`);
    const name = `analyze-${digest.slice(7, 39)}-1`;
    await expect.poll(() => {
      const job = list('jobs', ANALYZERS).find(({ metadata }) => metadata.name === name);
      return job?.status.conditions.find(({ type }) => type === 'Complete')?.status;
    }, { timeout: 30_000 }).toBe('True');
    const job = list('jobs', ANALYZERS).find(({ metadata }) => metadata.name === name);
    expect(job?.metadata.labels['tidewaiter.dev/lane']).toBe('submitted');
    expect(job?.metadata.annotations).toMatchObject({
      'tidewaiter.dev/reference': `${registry.host}/shop:1`,
      'tidewaiter.dev/digest': digest,
    });
    await expect.poll(
      () => kubectl('get', 'job', name, '-L', 'tidewaiter.dev/image,tidewaiter.dev/outcome'),
      { timeout: 30_000 },
    ).toMatch(/Complete .* 1\/1 .*shop_1 +analyzed/);
    const event = ['get', 'events', '--field-selector', `involvedObject.name=${name}`];
    expect(kubectl(...event)).toMatch(/Normal +Analyzed +job\/analyze-.*shop:1 is analysed/);
    const content = await api('GET', `/images/${digest}/content/npm`);
    expect(content.body).toMatchObject({ content: [{ package: 'p', version: '1.0.0' }] });
  });

  it('run one at a time on each labelled host, and none elsewhere', async () => {
    registry.faults.bytesPerSecond = 200_000;
    kubectl('label', 'node', 'node-2', 'tidewaiter.dev/analyzer-');
    try {
      const digests: string[] = [];
      for (const name of ['a', 'b', 'c']) {
        registry.push(`one-${name}`, '1', noiseImage(`one-${name}`, 300_000));
        digests.push(await submit(`${registry.host}/one-${name}:1`));
      }
      const samples: number[] = [];
      const hosts = new Set<string | undefined>();
      const ended = Promise.all(digests.map((digest) => untilAnalysed(digest)));
      let over = false;
      ended.finally(() => over = true);
      while (!over) {
        const running = list('pods', ANALYZERS)
          .filter(({ status }) => ['Pending', 'Running'].includes(status.phase ?? ''));
        samples.push(running.length);
        for (const pod of running) if (pod.spec.nodeName) hosts.add(pod.spec.nodeName);
        await pause(200);
      }
      expect(await ended).toEqual(
        digests.map(() => expect.objectContaining({ analysis_status: 'analyzed', attempt: 1 })),
      );
      expect(Math.max(...samples)).toBe(1);
      expect([...hosts]).toEqual(['node-1']);
    } finally {
      registry.faults.bytesPerSecond = 0;
      kubectl('label', 'node', 'node-2', 'tidewaiter.dev/analyzer=true');
    }
  });

  it('say what is wrong with an image that cannot be analysed', async () => {
    const broken = composeImage({ layers: [{ tar: Buffer.from('no archive'.repeat(200)) }] });
    registry.push('broken', '1', broken);
    const digest = await submit(`${registry.host}/broken:1`);
    expect(await untilAnalysed(digest)).toMatchObject({
      analysis_status: 'analysis_failed',
      attempt: 1,
      analysis_error: { code: 'layer_malformed' },
    });
    const name = `analyze-${digest.slice(7, 39)}-1`;
    await expect.poll(
      () => kubectl('get', 'job', name, '-L', 'tidewaiter.dev/outcome'),
      { timeout: 30_000 },
    ).toMatch(/Failed .*layer_malformed/);
    const last = kubectl('get', 'pod', '-l', `job-name=${name}`, '-o', 'jsonpath={..message}');
    expect(last).toContain('layer_malformed: ');
    const ttl = kubectl('get', 'job', name, '-o', 'jsonpath={.spec.ttlSecondsAfterFinished}');
    expect(ttl).toBe('86400');
  });

  it.each(['its pod', 'its Job', 'the cores'])('outlive the loss of %s', async (what) => {
    const name = what.replaceAll(' ', '-').toLowerCase();
    registry.faults.bytesPerSecond = 150_000;
    try {
      registry.push(name, '1', noiseImage(name, 600_000));
      const digest = await submit(`${registry.host}/${name}:1`);
      const task = `tidewaiter.dev/digest=${digest.slice(7, 39)}`;
      await expect.poll(
        () => list('pods', task).map(({ status }) => status.phase),
        { timeout: 30_000 },
      ).toEqual(['Running']);
      await pause(500);
      if (what === 'its pod') kubectl('delete', 'pod', '-l', task, '--force', '--grace-period=0');
      if (what === 'its Job') kubectl('delete', 'job', '-l', task);
      if (what === 'the cores') {
        kubectl('delete', 'pod', '-l', CORES, '--force', '--grace-period=0');
      }
      expect(await untilAnalysed(digest, 180)).toMatchObject({ analysis_status: 'analyzed' });
      const content = await api('GET', `/images/${digest}/content/npm`);
      expect(content.body).toMatchObject({ content: [{ package: 'p' }] });
    } finally {
      registry.faults.bytesPerSecond = 0;
    }
  });

  it('believe no token but that of the pod of this very Job', async () => {
    registry.faults.bytesPerSecond = 100_000;
    try {
      registry.push('secret', '1', noiseImage('secret', 500_000));
      const digest = await submit(`${registry.host}/secret:1`);
      const task = `${digest.slice(7, 39)}-1`;
      await expect.poll(
        () => list('pods', `tidewaiter.dev/task=${task}`).map(({ status }) => status.phase),
        { timeout: 30_000 },
      ).toEqual(['Running']);
      const [core] = list('pods', CORES);
      const create = (account: string, ...more: string[]) =>
        kubectl('create', 'token', account, ...more).trim();
      const tokens = [
        create('tidewaiter-analyzer', '--audience=tidewaiter-core'),
        create('tidewaiter-analyzer'),
        create('tidewaiter-core', '--audience=tidewaiter-core'),
        create(
          'tidewaiter-core',
          '--audience=tidewaiter-core',
          '--bound-object-kind=Pod',
          `--bound-object-name=${core?.metadata.name}`,
        ),
        'nonsense',
      ];
      for (const token of tokens) {
        const answer = await fetch(`${coreUrl()}/tasks/${task}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        expect(answer.status).toBe(401);
      }
      expect(await untilAnalysed(digest)).toMatchObject({
        analysis_status: 'analyzed',
        attempt: 1,
      });
    } finally {
      registry.faults.bytesPerSecond = 0;
    }
  });
});
