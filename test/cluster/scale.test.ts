import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { composeImage } from 'oci-client/compose';
import { connectKubernetes, type Kubernetes } from '../../core/cluster/kubernetes.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { sampleBounds } from './bounds.ts';
import { comeToDoor } from './cluster-door.ts';
import { type ClusterDatabase, openClusterDatabase } from './cluster-database.ts';
import {
  ANALYZERS,
  api,
  coreUrl,
  HOST,
  kubectl,
  type KubernetesItem,
  list,
  NAMESPACE,
  pause,
  submit,
  TEST_REGISTRY_PORT,
  warningsOfCore,
} from './cluster.ts';
import { type SimulatedHosts, startHosts } from './simulated-hosts.ts';
import { type StandIn, startStandIn } from './stand-in.ts';
import { submitTo } from './submit.ts';

const IMAGES = 200;
const SIMULATED = Array.from({ length: 50 }, (_, index) => `simulated-${index + 1}`);
const REAL = ['node-1', 'node-2'];
const HOSTS = [...REAL, ...SIMULATED];
/** Ready, tolerated, and not labelled: nothing may be placed there. */
const UNLABELLED = 'simulated-without-label';
const SUBMISSIONS_AT_ONCE = 10;
/** Images of which an attempt may fail. */
const MOST_TROUBLED = 2;

/** A small image that is like no other; with noise in it, it takes a while at a throttled speed. */
function image(name: string, noise = 0) {
  const content = JSON.stringify({ name, version: '1.0.0' });
  return composeImage({
    layers: [[
      { path: 'app/node_modules/p/package.json', content },
      { path: 'noise', content: randomBytes(noise) },
    ]],
  });
}

function taskOf(digest: string, attempt: number): string {
  return `${digest.slice(7, 39)}-${attempt}`;
}

