import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { composeImage } from 'oci-client/compose';
import { seeded } from '../support/kills.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import {
  api,
  CORES,
  coreUrl,
  HOST,
  kubectl,
  list,
  pause,
  submit,
  TEST_REGISTRY_PORT,
} from './cluster.ts';
import { expectWhole, noiseImage, submitNoise } from './outcomes.ts';
import { killPods, livePods, partPid, scratchOf, setNetwork, signalPods } from './strikes.ts';

const TIMES = Number(process.env['TIDEWAITER_LONG_FAULTS'] ?? 2);
const SEED = Number(process.env['TIDEWAITER_LONG_SEED'] ?? 20261127);
const random = seeded(SEED);
const OUTAGE_MS = 60_000;

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
});
afterEach(() => registry.faults.reset());
afterAll(() => registry.close());

let made = 0;

/** Images that are being analysed, or wait, when the strike falls somewhere in the next seconds. */
async function underWay(kind: string, images = 2): Promise<string[]> {
  registry.faults.bytesPerSecond = 130_000;
  const digests: string[] = [];
  for (let image = 0; image < images; image += 1) {
    made += 1;
    digests.push(await submitNoise(registry, `${kind}-${made}`));
  }
  await pause(random() * 4000);
  return digests;
}

async function untilRuns(digest: string): Promise<ReturnType<typeof livePods>[number]> {
  const running = () => livePods(digest).find(({ status }) => status.phase === 'Running');
  await expect.poll(running, { timeout: 60_000 }).toBeDefined();
  return running() ?? expect.fail('it has just ended');
}

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

function stopFor(ms: number, stop: () => void, go: () => void): Promise<void> {
  stop();
  return pause(ms).finally(go);
}

/** What falls upon a cluster whose images are being analysed. */
const STRIKES: Readonly<Record<string, (digests: readonly string[]) => Promise<unknown>>> = {
  'both cores are killed': async () => killPods(CORES),
  'the leading core is killed': async () => {
    const leads = ({ metadata }: { metadata: { name: string } }) =>
      kubectl('logs', metadata.name).includes('"leadership":"coordinators"');
    const leader = () => list('pods', CORES).find(leads)?.metadata.name;
    // The other core may have been killed a moment ago, too.
    await expect.poll(leader, { timeout: 60_000 }).toBeDefined();
    kubectl('delete', 'pod', leader() ?? '', '--force', '--grace-period=0');
  },
  'the pods of the Jobs are deleted': async () =>
    killPods('app.kubernetes.io/name=tidewaiter-analyzer'),
  'the process of an analysis is killed': async (digests) => {
    await untilRuns(digests[0] ?? '');
    expect(signalPods(`--task ${digests[0]?.slice(7, 39)}`, 'SIGKILL')).toBeGreaterThan(0);
  },
  'the Jobs are deleted': async () =>
    kubectl('delete', 'job', '-l', 'app.kubernetes.io/name=tidewaiter-analyzer', '--wait=false'),
  'the registry throttles': async () => registry.faults.failNext(6, 429, { 'retry-after': '2' }),
  'the registry is broken': async () => registry.faults.failNext(12, 500),
  'the registry cuts connections': async () => {
    registry.faults.dropConnections = true;
    await pause(3000);
    registry.faults.dropConnections = false;
  },
  'the database is killed': async () => {
    expect(signalPods('./postgres -D /data/postgres', 'SIGKILL')).toBeGreaterThan(0);
  },
  'the database stands still for a minute': () =>
    stopFor(
      OUTAGE_MS,
      () => {
        expect(signalPods('postgres', 'SIGSTOP')).toBeGreaterThan(0);
      },
      () => signalPods('postgres', 'SIGCONT'),
    ),
  'the API server stands still for a minute': () => {
    const pid = partPid('kube-apiserver');
    return stopFor(
      OUTAGE_MS,
      () => process.kill(pid, 'SIGSTOP'),
      () => process.kill(pid, 'SIGCONT'),
    );
  },
};

