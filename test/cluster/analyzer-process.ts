/**
 * The analyzer as a process of this machine, started with the very arguments of its container, the
 * runtime's permissions among them: only the container's paths are replaced by local ones.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../jobs/main.ts', import.meta.url));
const LAYERS = fileURLToPath(new URL('../../jobs/layers', import.meta.url));
/** What a container shows whose process was ended by a signal. */
const KILLED = 137;

export interface AnalyzerProcess {
  /** Exit code and last words. */
  readonly ended: Promise<{ readonly code: number; readonly words: string }>;
  kill(): void;
}

/** Starts an analysis; its folder, which holds the token, goes with it. */
export function startAnalyzer(args: readonly string[], token: string): AnalyzerProcess {
  const folder = mkdtempSync(join(tmpdir(), 'tw-pod-'));
  const scratch = join(folder, 'scratch');
  const secrets = join(folder, 'secrets');
  const lastWords = join(folder, 'last-words');
  for (const made of [scratch, secrets]) mkdirSync(made, { mode: 0o700 });
  writeFileSync(join(secrets, 'token'), token, { mode: 0o600 });
  const local = args.map((arg) =>
    arg.replaceAll('/tmp/termination-log', lastWords)
      .replaceAll('/var/run/secrets/tidewaiter', secrets)
      .replaceAll(/(?<=^|[=,])\/scratch(?=$|,)/g, scratch)
      .replace('/app/analyzer.js', PROGRAM)
      .replace('/app/unpack-worker.js', LAYERS)
  );
  const child = spawn(process.execPath, local, {
    cwd: scratch,
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => output = (output + chunk.toString()).slice(-4000));
  const ended = new Promise<{ code: number; words: string }>((done) => {
    const finish = (code: number, error = output) => {
      const words = existsSync(lastWords) ? readFileSync(lastWords, 'utf8') : error;
      rmSync(folder, { recursive: true, force: true });
      done({ code, words });
    };
    child.once('error', (error) => finish(KILLED, error.message));
    child.once('close', (code) => finish(code ?? KILLED));
  });
  return {
    ended,
    kill() {
      // Not child.kill: on Deno that alone says that the child has ended.
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
        process.kill(child.pid, 'SIGKILL');
      }
    },
  };
}