/** The value below which a share of the values lies. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

describe('many images on many hosts', () => {
  let kubernetes: Kubernetes;
  let registry: TestRegistry;
  let hosts: SimulatedHosts;
  let standIn: StandIn;
  let database: ClusterDatabase;
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    process.env['KUBECONFIG'] = inject('cluster').kubeconfig;
    kubernetes = await connectKubernetes(NAMESPACE);
    registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
    stops.push(() => registry.close());
    hosts = await startHosts(kubernetes, SIMULATED, [UNLABELLED]);
    stops.push(() => hosts.stop());
    standIn = await startStandIn(kubernetes, [...SIMULATED, UNLABELLED]);
    stops.push(() => standIn.stop());
    database = await openClusterDatabase();
    stops.push(() => database.close());
  });
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  async function untilState(digest: string, expected: object, seconds = 60): Promise<void> {
    await expect.poll(async () => {
      const [row] = await database.sql`
        select state, attempt, failures, error_code from analyses where digest = ${digest}`;
      return row === undefined ? undefined : { ...row };
    }, { timeout: seconds * 1000, interval: 100 }).toMatchObject(expected);
  }

  it('each analysed once, within the bounds, and what a pod waits for goes first', async () => {
    const { sql } = database;
    const layers = new Map<string, Parameters<TestRegistry['blobRequests']>[0]>();
    const push = (name: string): string => {
      const made = image(name);
      const digest = registry.push(name, '1', made);
      const layer = [...made.blobs.keys()].at(-1);
      if (layer !== undefined) layers.set(digest, layer);
      return digest;
    };
    const names = Array.from({ length: IMAGES }, (_, index) => `bulk-${index}`);
    const bulk = names.map(push);
    const ask = await comeToDoor('scale');
    const countDone = async () => {
      const [row] = await sql<{ done: number }[]>`
        select count(*)::int as done from analyses
        where state = 'analyzed' and digest in ${sql([...layers.keys()])}`;
      return row?.done ?? 0;
    };

    const endSamples = sampleBounds(kubernetes);
    const begun = performance.now();
    await submitTo(
      coreUrl(),
      names.map((name) => `${registry.host}/${name}:1`),
      SUBMISSIONS_AT_ONCE,
    );
    const submitted = performance.now();
    while (await countDone() < 10) await pause(200);

    const urgent = push('urgent');
    const asked = performance.now();
    const answer = await ask(`${registry.host}/urgent:1`);
    expect(answer.allowed).toBe(true);
    expect(answer.auditAnnotations['decision']).toMatch(/^would-deny: .*waits for its analysis/);
    await untilState(urgent, { state: 'analyzed', attempt: 1 }, 120);
    const admission = performance.now() - asked;

    // What went wrong with an image is forgotten once its analysis has succeeded.
    const troubles = new Map<string, object>();
    while (await countDone() < IMAGES + 1) {
      const troubled = await sql<{ digest: string }[]>`
        select digest, attempt, failures, losses, error_code, error
        from analyses where digest in ${sql([...layers.keys()])}
          and (attempt > 1 or failures > 0 or losses > 0)`;
      for (const row of troubled) troubles.set(row.digest, { ...troubles.get(row.digest), ...row });
      await pause(250);
    }
    const seconds = (performance.now() - begun) / 1000;
    const samples = await endSamples();

    const all = [...bulk, urgent];
    const rows = await sql<{ digest: string; attempt: number; seconds: number }[]>`
      select digest, attempt, extract(epoch from analyzed_at - queued_at)::float as seconds
      from analyses where digest in ${sql(all)} and state = 'analyzed'`;
    // Of those that were in the queue before it.
    const [overtaken] = await sql<{ started: number; ended: number }[]>`
      select count(*) filter (where a.started_at > u.started_at)::int as started,
        count(*) filter (where a.started_at > u.analyzed_at)::int as ended
      from analyses a, analyses u
      where u.digest = ${urgent} and a.digest in ${sql(bulk)} and a.queued_at < u.queued_at`;
    const times = rows.filter(({ digest }) => digest !== urgent).map(({ seconds }) => seconds);
    // Those of other suites may be there, too.
    const isOwn = ({ metadata }: KubernetesItem) =>
      all.includes(metadata.annotations['tidewaiter.dev/digest'] ?? '');
    const pods = list('pods', ANALYZERS).filter(isOwn);
    const perHost = HOSTS.map((host) => pods.filter(({ spec }) => spec.nodeName === host).length);
    const inSeconds = (value: number) => `${value.toFixed(1)} s`;
    console.log([
      `${IMAGES} images on ${REAL.length} + ${SIMULATED.length} hosts: ${
        inSeconds(seconds)
      } for all`,
      `submitted in ${inSeconds((submitted - begun) / 1000)}`,
      `each ${inSeconds(quantile(times, 0.5))} (median), ${inSeconds(quantile(times, 0.95))} (p95)`,
      `admission ${inSeconds(admission / 1000)}, of those queued before it ${overtaken?.started} ` +
      `began later, ${overtaken?.ended} after its end`,
      `at most ${samples.mostJobs} Jobs and ${samples.mostHosts} hosts in ${samples.count} samples`,
      `${perHost[0]} + ${perHost[1]} on the real hosts`,
    ].join('; '));

    // Bounds, at every sample; and they were reached, so that holding them means something.
    expect(samples.count).toBeGreaterThan(20);
    expect(samples.mostOnOneHost).toBe(1);
    expect(samples.mostJobs).toBeLessThanOrEqual(HOSTS.length);
    expect(samples.mostJobs).toBeGreaterThan(HOSTS.length * 0.8);
    expect([...samples.hosts].filter((host) => !HOSTS.includes(host))).toEqual([]);

    // Each image once: its row, its event, its Job, its layer. On a machine so full an attempt may
    // fail; then the next one must succeed, and there must be a reason.
    expect(standIn.problems).toEqual([]);
    expect(new Set(all).size).toBe(IMAGES + 1);
    expect(rows).toHaveLength(all.length);
    if (troubles.size > 0) {
      console.log('more than one attempt', [...troubles.values()], warningsOfCore());
    }
    const again = new Map(
      rows.filter(({ attempt }) => attempt > 1).map((row) => [row.digest, row]),
    );
    expect(again.size, JSON.stringify([...troubles.values()])).toBeLessThanOrEqual(MOST_TROUBLED);
    expect([...troubles.keys()].sort()).toEqual([...again.keys()].sort());
    const attemptsOf = (digest: string) => again.get(digest)?.attempt ?? 1;
    expect(all.filter((digest) => attemptsOf(digest) > 2)).toEqual([]);
    const events = await sql`
      select resource, count(*)::int as count from events
      where type = 'user.image.analysis.completed' and resource in ${sql(all)} group by resource`;
    expect(events).toHaveLength(all.length);
    expect(events.filter(({ count }) => count !== 1)).toEqual([]);
    const jobs = list('jobs', ANALYZERS).filter(isOwn);
    const jobOf = (digest: string, attempt: number) => `analyze-${taskOf(digest, attempt)}`;
    const made = new Set(jobs.map(({ metadata }) => metadata.name));
    expect(all.filter((digest) => !made.has(jobOf(digest, attemptsOf(digest))))).toEqual([]);
    expect(all.filter((digest) => made.has(jobOf(digest, attemptsOf(digest) + 1)))).toEqual([]);
    const reads = (digest: string) => registry.blobRequests(layers.get(digest) ?? 'sha256:');
    expect(all.filter((digest) => reads(digest) < 1 || reads(digest) > attemptsOf(digest)))
      .toEqual([]);
    for (const name of ['bulk-0', `bulk-${IMAGES - 1}`, 'urgent']) {
      const digest = name === 'urgent' ? urgent : bulk[names.indexOf(name)];
      const content = await api('GET', `/images/${digest}/content/npm`);
      expect(content.body).toMatchObject({ content: [{ package: name, version: '1.0.0' }] });
    }

    // Admission overtakes the bulk.
    expect(overtaken?.started).toBeGreaterThan(80);
    expect(overtaken?.ended).toBeGreaterThan(60);
    const laneOf = (digest: string) =>
      jobs.find(({ metadata }) => metadata.name === jobOf(digest, attemptsOf(digest)))
        ?.metadata.labels['tidewaiter.dev/lane'];
    expect(laneOf(urgent)).toBe('admission');
    expect(new Set(bulk.map(laneOf))).toEqual(new Set(['submitted']));

    // Real and simulated hosts did the work.
    expect(pods.filter(({ spec }) => !HOSTS.includes(spec.nodeName ?? ''))).toEqual([]);
    expect(perHost.filter((count) => count === 0)).toEqual([]);
    expect(standIn.problems).toEqual([]);
  });

  describe('on simulated hosts alone', () => {
    beforeAll(() => void kubectl('label', 'node', ...REAL, 'tidewaiter.dev/analyzer-'));
    afterAll(() => void kubectl('label', 'node', ...REAL, 'tidewaiter.dev/analyzer=true'));

    it('a pod that succeeds without a report counts as failed', async () => {
      const digest = registry.push('pretended', '1', image('pretended'));
      standIn.pretend(taskOf(digest, 1));
      expect(await submit(`${registry.host}/pretended:1`)).toBe(digest);
      await untilState(digest, { attempt: 1, failures: 1, error_code: 'analysis_without_report' });
      await untilState(digest, { state: 'analyzed', attempt: 2, failures: 0, error_code: null });
      expect(standIn.ran).not.toContain(taskOf(digest, 1));
      expect(standIn.ran).toContain(taskOf(digest, 2));
      expect(standIn.problems).toEqual([]);
    });

    it('a pod that is deleted while it runs is followed by another attempt', async () => {
      registry.faults.bytesPerSecond = 20_000;
      try {
        const digest = registry.push('deleted', '1', image('deleted', 400_000));
        expect(await submit(`${registry.host}/deleted:1`)).toBe(digest);
        await expect.poll(() => standIn.ran, { timeout: 60_000 }).toContain(taskOf(digest, 1));
        // Not waited for: it is this process that lets the pod go.
        const pod = ['pod', '-l', `tidewaiter.dev/task=${taskOf(digest, 1)}`];
        kubectl('delete', ...pod, '--wait=false');
        // How it ended is known as long as the pod is still listed when its Job has failed.
        const code: unknown = expect.stringMatching(/^analysis_(killed|crashed)$/);
        await untilState(digest, { attempt: 1, failures: 1, error_code: code });
        registry.faults.bytesPerSecond = 0;
        await untilState(digest, { state: 'analyzed', attempt: 2 });
        expect(standIn.ran).toContain(taskOf(digest, 2));
        expect(standIn.problems).toEqual([]);
      } finally {
        registry.faults.bytesPerSecond = 0;
      }
    });
  });
});
