import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { api, CORES, HOST, kubectl, list, pause, TEST_REGISTRY_PORT } from './cluster.ts';
import { chance, TURNS } from './faults.ts';
import { expectSuperseded, voiceOf } from './job-voice.ts';
import { expectWhole, submitNoise, untilRuns } from './outcomes.ts';
import { livePods, setNetwork } from './strikes.ts';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
});
afterEach(() => registry.faults.reset());
afterAll(() => registry.close());

/** URL of a core on another node; one is moved there if none is. */
async function coreBeside(node: string): Promise<string> {
  const beside = () =>
    list('pods', CORES).find(({ spec, status }) =>
      spec.nodeName !== node &&
      status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True')
    );
  if (beside() === undefined) {
    const [pod] = list('pods', CORES);
    kubectl('cordon', node);
    kubectl('delete', 'pod', pod?.metadata.name ?? '');
    await expect.poll(beside, { timeout: 60_000, interval: 500 }).toBeDefined();
    kubectl('uncordon', node);
  }
  return `http://${String(beside()?.status['podIP'])}:8228`;
}

it.each(TURNS)('a late report is refused (%i)', async (turn) => {
  registry.faults.bytesPerSecond = 60_000;
  const digest = await submitNoise(registry, `late-${turn}`);
  const voice = voiceOf(await untilRuns(digest));
  expect(await voice.ask('GET', '')).toBe(200);
  kubectl('delete', 'job', `analyze-${voice.task}`, '--wait=false');
  const next = () => livePods(digest).map(({ metadata }) => metadata.labels['tidewaiter.dev/task']);
  await expect.poll(next, { timeout: 60_000 }).toContain(`${digest.slice(7, 39)}-2`);
  await expectSuperseded(voice);
  registry.faults.bytesPerSecond = 0;
  await expectWhole(digest);
});

it.each(TURNS)('a node is cut off and comes back (%i)', async (turn) => {
  const random = chance('node', turn);
  const database = list('pods', 'app.kubernetes.io/name=anchore-db-postgresql');
  const node = database[0]?.spec.nodeName === 'node-1' ? 'node-2' : 'node-1';
  // Slow enough that the first still runs when the second does.
  registry.faults.bytesPerSecond = 8000;
  const digests = [
    await submitNoise(registry, `gone-${turn}-a`),
    await submitNoise(registry, `gone-${turn}-b`),
  ];
  const pods = [];
  for (const digest of digests) pods.push(await untilRuns(digest));
  const voices = pods.filter(({ spec }) => spec.nodeName === node).map(voiceOf);
  expect(voices).toHaveLength(1);
  // The way to Services may lead over the node that goes: this core is asked by its own address.
  const url = await coreBeside(node);
  await pause(random() * 2000);
  setNetwork(node, 'down');
  registry.faults.bytesPerSecond = 40_000;
  try {
    for (const digest of digests) {
      await expect.poll(
        async () => (await api('GET', `/images/${digest}/progress`, undefined, url)).body,
        { timeout: 240_000, interval: 1000 },
      ).toMatchObject({ analysis_status: 'analyzed' });
    }
    for (const voice of voices) await expectSuperseded(voice, url);
  } finally {
    setNetwork(node, 'up');
  }
  kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=120s');
  for (const digest of digests) await expectWhole(digest);
  for (const voice of voices) await expectSuperseded(voice);
});
