import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { composeImage, composeLayer } from 'oci-client/compose';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { ANALYZERS, api, HOST, NAMESPACE, submit, TEST_REGISTRY_PORT } from './cluster.ts';

const RUNS = 3;
const LAYERS = 4;
/** Bytes of one layer as it is stored; as text its archive is a third larger. */
const LAYER_BYTES = 50 * 1024 * 1024;
const FILES_PER_LAYER = 500;

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
});
afterAll(() => registry.close());

function largeLayer(index: number) {
  const bytes = Math.floor(LAYER_BYTES / FILES_PER_LAYER);
  return composeLayer({
    entries: Array.from({ length: FILES_PER_LAYER }, (_, file) => ({
      path: `data/${index}/${file}`,
      content: randomBytes(bytes).toString('base64'),
    })),
  });
}

const State = z.object({ analysis_status: z.string(), phase: z.string().nullable() });

/** When things were first seen to be so. */
class Moments {
  readonly #seen = new Map<string, number>();

  see(what: string): void {
    if (!this.#seen.has(what)) this.#seen.set(what, performance.now());
  }

  /** What was over before it could be seen has the time of what came after it. */
  at(what: string, after: number): number {
    return Math.min(after, this.#seen.get(what) ?? after);
  }
}

/** Follows Jobs and pods through the API server; returns what ends that. */
async function follow(digest: () => string, moments: Moments): Promise<() => void> {
  const { KubeConfig, Watch } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromFile(inject('cluster').kubeconfig);
  const watch = new Watch(config);
  const query = { labelSelector: ANALYZERS };
  const isOurs = ({ metadata }: V1Job | V1Pod) =>
    metadata?.annotations?.['tidewaiter.dev/digest'] === digest();
  const jobs = await watch.watch(
    `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`,
    query,
    (_, job: V1Job) => {
      if (isOurs(job)) moments.see('queue');
    },
    () => {},
  );
  const pods = await watch.watch(`/api/v1/namespaces/${NAMESPACE}/pods`, query, (_, pod: V1Pod) => {
    if (isOurs(pod) && pod.spec?.nodeName !== undefined) moments.see('scheduling');
  }, () => {});
  return () => {
    jobs.abort();
    pods.abort();
  };
}

const PARTS = ['submission', 'queue', 'scheduling', 'start', 'analysis', 'intake'] as const;

/** Milliseconds of each part, in the order of the parts. */
async function timed(tag: string, digest: string): Promise<number[]> {
  const moments = new Moments();
  const stop = await follow(() => digest, moments);
  // A watch that has just begun may hear nothing yet.
  await sleep(500);
  const begun = performance.now();
  expect(await submit(tag)).toBe(digest);
  moments.see('submission');
  for (let ended = false; !ended;) {
    const { body } = await api('GET', `/images/${digest}/progress`);
    const { analysis_status, phase } = State.parse(body);
    expect(analysis_status).not.toBe('analysis_failed');
    if (phase !== null) moments.see('start');
    if (phase === 'reporting') moments.see('analysis');
    ended = analysis_status === 'analyzed';
    await sleep(15);
  }
  const end = performance.now();
  stop();
  const ends = PARTS.toReversed().reduce<number[]>(
    (later, part) => [moments.at(part, later[0] ?? end), ...later],
    [],
  );
  return ends.map((at, index) => at - (ends[index - 1] ?? begun));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

it('tells what each part of the way of a 200 MB image costs', async () => {
  const layers = Array.from({ length: LAYERS }, (_, index) => largeLayer(index));
  const runs: number[][] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const own = [{ path: 'run', content: `${run} ${performance.now()}` }];
    const image = composeImage({ layers: [...layers, own] });
    registry.push(`timing-${run}`, '1', image);
    const { digest } = image.manifest.descriptor;
    runs.push(await timed(`${registry.host}/timing-${run}:1`, digest));
    const { body } = await api('GET', `/images/${digest}/progress`);
    expect(body).toMatchObject({ analysis_status: 'analyzed', attempt: 1 });
  }
  const bytes = layers.reduce((sum, { blob }) => sum + blob.length, 0);
  const totals = runs.map((parts) => parts.reduce((sum, part) => sum + part, 0));
  const cells = PARTS.map((part, index) =>
    `${part} ${Math.round(median(runs.map((parts) => parts[index] ?? 0)))}`
  );
  console.log(
    `${Math.round(bytes / 1e6)} MB from submission to analysed, median of ${RUNS}: ` +
      `${Math.round(median(totals))} ms (${cells.join(', ')})`,
  );
  for (const parts of runs) for (const part of parts) expect(part).toBeGreaterThanOrEqual(0);
  expect(bytes).toBeGreaterThan(190e6);
  // The reading is what costs; everything around it must not.
  expect(median(runs.map((parts) => parts[PARTS.indexOf('analysis')] ?? 0))).toBeGreaterThan(100);
});
