/**
 * Analyses as child processes of core: the default of a laptop. The same program with the same
 * inputs as a Kubernetes Job, with memory watched and time limited here.
 *
 * @module
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import {
  EXIT_DONE,
  EXIT_PERMANENT,
  EXIT_SUPERSEDED,
  type Failure,
} from '../../../jobs/contract/index.ts';
import { escapeText, type Log } from '../../log.ts';
import { confinedCommand } from './confine.ts';
import type { Ending, Launcher, Run } from './types.ts';

export interface LocalOptions {
  /** Analyses at once. */
  readonly analyses: number;
  readonly memoryMb: number;
  readonly deadlineSeconds: number;
  /** Where runs get their scratch folders. */
  readonly scratchDir: string;
}

const WATCH_MS = 250;
const KEPT_OUTPUT = 4000;
const run = promisify(execFile);

/** Resident memory of a process in MiB; undefined when it is gone. */
async function residentMb(pid: number): Promise<number | undefined> {
  try {
    if (process.platform === 'linux') {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
    }
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
    return Number(stdout) / 1024;
  } catch {
    return undefined;
  }
}

/** Runs analyses on this machine. */
export function createLocalLauncher(options: LocalOptions, log: Log): Launcher {
  const children = new Map<string, ChildProcess>();
  const endings = new Set<Promise<void>>();
  const stopped = new Set<string>();

  function watch(child: ChildProcess): { over: () => Failure | undefined; stop: () => void } {
    let over: Failure | undefined;
    const end = (failure: Failure) => {
      over ??= failure;
      child.kill('SIGKILL');
    };
    const memory = setInterval(async () => {
      const used = child.pid === undefined ? undefined : await residentMb(child.pid);
      if (used === undefined || used <= options.memoryMb) return;
      end({
        code: 'analysis_out_of_memory',
        message: `The analysis needed more than ${options.memoryMb} MiB of memory: ` +
          'raise TIDEWAITER_ANALYSIS_MEMORY_MB if the image is meant to be this large.',
        temporary: false,
      });
    }, WATCH_MS);
    const deadline = setTimeout(() =>
      end({
        code: 'analysis_deadline_exceeded',
        message: `The analysis took longer than ${options.deadlineSeconds} seconds: ` +
          'the registry may be slow, or raise TIDEWAITER_ANALYSIS_DEADLINE_SECONDS.',
        temporary: true,
      }), options.deadlineSeconds * 1000);
    return {
      over: () => over,
      stop: () => {
        clearInterval(memory);
        clearTimeout(deadline);
      },
    };
  }

  function endingOf(code: number | null, signal: string | null, output: string): Ending {
    if (code === EXIT_DONE) return { kind: 'done' };
    if (code === EXIT_SUPERSEDED) return { kind: 'superseded' };
    const last = escapeText(output.trim().split('\n').at(-1) ?? '').slice(0, 500);
    return {
      kind: 'failed',
      failure: {
        code: 'analysis_crashed',
        message: `The analysis ended unexpectedly (${signal ?? `exit code ${code}`})${
          last === '' ? '' : `: ${last}`
        }`,
        temporary: code !== EXIT_PERMANENT,
      },
    };
  }

  function end(task: string): void {
    stopped.add(task);
    children.get(task)?.kill('SIGKILL');
  }

  return {
    name: 'local',
    room: () => options.analyses - children.size,
    running: () => [...children.keys()],
    cancel: end,

    launch: (task: Run, ended) => {
      const scratch = mkdtempSync(join(options.scratchDir, 'tidewaiter-'));
      const [command, args] = confinedCommand(task, scratch, options.memoryMb);
      const child = spawn(command, args, {
        cwd: scratch,
        env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' },
        stdio: ['pipe', 'ignore', 'pipe'],
      });
      children.set(task.task, child);
      let output = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
      });
      // The pipe stays open: when core dies, its end tells the child to go, too.
      child.stdin?.on('error', () => {});
      child.stdin?.write(`${task.token}\n`);
      const watched = watch(child);
      const over = new Promise<void>((done) => {
        const finish = (ending: Ending) => {
          if (!children.delete(task.task)) return;
          watched.stop();
          rmSync(scratch, { recursive: true, force: true });
          const limit = watched.over();
          if (stopped.delete(task.task)) void ended({ kind: 'stopped' });
          else void ended(limit === undefined ? ending : { kind: 'failed', failure: limit });
          done();
        };
        child.once('error', (error) => finish(endingOf(null, null, error.message)));
        child.once('close', (code, signal) => finish(endingOf(code, signal, output)));
      });
      endings.add(over);
      over.then(() => endings.delete(over));
      log.debug('analysis started', { task: task.task, pid: child.pid });
      return Promise.resolve();
    },

    stop: async () => {
      for (const task of children.keys()) end(task);
      await Promise.all(endings);
    },
  };
}
