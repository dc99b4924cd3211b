/**
 * Whole processes with their children, as the system accounts for them.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';

/** A program and how it is started. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Written to its standard input, which stays open. */
  readonly input?: string | undefined;
}

export interface Measurement {
  /** Seconds. */
  readonly wall: number;
  /** Seconds in user and kernel mode, of the program and all it waited for. */
  readonly cpu: number;
  /** Largest resident size of the program itself in MiB; NaN where the system does not tell. */
  readonly peak: number;
  readonly output: string;
}

const WATCH_MS = 10;

/**
 * The shell accounts for CPU exactly and on every system, because it waits for the program. The
 * program takes the place of the inner shell, whose process id is told first.
 */
const TIMED = `TIMEFORMAT='%3R %3U %3S'; time { (echo "$BASHPID" >&2; exec "$@"); }`;

/** High-water mark of a process in MiB; undefined once it is gone. */
function highWater(pid: number): number | undefined {
  try {
    const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}

/** Runs a program to its end. Fails unless it ends with code 0. */
export async function measure(program: Program): Promise<Measurement> {
  const shell = spawn('bash', ['-c', TIMED, 'bash', program.command, ...program.args], {
    ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
    env: program.env ?? process.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let peak = NaN;
  let output = '';
  let errors = '';
  shell.stdout.on('data', (chunk: Uint8Array) => output += new TextDecoder().decode(chunk));
  shell.stderr.on('data', (chunk: Uint8Array) => errors += new TextDecoder().decode(chunk));
  // One that ends before it reads its input says why by its exit code.
  shell.stdin.on('error', () => {});
  if (program.input !== undefined) shell.stdin.write(program.input);
  const watch = setInterval(() => {
    const pid = /^(\d+)\n/.exec(errors)?.[1];
    if (pid !== undefined) peak = highWater(Number(pid)) ?? peak;
  }, WATCH_MS);
  const [code] = await once(shell, 'close');
  clearInterval(watch);
  const times = /(?:^|\n)([\d.]+) ([\d.]+) ([\d.]+)\n$/.exec(errors.replaceAll(',', '.'));
  if (code !== 0 || times === null) {
    throw new Error(`${program.command} ended with code ${code}: ${errors.slice(-2000)}`);
  }
  const [wall = NaN, user = NaN, system = NaN] = times.slice(1).map(Number);
  return { wall, cpu: user + system, peak, output };
}
