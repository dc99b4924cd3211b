/**
 * What takes its time and nobody waits for — loading feeds, matching anew, verdicts ahead — in a
 * thread of its own, so that the door's never waits for it.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Config } from '../config/load.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** What the thread is given. It opens connections of its own. */
export interface BackgroundWork {
  readonly config: Config;
  readonly databaseUrl: string;
  /** Folder for temporary files. */
  readonly scratch: string;
}

/** So long the thread gets to end by itself. */
const GRACE_MS = 4000;
const RESTART_MS = 1000;

/** Runs the thread once, until it ends or the signal aborts; what it died of, if it did not say so itself. */
async function runThread(
  work: BackgroundWork,
  signal: AbortSignal,
): Promise<{ readonly error?: string }> {
  const worker = new Worker(new URL('./background-thread.ts', import.meta.url), {
    workerData: work,
  });
  let error: string | undefined;
  const ended = new Promise<void>((end) => {
    worker.on('error', (reason) => {
      error = messageOf(reason);
      end();
    });
    worker.on('exit', () => end());
  });
  const stop = () => worker.postMessage('stop');
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    await Promise.race([ended, untilOverdue(signal, ended)]);
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
  return error === undefined ? {} : { error };
}

/** Ends when the grace after the signal is over, or with the thread. */
async function untilOverdue(signal: AbortSignal, ended: Promise<void>): Promise<void> {
  const over = new AbortController();
  ended.finally(() => over.abort());
  await new Promise<void>((aborted) => {
    if (signal.aborted) return aborted();
    const options = { once: true, signal: over.signal };
    signal.addEventListener('abort', () => aborted(), options);
    over.signal.addEventListener('abort', () => aborted(), { once: true });
  });
  await sleep(GRACE_MS, undefined, { signal: over.signal }).catch(() => {});
}

/** Keeps the thread running until the signal aborts: one that dies is started again. */
export async function runInBackground(
  work: BackgroundWork,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const died = await runThread(work, signal);
    if (signal.aborted) return;
    log.error('the thread for feeds, matches and verdicts ended and is started again', died);
    await sleep(RESTART_MS, undefined, { signal }).catch(() => {});
  }
}
