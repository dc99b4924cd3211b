import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import {
  ANALYZERS,
  CORES,
  HOST,
  kubectl,
  list,
  pause,
  TEST_REGISTRY_PORT,
  untilAnalysed,
} from './cluster.ts';
import { chance, SEED, TIMES, TURNS } from './faults.ts';
import { expectWhole, submitNoise, untilRuns } from './outcomes.ts';
import { killPods, livePods, partPid, signalPods } from './strikes.ts';

const OUTAGE_MS = 60_000;

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
});
afterEach(() => registry.faults.reset());
afterAll(() => registry.close());

/** Images that are being analysed, or wait, when the strike falls somewhere in the next seconds. */
async function underWay(kind: string, turn: number, images: number): Promise<string[]> {
  const random = chance(kind, turn);
  registry.faults.bytesPerSecond = 130_000;
  const digests: string[] = [];
  for (let image = 1; image <= images; image += 1) {
    digests.push(await submitNoise(registry, `${kind}-${turn}-${image}`));
  }
  await pause(random() * 4000);
  return digests;
}

async function standStill(ms: number, stop: () => boolean, go: () => void): Promise<boolean> {
  const hit = stop();
  await pause(ms).finally(go);
  return hit;
}

/** Whether the registry was asked for anything meanwhile: each request meets what is set up. */
async function asksDuring(act: () => Promise<void>): Promise<boolean> {
  const before = registry.requests.length;
  await act();
  return registry.requests.length > before;
}

type Strike = (digests: readonly string[], turn: number) => Promise<boolean>;

/** What falls upon a cluster whose images are being analysed; whether it hit anything. */
const STRIKES: Readonly<Record<string, Strike>> = {
  'both cores are killed': async () => {
    killPods(CORES);
    return true;
  },
  'the leading core is killed': async () => {
    const leads = ({ metadata }: { metadata: { name: string } }) =>
      kubectl('logs', metadata.name).includes('"leadership":"coordinators"');
    const leader = () => list('pods', CORES).find(leads)?.metadata.name;
    // The other core may have been killed a moment ago, too.
    await expect.poll(leader, { timeout: 60_000 }).toBeDefined();
    kubectl('delete', 'pod', leader() ?? '', '--force', '--grace-period=0');
    return true;
  },
  'the pods of the Jobs are deleted': async (digests) => {
    const hit = digests.some((digest) => livePods(digest).length > 0);
    killPods(ANALYZERS);
    return hit;
  },
  'the process of an analysis is killed': async (digests) => {
    await untilRuns(digests[0] ?? '');
    return signalPods(`--task ${digests[0]?.slice(7, 39)}`, 'SIGKILL') > 0;
  },
  'the Jobs are deleted': async (digests) => {
    const hit = digests.some((digest) => livePods(digest).length > 0);
    kubectl('delete', 'job', '-l', ANALYZERS, '--wait=false');
    return hit;
  },
  'the registry throttles': (digests) =>
    asksDuring(async () => {
      registry.faults.failNext(6, 429, { 'retry-after': '2' });
      for (const digest of digests) await untilAnalysed(digest, 240);
    }),
  'the registry is broken': (digests) =>
    asksDuring(async () => {
      registry.faults.failNext(12, 500);
      for (const digest of digests) await untilAnalysed(digest, 240);
    }),
  'the registry cuts connections': () =>
    asksDuring(async () => {
      registry.faults.dropConnections = true;
      await pause(3000);
      registry.faults.dropConnections = false;
    }),
  // Each other time all its processes but the first, which then begins anew by itself: a
  // container that ends again and again is made to wait for minutes by its kubelet.
  'the database is killed': async (_, turn) =>
    signalPods(turn % 2 === 1 ? './postgres -D /data/postgres' : 'postgres: ', 'SIGKILL') > 0,
  'the database stands still for a minute': () =>
    standStill(
      OUTAGE_MS,
      () => signalPods('postgres', 'SIGSTOP') > 0,
      () => signalPods('postgres', 'SIGCONT'),
    ),
  'the API server stands still for a minute': () => {
    const pid = partPid('kube-apiserver');
    return standStill(
      OUTAGE_MS,
      () => process.kill(pid, 'SIGSTOP'),
      () => process.kill(pid, 'SIGCONT'),
    );
  },
};

describe(`faults at random moments, ${TIMES} of each, seed ${SEED}`, () => {
  const cases = Object.keys(STRIKES).flatMap((name) => TURNS.map((turn) => [name, turn] as const));
  let struck = 0;
  let hits = 0;
  it.each(cases)('%s (%i)', async (name, turn) => {
    const kind = name.replaceAll(' ', '-').toLowerCase();
    // A registry is asked at the start of an analysis alone: some have to begin after the strike.
    const digests = await underWay(kind, turn, name.startsWith('the registry') ? 5 : 2);
    struck += 1;
    if (await STRIKES[name]?.(digests, turn)) hits += 1;
    for (const digest of digests) await expectWhole(digest);
  });
  // A strike that came too late or too early hits nothing, which is chance; most must hit.
  afterAll(() => {
    console.log(`${hits} of ${struck} strikes hit`);
    expect(hits * 3).toBeGreaterThanOrEqual(struck * 2);
  });
});
