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
  readonly body: string;
}

async function ask(pool: Pool, { body }: Door): Promise<void> {
  const answer = await pool.request({
    method: 'POST',
    path: '/imagepolicy?timeout=30s',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200 || !text.includes('"allowed":true')) {
    throw new Error(`the door answered ${answer.statusCode} ${text}`);
  }
}

/** Answers a second, with every connection asking again as soon as it was answered. */
export async function throughput(door: Door, seconds: number): Promise<number> {
  const pool = new Pool(door.url, { connections: CONNECTIONS });
  const end = performance.now() + seconds * 1000;
  let answered = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < end) {
        await ask(pool, door);
        answered += 1;
      }
    }),
  );
  await pool.close();
  return answered / seconds;
}

/** Milliseconds from when each question was due to its answer, sorted. */
export async function latencies(
  door: Door,
  perSecond: number,
  seconds: number,
): Promise<number[]> {
  const pool = new Pool(door.url, { connections: CONNECTIONS });
  const begin = performance.now();
  const times: number[] = [];
  const asked: Promise<void>[] = [];
  for (let count = 0; count < perSecond * seconds; count += 1) {
    const due = begin + (count * 1000) / perSecond;
    // Timers are coarse: what is due by now is asked now, and measured from when it was due.
    if (due > performance.now()) await sleep(Math.max(1, due - performance.now()));
    asked.push(ask(pool, door).then(() => void times.push(performance.now() - due)));
  }
  await Promise.all(asked);
  await pool.close();
  return times.sort((a, b) => a - b);
}
