import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { composeImage } from 'oci-client/compose';
import { z } from 'zod';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import {
  HOST,
  kubectl,
  list,
  pause,
  submit,
  TEST_REGISTRY_PORT,
  untilAnalysed,
  untilRolledOut,
} from './cluster.ts';
import { chance, TURNS } from './faults.ts';
import { expectWhole, noiseImage, submitNoise, untilRuns } from './outcomes.ts';
import { scratchOf } from './strikes.ts';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
});
afterEach(() => registry.faults.reset());
afterAll(() => registry.close());

it.each(TURNS)('half of a blob comes, again and again (%i)', async (turn) => {
  const random = chance('half', turn);
  const name = `half-${turn}`;
  const image = noiseImage(name, 300_000);
  registry.push(name, '1', image);
  const [[noise] = expect.fail('no layer')] = [...image.blobs]
    .toSorted(([, a], [, b]) => b.length - a.length);
  registry.faults.truncateBlob(noise, Math.floor(random() * 300_000), 5);
  await expectWhole(await submit(`${registry.host}/${name}:1`));
  expect(registry.blobRequests(noise)).toBeGreaterThan(5);
});

it.each(TURNS)('the scratch grows over its limit (%i)', async (turn) => {
  registry.faults.bytesPerSecond = 8000;
  const digest = await submitNoise(registry, `scratch-${turn}`);
  const pod = await untilRuns(digest);
  const uid = String(pod.metadata['uid']);
  const scratch = scratchOf(pod.spec.nodeName ?? '', uid);
  writeFileSync(join(scratch, 'large'), Buffer.alloc(300 * 1024 * 1024));
  const phase = () =>
    list('pods', `tidewaiter.dev/digest=${digest.slice(7, 39)}`)
      .find(({ metadata }) => metadata['uid'] === uid)?.status.phase;
  await expect.poll(phase, { timeout: 90_000, interval: 1000 }).toBe('Failed');
  registry.faults.bytesPerSecond = 0;
  await expectWhole(digest);
});

it('Kubernetes refuses to take the end of an analysis for a while', async () => {
  // It must still run when the role is changed.
  registry.faults.bytesPerSecond = 20_000;
  const digest = await submitNoise(registry, 'untold');
  await untilRuns(digest);
  const role = (verbs: string) =>
    kubectl(
      'patch',
      'role',
      'tidewaiter-core',
      '--type=json',
      '-p',
      `[{"op": "replace", "path": "/rules/3/verbs", "value": [${verbs}]}]`,
    );
  role('"get"');
  try {
    registry.faults.bytesPerSecond = 0;
    await untilAnalysed(digest);
    const selector = `tidewaiter.dev/digest=${digest.slice(7, 39)}`;
    const jobs = () => list('jobs', selector);
    await expect.poll(() => jobs().flatMap(({ status }) => status.conditions).length, {
      timeout: 60_000,
    }).toBeGreaterThan(0);
    await pause(2000);
    expect(jobs().map(({ metadata }) => metadata.labels['tidewaiter.dev/outcome']))
      .toEqual([undefined]);
  } finally {
    role('"create"');
  }
  await expectWhole(digest);
});

const Limits = z.object({
  template: z.object({
    spec: z.object({
      containers: z.tuple([
        z.looseObject({ resources: z.object({ limits: z.object({ memory: z.string() }) }) }),
      ]),
    }),
  }),
});

describe('with little memory', () => {
  const config = ['configmap', 'tidewaiter-jobs-config'];
  let before: string;
  const set = (text: string) => {
    const patch = JSON.stringify({ data: { 'config.yaml': text } });
    kubectl('patch', ...config, '--type=merge', '-p', patch);
    kubectl('rollout', 'restart', 'deploy/tidewaiter-core');
    untilRolledOut();
  };
  beforeAll(() => {
    before = kubectl('get', ...config, '-o', 'jsonpath={.data.config\\.yaml}');
    set(before.replace(/analysis_memory_mb: \d+/, 'analysis_memory_mb: 128'));
  });
  afterAll(() => set(before));

  it.each(TURNS)('an analysis that runs out of it gets twice as much (%i)', async (turn) => {
    const name = `memory-${turn}`;
    const files = Array.from({ length: 250_000 }, (_, index) => ({
      path: `tree/${'long-name-'.repeat(8)}${turn}/${index}`,
      content: '',
    }));
    const own = {
      path: 'app/node_modules/p/package.json',
      content: '{"name":"p","version":"1"}',
    };
    registry.push(name, '1', composeImage({ layers: [[own], files] }));
    const digest = await submit(`${registry.host}/${name}:1`);
    await expectWhole(digest);
    const jobs = list('jobs', `tidewaiter.dev/digest=${digest.slice(7, 39)}`)
      .toSorted((a, b) => a.metadata.name < b.metadata.name ? -1 : 1);
    const outcomes = jobs.map(({ metadata }) => metadata.labels['tidewaiter.dev/outcome']);
    const shortage = 'analysis_out_of_memory';
    expect(outcomes.slice(0, -1)).toEqual(outcomes.slice(0, -1).map(() => shortage));
    expect(outcomes).toContain(shortage);
    const limits = jobs.map(({ spec }) =>
      Limits.parse(spec).template.spec.containers[0].resources.limits.memory
    );
    expect(limits).toEqual(limits.map((_, attempt) => `${128 * 2 ** attempt}Mi`));
  });
});
