/**
 * The original's command line, unmodified.
 *
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect } from 'vitest';
import { PASSWORD, type TestCore } from '../support/core.ts';
import { sharedFolder } from './corpus.ts';

const INSTALLED = process.env['ANCHORE_CLI'] ?? join(homedir(), '.cache/anchore-cli');

/** Installs it where it is not yet. */
export function installCommand(): void {
  execFileSync(join(sharedFolder(), 'anchore-cli/install'), [INSTALLED], { stdio: 'ignore' });
}

/** Runs it; what it wrote, in columns as far as it wrote any. */
export async function runCommand(
  core: TestCore,
  args: readonly string[],
  answer = '',
  expected = 0,
  [user, password]: readonly [string, string] = ['admin', PASSWORD],
): Promise<string[][]> {
  const child = spawn(
    join(INSTALLED, 'bin/anchore-cli'),
    ['--url', `${core.url}/v1`, '--u', user, '--p', password, ...args],
    { env: { PATH: process.env['PATH'], HOME: homedir(), LC_ALL: 'C.UTF-8', LANG: 'C.UTF-8' } },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => output += chunk.toString('utf8'));
  child.stderr.on('data', (chunk: Buffer) => output += chunk.toString('utf8'));
  child.stdin.end(answer);
  const [code] = await once(child, 'close') as [number | null];
  expect(code, output).toBe(expected);
  return output.trim().split('\n').map((line) => line.trim().split(/ {2,}/));
}
