import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import {
  ANALYZERS,
  api,
  HOST,
  kubectl,
  list,
  pause,
  submit,
  TEST_REGISTRY_PORT,
  untilAnalysed,
} from './cluster.ts';
import { askDoor } from './door.ts';
import { noiseImage } from './outcomes.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

const IMAGES = 200;
const STAND_INS = 50;
const SUBMITTED_AT_ONCE = 8;

let registry: TestRegistry;
let standIn: StandIn;
beforeAll(async () => {
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
  standIn = await startStandIn(STAND_INS);
});
afterAll(async () => {
  await standIn?.stop();
  await registry?.close();
});

/** Serves an image; its reference. */
function serve(name: string): string {
  registry.push(name, '1', noiseImage(name, 2000));
  return `${registry.host}/${name}:1`;
}

async function submitAll(tags: readonly string[]): Promise<string[]> {
  const digests: string[] = [];
  const left = [...tags];
  await Promise.all(Array.from({ length: SUBMITTED_AT_ONCE }, async () => {
    for (let tag = left.shift(); tag !== undefined; tag = left.shift()) {
      digests.push(await submit(tag));
    }
  }));
  return digests;
}

/** One look at the cluster while it works. */
interface Sample {
  readonly unfinished: number;
  readonly perHost: ReadonlyMap<string, number>;
}

function look(): Sample {
  const isLive = (phase?: string) => phase === 'Pending' || phase === 'Running';
  const perHost = new Map<string, number>();
  for (const { spec, status } of list('pods', ANALYZERS)) {
    if (spec.nodeName === undefined || !isLive(status.phase)) continue;
    perHost.set(spec.nodeName, (perHost.get(spec.nodeName) ?? 0) + 1);
  }
  const unfinished = list('jobs', ANALYZERS).filter(({ status }) =>
    !status.conditions.some(({ type, status: is }) =>
      ['Complete', 'Failed'].includes(type) && is === 'True'
    )
  );
  return { unfinished: unfinished.length, perHost };
}

const Images = z.array(z.looseObject({ imageDigest: z.string() }));

/** Digest of an image that only the door was asked about. */
async function untilKnown(tag: string): Promise<string> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const { status, body } = await api('GET', `/images?fulltag=${tag}`);
    const [image] = status === 200 ? Images.parse(body) : [];
    if (image !== undefined) return image.imageDigest;
    await pause(50);
  }
  throw new Error(`${tag} was never resolved`);
}

async function isAnalysed(digest: string): Promise<boolean> {
  const { body } = await api('GET', `/images/${digest}/progress`);
  return (body as { analysis_status: string }).analysis_status === 'analyzed';
}

describe(`${IMAGES} images on two hosts and ${STAND_INS} simulated ones`, () => {
  it('are each analysed once, within all bounds, and a pod that waits comes first', async () => {
    const begun = performance.now();
    const seconds = () => (performance.now() - begun) / 1000;
    const tags = Array.from({ length: IMAGES }, (_, index) => serve(`bulk-${index}`));
    const submitted = submitAll(tags);
    const samples: Sample[] = [];
    let over = false;
    const sampling = (async () => {
      while (!over) {
        samples.push(look());
        await pause(200);
      }
    })();
    const digests = await submitted;
    expect(new Set(digests).size).toBe(IMAGES);

    const urgent = serve('urgent');
    const asked = performance.now();
    expect(await askDoor([urgent])).toBe(200);
    const urgentDigest = await untilKnown(urgent);
    expect(await untilAnalysed(urgentDigest)).toMatchObject({ analysis_status: 'analyzed' });
    const urgentSeconds = (performance.now() - asked) / 1000;
    const states = await Promise.all(digests.map(isAnalysed));
    const behind = states.filter((done) => !done).length;

    for (const digest of digests) {
      expect(await untilAnalysed(digest)).toMatchObject({
        analysis_status: 'analyzed',
        attempt: 1,
      });
    }
    over = true;
    await sampling;
    console.log(
      `${IMAGES} images on ${STAND_INS + 2} hosts: ${seconds().toFixed(0)} s; the one of a pod ` +
        `${urgentSeconds.toFixed(1)} s, with ${behind} of the others behind it; at most ` +
        `${Math.max(...samples.map(({ unfinished }) => unfinished))} Jobs at once in ` +
        `${samples.length} samples`,
    );

    expect(behind).toBeGreaterThan(30);
    for (const { unfinished, perHost } of samples) {
      expect(unfinished).toBeLessThanOrEqual(STAND_INS + 2);
      for (const [host, pods] of perHost) {
        expect([host, pods]).toEqual([expect.stringMatching(/^(node|stand-in)-\d+$/), 1]);
      }
    }
    const jobs = list('jobs', ANALYZERS);
    for (const digest of [...digests, urgentDigest]) {
      const own = jobs.filter(({ metadata }) =>
        metadata.labels['tidewaiter.dev/digest'] === digest.slice(7, 39)
      );
      expect(own).toHaveLength(1);
    }
    const lanes = jobs
      .filter(({ metadata }) => metadata.name.includes(urgentDigest.slice(7, 39)))
      .map(({ metadata }) => metadata.labels['tidewaiter.dev/lane']);
    expect(lanes).toEqual(['admission']);
    const hosts = new Set(list('pods', ANALYZERS).map(({ spec }) => spec.nodeName));
    expect(hosts).toContain('node-1');
    expect(hosts).toContain('node-2');
    expect(hosts.size).toBeGreaterThan(20);
  });

  it('count a pod that succeeds without a report as failed', async () => {
    const tag = serve('idle');
    const { digest } = noiseImage('idle', 2000).manifest.descriptor;
    standIn.idle.add(`${digest.slice(7, 39)}-1`);
    // The real hosts would analyse it.
    kubectl('cordon', 'node-1', 'node-2');
    try {
      expect(await submit(tag)).toBe(digest);
      expect(await untilAnalysed(digest)).toMatchObject({
        analysis_status: 'analyzed',
        attempt: 2,
      });
    } finally {
      kubectl('uncordon', 'node-1', 'node-2');
    }
    const outcomes = () =>
      list('jobs', `tidewaiter.dev/digest=${digest.slice(7, 39)}`)
        .map(({ metadata }) => metadata.labels['tidewaiter.dev/outcome']).sort();
    await expect.poll(outcomes, { timeout: 30_000 })
      .toEqual(['analysis_without_report', 'analyzed']);
  });
});
