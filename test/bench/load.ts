/**
 * Loads a door over kept connections: as fast as it answers, or so often a second.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

const CONNECTIONS = 32;

export interface Door {
  readonly url: string;
  readonly path: string;
  /** Questions that are asked in turn. */
  readonly bodies: readonly string[];
}

/** A question about one image, as an API server asks it. */
export function imageReview(image: string, namespace: string): string {
  return JSON.stringify({
    apiVersion: 'imagepolicy.k8s.io/v1alpha1',
    kind: 'ImageReview',
    metadata: { creationTimestamp: null },
    spec: { containers: [{ image }], namespace },
    status: { allowed: false },
  });
}

async function ask(pool: Pool, { path, bodies }: Door, count: number): Promise<void> {
  const answer = await pool.request({
    method: 'POST',
    path: `${path}?timeout=30s`,
    headers: { 'content-type': 'application/json' },
    body: bodies[count % bodies.length] ?? '',
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200 || !text.includes('"allowed":true')) {
    throw new Error(`the door answered ${answer.statusCode} ${text}`);
  }
}

/** Does something with connections to a door, and lets go of them whatever comes of it. */
async function connected<T>(door: Door, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = new Pool(door.url, { connections: CONNECTIONS });
  try {
    return await work(pool);
  } finally {
    await pool.destroy();
  }
}

/** Answers a second, with every connection asking again as soon as it was answered. */
export function throughput(door: Door, seconds: number): Promise<number> {
  return connected(door, async (pool) => {
    const end = performance.now() + seconds * 1000;
    let asked = 0;
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (performance.now() < end) {
          asked += 1;
          await ask(pool, door, asked);
        }
      }),
    );
    return asked / seconds;
  });
}

/** Milliseconds from when each question was due to its answer, sorted. */
export function latencies(door: Door, perSecond: number, seconds: number): Promise<number[]> {
  return connected(door, async (pool) => {
    const begin = performance.now();
    const asked: Promise<number>[] = [];
    for (let count = 0; count < perSecond * seconds; count += 1) {
      const due = begin + (count * 1000) / perSecond;
      // Timers are coarse: what is due by now is asked now, and measured from when it was due.
      if (due > performance.now()) await sleep(Math.max(1, due - performance.now()));
      const answered = ask(pool, door, count).then(() => performance.now() - due);
      // Said when all were asked.
      answered.catch(() => {});
      asked.push(answered);
    }
    return (await Promise.all(asked)).sort((a, b) => a - b);
  });
}
