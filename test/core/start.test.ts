import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const START = fileURLToPath(new URL('../../core/start.mjs', import.meta.url));

const PROGRAM = `
import process from 'node:process';
const [mode, code] = process.argv.slice(2);
const typed: string = 'types are stripped';
if (mode === 'say') {
  console.log(JSON.stringify({ typed, args: process.argv.slice(2), deno: 'deno' in process.versions }));
} else if (mode === 'exit') {
  process.exit(Number(code));
} else {
  process.on(code as 'SIGTERM', () => process.exit(7));
  setInterval(() => {}, 1000);
  console.log('waiting');
}
`;

let folder: string;
let program: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tw-start-'));
  program = join(folder, 'program with spaces.ts');
  writeFileSync(program, PROGRAM);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts as `npm start` does: with the Node of the system, whichever that is. */
function start(args: readonly string[]): ChildProcess {
  // The lane that runs these tests on Node says so in the environment.
  const { TIDEWAITER_RUNTIME: _, ...env } = process.env;
  return spawn('node', [START, ...args], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder, env });
}

async function result(child: ChildProcess) {
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => output.stdout += chunk.toString());
  child.stderr?.on('data', (chunk: Buffer) => output.stderr += chunk.toString());
  const [code] = await once(child, 'close') as [number | null];
  return { code, ...output };
}

describe('core/start.mjs', () => {
  it('runs TypeScript on the pinned runtime and passes arguments on as they are', async () => {
    const args = ['say', '--flag=a b', '', '-A', '*', '"x"'];
    const { code, stdout } = await result(start([program, ...args]));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ typed: 'types are stripped', args, deno: true });
  });

  it.each([0, 1, 42, 75])('ends with the exit code %i of the program', async (code) => {
    expect((await result(start([program, 'exit', String(code)]))).code).toBe(code);
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('hands %s to the program', async (signal) => {
    const child = start([program, 'wait', signal]);
    if (child.stdout !== null) await once(child.stdout, 'data');
    // Not child.kill: after that Deno reports the signal in place of the exit code.
    process.kill(child.pid ?? 0, signal);
    expect((await result(child)).code).toBe(7);
  });

  it('ends as a shell says it when the program is killed', async () => {
    const killer = join(folder, 'killer.ts');
    writeFileSync(
      killer,
      `import process from 'node:process'; process.kill(process.pid, 'SIGKILL');`,
    );
    const { code } = await result(start([killer]));
    expect(code ?? 137).toBe(137);
  });

  it('runs the runtime itself and commands of packages', async () => {
    const runtime = await result(start(['deno', '--version']));
    expect(runtime.stdout).toMatch(/^deno \d/);
    const vitest = await result(
      spawn('node', [START, 'npm:vitest', '--version'], {
        cwd: join(START, '../..'),
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    expect(vitest).toMatchObject({ code: 0 });
    expect(vitest.stdout).toMatch(/^vitest\/\d+\./);
  });

  it('says how it is used, without a program', async () => {
    const { code, stderr } = await result(start([]));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^usage: node core\/start\.mjs /);
  });
});
