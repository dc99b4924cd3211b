/**
 * A real core as a child process, as a user starts it: with a database of its own unless told
 * otherwise, and ports nobody else has.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../core/cli/local-core.ts';
import { newDatabase } from './postgres.ts';

const MAIN = fileURLToPath(new URL('../../core/main.ts', import.meta.url));
const READY_MS = 60_000;
export const PASSWORD = 'correct-horse';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed if it is JSON, else the text. */
  readonly body: unknown;
}

export interface CoreOptions {
  /** More settings, by name of their environment variable. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Use the embedded database in the core's own folder instead of the test run's server. */
  readonly embedded?: boolean;
}

export interface TestCore {
  readonly url: string;
  readonly doorUrl: string;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  /** What it logged so far. */
  readonly log: () => string;
  readonly pid: () => number;
  /** Asks the API under `/v1` as admin. */
  api(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Asks the door on loopback. */
  review(images: readonly string[], namespace?: string): Promise<Answer>;
  /** Ends it at once, as `kill -9` does, and waits for its end. */
  kill(): Promise<void>;
  /** Starts it again on the same ports and data. */
  start(): Promise<void>;
  /** Ends it gracefully and removes its folder. Returns its exit code. */
  stop(): Promise<number | null>;
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) as unknown : text,
  };
}

/** Starts a core and waits until it is ready. */
export async function startTestCore(options: CoreOptions = {}): Promise<TestCore> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tw-core-'));
  const databaseUrl = options.embedded ? undefined : await newDatabase();
  const port = await freePort();
  const doorPort = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: dataDir,
    TIDEWAITER_DATA_DIR: dataDir,
    TIDEWAITER_PORT: String(port),
    TIDEWAITER_DOOR_PORT: String(doorPort),
    TIDEWAITER_ADMIN_PASSWORD: PASSWORD,
    TIDEWAITER_LOG_FORMAT: 'text',
    TIDEWAITER_LOG_LEVEL: 'debug',
    // No test reaches for the network unless it says so itself.
    TIDEWAITER_FEEDS: '{sync: false}',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    ...options.environment,
  };
  let child: ChildProcess | undefined;
  let log = '';

  /** Asks; a connection that broke is told of with what core did and said. */
  async function ask(path: string, init: RequestInit): Promise<Answer> {
    try {
      return await answerOf(await fetch(`${url}${path}`, init));
    } catch (error) {
      const state = `exit code ${child?.exitCode}, signal ${child?.signalCode}`;
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`${message} (core: ${state}, it said: ${log.slice(-2000)})`, {
        cause: error,
      });
    }
  }

  async function start(): Promise<void> {
    const args = 'deno' in process.versions ? ['run', '-A', MAIN] : [MAIN];
    const started = spawn(process.execPath, args, {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    started.stderr?.on('data', (chunk: Buffer) => log += chunk.toString('utf8'));
    started.stdout?.resume();
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline && started.exitCode === null && started.signalCode === null) {
      const ready = await fetch(`${url}/ready`).then((answer) => answer.ok, () => false);
      if (ready) return;
      await sleep(25);
    }
    throw new Error(`core did not start: ${log.slice(-2000)}`);
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      return child?.exitCode ?? null;
    }
    const exit = once(child, 'exit');
    // Not child.kill: on Deno that alone says that the child has ended.
    process.kill(child.pid ?? 0, signal);
    await exit;
    return child.exitCode;
  }

  await start();
  return {
    url,
    doorUrl: `https://127.0.0.1:${doorPort}`,
    dataDir,
    databaseUrl,
    log: () => log,
    pid: () => child?.pid ?? 0,
    async api(method, path, body, headers) {
      const login = Buffer.from(`admin:${PASSWORD}`).toString('base64');
      return await ask(`/v1${path}`, {
        method,
        headers: {
          authorization: `Basic ${login}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
    },
    async review(images, namespace = 'default') {
      const containers = images.map((image) => ({ image }));
      return await ask('/imagepolicy?timeout=30s', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          apiVersion: 'imagepolicy.k8s.io/v1alpha1',
          kind: 'ImageReview',
          metadata: { creationTimestamp: null },
          spec: { containers, namespace },
          status: { allowed: false },
        }),
      });
    },
    kill: async () => void await end('SIGKILL'),
    start,
    stop: async () => {
      const code = await end('SIGTERM');
      rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}

/** State of one image's analysis. */
export interface TestProgress {
  readonly analysis_status: string;
  readonly attempt: number;
  readonly analysis_error: { readonly code: string; readonly message: string } | null;
}

/** Waits until an image's analysis has ended, either way; cores that are away are asked again. */
export async function untilAnalysed(
  core: TestCore,
  digest: string,
  timeoutMs = 60_000,
): Promise<TestProgress> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < deadline) {
    const answer = await core.api('GET', `/images/${digest}/progress`).catch(() => undefined);
    last = answer?.body;
    if (answer?.status === 200) {
      const progress = answer.body as TestProgress;
      if (['analyzed', 'analysis_failed'].includes(progress.analysis_status)) return progress;
    }
    await sleep(50);
  }
  throw new Error(`${digest} was not analysed in time: ${JSON.stringify(last)}`);
}

/** Submits an image; its record. */
export async function submitImage(core: TestCore, tag: string): Promise<{ imageDigest: string }> {
  const answer = await core.api('POST', '/images', { tag });
  if (answer.status !== 200) throw new Error(`refused: ${JSON.stringify(answer.body)}`);
  const [image] = answer.body as { imageDigest: string }[];
  if (image === undefined) throw new Error('no image in the answer');
  return image;
}
