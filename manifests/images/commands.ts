/**
 * Programs of this machine that fetch packages, and the folder where fetched ones are kept.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { ImagesError } from './errors.ts';

const execute = promisify(execFile);
const LARGEST_OUTPUT = 256 * 1024 * 1024;

/** Where fetched packages are kept from one build to the next. */
export const CACHE = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'tidewaiter-images',
);

/**
 * Runs a program to its end and returns what it wrote to standard output.
 *
 * @throws {ImagesError} `command_failed`
 */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string | undefined } = {},
): Promise<Buffer> {
  try {
    const { stdout } = await execute(program, [...args], {
      ...options,
      encoding: 'buffer',
      maxBuffer: LARGEST_OUTPUT,
    });
    return stdout;
  } catch (cause) {
    throw new ImagesError('command_failed', `"${program} ${args[0]}" failed: ${saidBy(cause)}`, {
      cause,
    });
  }
}

/** The last line of a failed program's complaint. */
function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'it is not installed here.';
  const text = 'stderr' in error ? String(error.stderr).trim() : '';
  return text.split('\n').at(-1) || error.message;
}

/** A file's bytes if it is there and has this digest; else undefined. */
export async function readVerified(
  path: string,
  algorithm: 'sha256' | 'sha512',
  digest: string,
  encoding: 'hex' | 'base64',
): Promise<Buffer | undefined> {
  try {
    const bytes = await readFile(path);
    return createHash(algorithm).update(bytes).digest(encoding) === digest ? bytes : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