describe(`faults at random moments, ${TIMES} of each, seed ${SEED}`, () => {
  const cases = Object.keys(STRIKES).flatMap((name) =>
    Array.from({ length: TIMES }, (_, turn) => [name, turn + 1] as const)
  );
  it.each(cases)('%s (%i)', async (name) => {
    const digests = await underWay(name.replaceAll(' ', '-').toLowerCase());
    await STRIKES[name]?.(digests);
    for (const digest of digests) await expectWhole(digest);
  });

  const turns = Array.from({ length: TIMES }, (_, turn) => turn + 1);

  it.each(turns)('half of a blob comes, again and again (%i)', async (turn) => {
    const name = `half-${turn}`;
    const image = noiseImage(name, 300_000);
    registry.push(name, '1', image);
    const [[noise] = expect.fail('no layer')] = [...image.blobs]
      .toSorted(([, a], [, b]) => b.length - a.length);
    registry.faults.truncateBlob(noise, Math.floor(random() * 300_000), 5);
    await expectWhole(await submit(`${registry.host}/${name}:1`));
  });

  it.each(turns)('the scratch grows over its limit (%i)', async (turn) => {
    const name = `scratch-${turn}`;
    registry.faults.bytesPerSecond = 8000;
    const digest = await submitNoise(registry, name);
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

  describe('with little memory', () => {
    const config = ['configmap', 'tidewaiter-jobs-config'];
    let before: string;
    const set = (text: string) => {
      const patch = JSON.stringify({ data: { 'config.yaml': text } });
      kubectl('patch', ...config, '--type=merge', '-p', patch);
      kubectl('rollout', 'restart', 'deploy/tidewaiter-core');
      kubectl('rollout', 'status', 'deploy/tidewaiter-core', '--timeout=120s');
    };
    beforeAll(() => {
      before = kubectl('get', ...config, '-o', 'jsonpath={.data.config\\.yaml}');
      set(before.replace(/analysis_memory_mb: \d+/, 'analysis_memory_mb: 128'));
    });
    afterAll(() => set(before));

    it.each(turns)('an analysis that runs out of it gets twice as much (%i)', async (turn) => {
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
      const outcomes = list('jobs', `tidewaiter.dev/digest=${digest.slice(7, 39)}`)
        .map(({ metadata }) => metadata.labels['tidewaiter.dev/outcome']);
      expect(outcomes).toContain('analysis_out_of_memory');
    });
  });

  it.each(turns)('a late report is refused (%i)', async (turn) => {
    registry.faults.bytesPerSecond = 60_000;
    const digest = await submitNoise(registry, `late-${turn}`);
    const pod = await untilRuns(digest);
    const task = pod.metadata.labels['tidewaiter.dev/task'] ?? '';
    const bound = ['--bound-object-kind=Pod', `--bound-object-name=${pod.metadata.name}`];
    const token = kubectl(
      'create',
      'token',
      'tidewaiter-analyzer',
      '--audience=tidewaiter-core',
      ...bound,
    ).trim();
    const ask = (method: string, path: string) =>
      fetch(`${coreUrl()}/tasks/${task}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(method === 'GET' ? {} : { body: 'a report' }),
      });
    expect((await ask('GET', '')).status).toBe(200);
    kubectl('delete', 'job', `analyze-${task}`, '--wait=false');
    const next = () =>
      livePods(digest).map(({ metadata }) => metadata.labels['tidewaiter.dev/task']);
    await expect.poll(next, { timeout: 60_000 }).toContain(`${digest.slice(7, 39)}-2`);
    for (const path of ['/report', '/failure', '/progress']) {
      const answer = await ask(path === '/report' ? 'PUT' : 'POST', path);
      expect(answer.status).toBe(410);
    }
    registry.faults.bytesPerSecond = 0;
    await expectWhole(digest);
  });

  it.each(turns)('a node is cut off and comes back (%i)', async (turn) => {
    const database = list('pods', 'app.kubernetes.io/name=anchore-db-postgresql');
    const node = database[0]?.spec.nodeName === 'node-1' ? 'node-2' : 'node-1';
    registry.faults.bytesPerSecond = 40_000;
    const digests = [
      await submitNoise(registry, `gone-${turn}-a`),
      await submitNoise(registry, `gone-${turn}-b`),
    ];
    for (const digest of digests) await untilRuns(digest);
    // The way to Services may lead over the node that goes: this core is asked by its own address.
    const url = await coreBeside(node);
    await pause(random() * 2000);
    setNetwork(node, 'down');
    try {
      for (const digest of digests) {
        await expect.poll(
          async () => (await api('GET', `/images/${digest}/progress`, undefined, url)).body,
          { timeout: 240_000, interval: 1000 },
        ).toMatchObject({ analysis_status: 'analyzed' });
      }
    } finally {
      setNetwork(node, 'up');
    }
    kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=120s');
    for (const digest of digests) await expectWhole(digest);
  });
});
