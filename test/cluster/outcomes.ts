/**
 * Images that take a while to read, and what must be true of them whatever happened meanwhile.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { composeImage } from 'oci-client/compose';
import { expect } from 'vitest';
import { z } from 'zod';
import { seeded } from '../support/kills.ts';
import type { TestRegistry } from '../support/registry.ts';
import { ANALYZERS, api, type KubernetesItem, list, submit, untilAnalysed } from './cluster.ts';
import { openClusterDatabase } from './cluster-database.ts';
import { livePods } from './strikes.ts';

/** An image with one package and noise that does not compress; another one for each name. */
export function noiseImage(name: string, bytes: number) {
  const random = seeded(createHash('sha256').update(name).digest().readUInt32LE());
  const noise = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) {
    noise.writeUInt32LE(Math.floor(random() * 2 ** 32), at);
  }
  return composeImage({
    layers: [
      [{
        path: 'app/node_modules/p/package.json',
        content: JSON.stringify({ name: 'p', version: '1.0.0', description: name }),
      }],
      [{ path: 'noise', content: noise }],
    ],
  });
}

/** Serves and submits an image; its digest. */
export async function submitNoise(
  registry: TestRegistry,
  name: string,
  bytes = 400_000,
): Promise<string> {
  registry.push(name, '1', noiseImage(name, bytes));
  return await submit(`${registry.host}/${name}:1`);
}

/** Waits until an image's analysis runs; its pod. */
export async function untilRuns(digest: string): Promise<KubernetesItem> {
  const running = () => livePods(digest).find(({ status }) => status.phase === 'Running');
  await expect.poll(running, { timeout: 60_000 }).toBeDefined();
  return running() ?? expect.fail('it has just ended');
}

const Npm = z.object({ content: z.array(z.looseObject({ package: z.string() })) });

/** What the database holds of an image. */
async function rowsOf(digest: string): Promise<unknown> {
  const { sql, close } = await openClusterDatabase();
  try {
    const [row] = await sql`
      select state, task, lease_until,
        (select count(*)::int from image_packages p where p.digest = a.digest) as packages,
        (select count(*)::int from events where resource = a.digest
          and type = 'user.image.analysis.completed') as completions,
        (select count(*)::int from events where resource = a.digest
          and type = 'user.image.analysis.failed') as failures
      from analyses a where digest = ${digest}`;
    return row;
  } finally {
    await close();
  }
}

/**
 * Nothing lost, nothing twice, nothing stuck.
 *
 * @param failures how often its analysis was told to have failed for good before
 */
export async function expectWhole(digest: string, failures: unknown = 0): Promise<void> {
  const progress = await untilAnalysed(digest, 240);
  expect(progress).toMatchObject({ analysis_status: 'analyzed' });
  const { body } = await api('GET', `/images/${digest}/content/npm`);
  expect(Npm.parse(body).content.map((found) => found.package)).toEqual(['p']);
  const selector = `${ANALYZERS},tidewaiter.dev/digest=${digest.slice(7, 39)}`;
  const isOver = (conditions: { type: string; status: string }[]) =>
    conditions.some(({ type, status }) =>
      ['Complete', 'Failed'].includes(type) && status === 'True'
    );
  // Jobs of former attempts end or are deleted, too, and one alone has analysed the image.
  await expect.poll(
    () => list('jobs', selector).filter(({ status }) => !isOver(status.conditions)).length,
    { timeout: 120_000, interval: 1000 },
  ).toBe(0);
  // The Job of the attempt that counts may have been deleted meanwhile, by hand say.
  await expect.poll(() => {
    const jobs = list('jobs', selector).map(({ metadata: { name, labels } }) => ({
      counts: name.endsWith(`-${progress.attempt}`),
      analyzed: labels['tidewaiter.dev/outcome'] === 'analyzed',
    }));
    return jobs.filter(({ counts, analyzed }) => counts !== analyzed).length;
  }, { timeout: 60_000, interval: 1000 }).toBe(0);
  await expect.poll(() => livePods(digest).length, { timeout: 60_000, interval: 1000 }).toBe(0);
  expect(await rowsOf(digest)).toEqual({
    state: 'analyzed',
    task: null,
    lease_until: null,
    packages: 1,
    completions: 1,
    failures,
  });
}
