/**
 * The embedded PostgreSQL: made at the first start, started again when it dies, stopped with core.
 *
 * One core owns a data folder. What a killed core left running is stopped first; a database that a
 * living core still uses is left alone and named.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, TidewaiterError } from '../errors.ts';
import type { Log } from '../log.ts';
import { findPostgres, type PostgresRunner } from './binaries.ts';
import { openDatabase, type Sql } from './connection.ts';
import { type Paths, pathsOf, serverArgs, urlOf } from './embedded-paths.ts';

/** Advisory lock that the owner of an embedded database holds: one core at a time. */
const OWNER_LOCK = 8228_001;
const START_DEADLINE_MS = 60_000;
const ORPHAN_TRIES = 20;
const ORPHAN_PAUSE_MS = 150;
const LARGEST_LOG = 8 * 1024 * 1024;

export interface EmbeddedDatabase {
  /** Address to give to `openDatabase`. */
  readonly url: string;
  /** Process id of the server that runs now. */
  readonly pid: () => number | undefined;
  /** Stops the server; connections should be closed before. */
  stop(): Promise<void>;
}

function start(
  runner: PostgresRunner,
  program: 'initdb' | 'postgres',
  args: string[],
  log: string,
): ChildProcess {
  const [command, argv] = runner.command(program, args);
  const output = openSync(log, 'a');
  try {
    // Detached: Ctrl-C in the terminal is for core, which stops its database last.
    return spawn(command, argv, {
      ...runner.spawnOptions,
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', LC_ALL: 'C' },
      stdio: ['ignore', output, output],
      detached: true,
    });
  } finally {
    closeSync(output);
  }
}

function exited(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((done, fail) => {
    child.once('exit', (code) => done(code));
    child.once('error', fail);
  });
}

async function initialise(runner: PostgresRunner, paths: Paths): Promise<void> {
  const part = `${paths.data}.new`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { mode: 0o700 });
  runner.own(part);
  const args = ['-D', part, '-U', 'tidewaiter', '-E', 'UTF8', '-A', 'trust', '--no-sync'];
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const code = await exited(start(runner, 'initdb', [...args, ...locale], paths.log));
  if (code !== 0) throw failure('could not be created', paths);
  // Renamed only when complete: a start that was killed half-way begins anew.
  renameSync(part, paths.data);
}

function failure(what: string, paths: Paths): TidewaiterError {
  const tail = existsSync(paths.log)
    ? readFileSync(paths.log, 'utf8').trimEnd().split('\n').slice(-2).join(' | ')
    : '';
  return new TidewaiterError(
    'embedded_database_failed',
    500,
    `The embedded PostgreSQL ${what}: ${tail || 'it said nothing'} (see ${paths.log}).`,
  );
}

/**
 * Process id that PostgreSQL left in its data folder, if such a process is still a PostgreSQL. The
 * file of a dead one stays: by it a new server finds out that backends of the old one still write.
 */
function leftoverPid(paths: Paths): number | undefined {
  const file = join(paths.data, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const valid = Number.isSafeInteger(pid) && pid > 1;
  if (valid && isPostgres(pid)) return pid;
  // The number belongs to somebody else by now (a new container, say) and would block the start.
  if (!valid || isAlive(pid)) rmSync(file, { force: true });
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function isPostgres(pid: number): boolean {
  if (!isAlive(pid)) return false;
  const commandLine = `/proc/${pid}/cmdline`;
  return !existsSync('/proc/self') ||
    (existsSync(commandLine) && readFileSync(commandLine, 'latin1').includes('postgres'));
}

/** Takes the owner's lock on this connection; false if a living core has it. */
async function own(sql: Sql): Promise<boolean> {
  const [row] = await sql<
    { owned: boolean }[]
  >`select pg_try_advisory_lock(${OWNER_LOCK}) as owned`;
  return row?.owned === true;
}

async function stopLeftover(paths: Paths, log: Log): Promise<void> {
  const pid = leftoverPid(paths);
  if (pid === undefined) return;
  const sql = openDatabase(urlOf(paths), { max: 1, connectTimeoutSeconds: 3 });
  let orphan: boolean | undefined;
  // A living owner's server may just be starting again; one that never answers is nobody's.
  for (let tries = 0; orphan === undefined && tries < ORPHAN_TRIES; tries += 1) {
    orphan = await own(sql).catch(() => sleep(ORPHAN_PAUSE_MS, undefined));
  }
  await sql.end({ timeout: 1 });
  if (orphan === false) {
    throw new TidewaiterError(
      'data_dir_in_use',
      500,
      `Another Tidewaiter uses the data folder ${paths.data}: stop it first, or set TIDEWAITER_DATA_DIR to another folder.`,
    );
  }
  log.warn('stopping the database that a killed core left behind', { pid });
  for (const [signal, waitMs] of [['SIGINT', 10_000], ['SIGQUIT', 5_000]] as const) {
    process.kill(pid, signal);
    const deadline = Date.now() + waitMs;
    while (Date.now() < deadline) {
      if (!isPostgres(pid)) return;
      await sleep(20);
    }
  }
  throw new TidewaiterError(
    'embedded_database_failed',
    500,
    `The PostgreSQL process ${pid} of a former start does not stop: end it, then start again.`,
  );
}

async function untilReady(child: ChildProcess, paths: Paths): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (existsSync(join(paths.socket, '.s.PGSQL.5432'))) {
      const sql = openDatabase(urlOf(paths), { max: 1, connectTimeoutSeconds: 2 });
      const ready = await sql`select 1`.then(() => true, () => false);
      await sql.end({ timeout: 1 });
      if (ready) return;
    }
    await sleep(15);
  }
  throw failure('did not start', paths);
}

/**
 * Starts the database of a data folder and keeps it running.
 *
 * @throws TidewaiterError `data_dir_in_use`, `embedded_database_failed`, `embedded_database_unavailable`
 */
export async function startEmbedded(dataDir: string, log: Log): Promise<EmbeddedDatabase> {
  const paths = pathsOf(dataDir);
  const runner = findPostgres();
  const { uid } = runner.spawnOptions;
  mkdirSync(resolve(dataDir), { recursive: true, mode: 0o700 });
  // Another user comes through, but lists and reads nothing.
  if (uid !== undefined) chmodSync(resolve(dataDir), 0o711);
  mkdirSync(paths.socket, { recursive: true, mode: 0o700 });
  if (![uid, process.getuid?.()].includes(statSync(paths.socket).uid)) {
    throw failure(`finds its socket folder ${paths.socket} in other hands`, paths);
  }
  chmodSync(paths.socket, 0o700);
  runner.own(paths.socket);
  if (existsSync(paths.log) && statSync(paths.log).size > LARGEST_LOG) rmSync(paths.log);
  if (existsSync(paths.data)) await stopLeftover(paths, log);
  else await initialise(runner, paths);

  let stopping = false;
  let child = await launch(runner, paths);
  // The owner's lock lives as long as this connection, so as this process.
  let owner = openDatabase(urlOf(paths), { max: 1, keep: true });
  if (!(await own(owner))) throw failure('was taken by another start', paths);

  let restarted = Promise.resolve();
  const supervise = (server: ChildProcess): void => {
    // One that has ended already, before anybody listened, counts as well.
    exited(server).then((code) => {
      if (stopping) return;
      const { signalCode: signal } = server;
      log.error('the database ended and is started again', { code, signal });
      restarted = restart();
    }, () => {});
  };
  const restart = async (): Promise<void> => {
    await owner.end({ timeout: 0 }).catch(() => {});
    while (!stopping) {
      try {
        leftoverPid(paths);
        child = await launch(runner, paths);
        owner = openDatabase(urlOf(paths), { max: 1, keep: true });
        await own(owner);
        supervise(child);
        return;
      } catch (error) {
        log.error('the database does not start yet', { error: messageOf(error) });
        await sleep(500);
      }
    }
  };
  supervise(child);

  return {
    url: urlOf(paths),
    pid: () => child.pid,
    stop: async () => {
      stopping = true;
      await restarted;
      await owner.end({ timeout: 1 }).catch(() => {});
      // Heard before it is sent: Deno notes the signal at once, not at the end.
      const end = exited(child);
      child.kill('SIGINT');
      await end;
    },
  };
}

async function launch(runner: PostgresRunner, paths: Paths): Promise<ChildProcess> {
  const child = start(runner, 'postgres', serverArgs(paths), paths.log);
  child.on('error', () => {});
  await untilReady(child, paths);
  return child;
}
