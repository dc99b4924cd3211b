import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { type EmbeddedDatabase, startEmbedded } from '../../../core/database/embedded.ts';
import { createLog } from '../../../core/log.ts';
import { quiet } from '../../support/postgres.ts';

const OWNER = fileURLToPath(new URL('../../support/embedded-owner.ts', import.meta.url));
/** A log for tests that break the database on purpose. */
const silent = createLog({ level: 'error', format: 'text', write: () => {} });

let root: string;
let template: string;
const undo: (() => unknown)[] = [];

/** A data folder that was stopped in order; a first start takes a second of two cores. */
function warmFolder(name: string): string {
  const folder = join(root, name);
  cpSync(join(template, 'postgres'), join(folder, 'postgres'), { recursive: true });
  chmodSync(join(folder, 'postgres'), 0o700);
  return folder;
}

async function start(folder: string, log = quiet): Promise<EmbeddedDatabase> {
  const server = await startEmbedded(folder, log);
  undo.push(async () => {
    await server.stop();
    // Of a folder with a long path the socket is elsewhere.
    rmSync(new URL(server.url).searchParams.get('host') ?? '', { recursive: true, force: true });
  });
  return server;
}

function connect(server: EmbeddedDatabase): Sql {
  const sql = openDatabase(server.url, { max: 2 });
  undo.push(() => sql.end({ timeout: 0 }));
  return sql;
}

/** Another process that owns a folder's database; its server's process id. */
async function startOwner(
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ owner: ChildProcess; server: number }> {
  const args = 'deno' in process.versions ? ['run', '-A', OWNER, folder] : [OWNER, folder];
  const owner = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  undo.push(() => owner.kill('SIGKILL'));
  const [line] = await once(owner.stdout ?? owner, 'data') as [Buffer];
  const server = Number(line.toString());
  undo.push(() => isAlive(server) && process.kill(server, 'SIGINT'));
  return { owner, server };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that has ended may still wait for its parent to notice.
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !readFileSync(stat, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(20);
}

/** Asks until there is an answer: a killed server's connections fail first. */
async function answers(sql: Sql): Promise<boolean> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await sql`select 1`.then(() => true, () => false)) return true;
    await sleep(20);
  }
  return false;
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'tw-db-'));
  template = join(root, 'template');
  const server = await startEmbedded(template, quiet);
  const sql = openDatabase(server.url, { max: 1 });
  await sql`create table kept as select 42 as answer`;
  await sql.end();
  await server.stop();
});
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a first start', () => {
  it('makes a database of this user alone, in a folder that was not there', async () => {
    const folder = join(root, 'cold/with spaces');
    const server = await start(folder);
    const sql = connect(server);
    const [row] = await sql`
      select current_user as "user", current_setting('server_encoding') as encoding,
        current_setting('listen_addresses') as tcp,
        (select concat(datcollate, ' ', datlocprovider) from pg_database where datname = 'postgres')
          as locale`;
    expect(row).toEqual({ user: 'tidewaiter', encoding: 'UTF8', tcp: '', locale: 'C b' });
    for (const each of [folder, join(folder, 'run'), join(folder, 'postgres')]) {
      expect(statSync(each).mode & 0o077).toBe(0);
    }
    expect(isAlive(server.pid() ?? 0)).toBe(true);
  });

  it('begins anew when an earlier one was killed half-way', async () => {
    const folder = join(root, 'half');
    mkdirSync(join(folder, 'postgres.new/base'), { recursive: true });
    writeFileSync(join(folder, 'postgres.new/PG_VERSION'), '1');
    expect(await answers(connect(await start(folder)))).toBe(true);
    expect(existsSync(join(folder, 'postgres.new'))).toBe(false);
  });
});

describe('a data folder', () => {
  it.each([
    ['whose path is longer than a socket may have', 'x'.repeat(120)],
    ['whose path is longer in bytes than in letters', 'ü'.repeat(45)],
    ['with a comma', 'a,b'],
    ['with quotes and signs', `it's "100%" a+b&c=d#?`],
  ])('%s works', async (_, name) => {
    const folder = warmFolder(name);
    const sql = connect(await start(folder));
    expect(await sql`select answer from kept`).toEqual([{ answer: 42 }]);
  });
});

describe('a later start', () => {
  it('finds what was there, and stops without a trace', async () => {
    const folder = warmFolder('warm');
    const server = await startEmbedded(folder, quiet);
    const pid = server.pid() ?? 0;
    const sql = openDatabase(server.url, { max: 1 });
    expect(await sql`select answer from kept`).toEqual([{ answer: 42 }]);
    await sql.end();
    await server.stop();
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(join(folder, 'run'))).toEqual([]);
    expect(existsSync(join(folder, 'postgres/postmaster.pid'))).toBe(false);
  });

  it('does not mind a process id that belongs to somebody else by now', async () => {
    const folder = warmFolder('foreign');
    const file = join(folder, 'postgres/postmaster.pid');
    writeFileSync(file, `${process.pid}\n${folder}\n1700000000\n5432\n${folder}/run\n\n0 0\n`);
    expect(await answers(connect(await start(folder)))).toBe(true);
    expect(isAlive(process.pid)).toBe(true);
  });

  it.each([['nothing', ''], ['no number', 'x\n'], ['its own group', '0\n'], ['all', '-1\n']])(
    'is not led astray by a file of process ids that says %s',
    async (_, text) => {
      const folder = warmFolder(`pid-${text.length}-${text.trim()}`);
      writeFileSync(join(folder, 'postgres/postmaster.pid'), text);
      expect(await answers(connect(await start(folder)))).toBe(true);
    },
  );

  it('says what PostgreSQL says when the data is broken', async () => {
    const folder = warmFolder('broken');
    rmSync(join(folder, 'postgres/global/pg_control'));
    await expect(startEmbedded(folder, quiet)).rejects.toMatchObject({
      code: 'embedded_database_failed',
      message: expect.stringMatching(/did not start: .*pg_control/),
    });
  });
});

describe('a server that is killed', () => {
  it('is started again, with all that was committed, as often as it happens', async () => {
    const server = await start(warmFolder('killed'), silent);
    const sql = connect(server);
    await sql`create table numbers (n int)`;
    for (const n of [1, 2]) {
      await sql`insert into numbers values (${n})`;
      const pid = server.pid() ?? 0;
      process.kill(pid, 'SIGKILL');
      await until(() => server.pid() !== pid);
      expect(await answers(sql)).toBe(true);
    }
    expect(await sql`select n from numbers order by n`).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('is started again when it is killed the moment it is there again', async () => {
    const server = await start(warmFolder('killed-soon'), silent);
    for (let turn = 0; turn < 10; turn += 1) {
      const pid = server.pid() ?? 0;
      process.kill(pid, 'SIGKILL');
      await until(() => server.pid() !== pid);
    }
    await until(() => answers(connect(server)));
  });

  it('is not started again beside a backend that still works on the data', async () => {
    const server = await start(warmFolder('orphan'), silent);
    const busy = connect(server);
    const [row] = await busy<{ pid: number }[]>`select pg_backend_pid() as pid`;
    const backend = row?.pid ?? 0;
    // Pure computing: it does not notice that its postmaster is gone.
    busy`select sum(n) from generate_series(1, 5000000) n`.catch(() => {});
    await sleep(100);
    const pid = server.pid() ?? 0;
    process.kill(pid, 'SIGKILL');
    let together = 0;
    await until(async () => {
      const sql = openDatabase(server.url, { max: 1, connectTimeoutSeconds: 1 });
      const ready = await sql`select 1`.then(() => true, () => false);
      if (ready && isAlive(backend)) together += 1;
      await sql.end({ timeout: 0 });
      return ready;
    });
    expect(together).toBe(0);
  });

  it('stays away when it is to be stopped at the same moment', async () => {
    const folder = warmFolder('stopped');
    const server = await startEmbedded(folder, silent);
    process.kill(server.pid() ?? 0, 'SIGKILL');
    await sleep(30);
    await server.stop();
    await sleep(500);
    expect(isAlive(server.pid() ?? 0)).toBe(false);
  });
});

describe('two owners', () => {
  it('a killed one: its server is stopped, and the next start has its data', async () => {
    const folder = warmFolder('left');
    const { owner, server: left } = await startOwner(folder);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    expect(isAlive(left)).toBe(true);
    const sql = connect(await start(folder));
    expect(isAlive(left)).toBe(false);
    expect(await sql`select answer from kept`).toEqual([{ answer: 42 }]);
  });

  it('a living one: it is left alone and named', async () => {
    const folder = warmFolder('used');
    const { server } = await startOwner(folder);
    await expect(startEmbedded(folder, quiet)).rejects.toMatchObject({
      code: 'data_dir_in_use',
      message: expect.stringContaining('TIDEWAITER_DATA_DIR'),
    });
    expect(isAlive(server)).toBe(true);
  });
});

describe.runIf(process.getuid?.() === 0)('as root', () => {
  it('runs as another user where there are no user namespaces', async () => {
    const bin = join(root, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    chmodSync(root, 0o755);
    const folder = join(root, 'nobody');
    for (let starts = 0; starts < 2; starts += 1) {
      const { owner, server } = await startOwner(folder, {
        PATH: `${bin}:${process.env['PATH']}`,
      });
      expect(statSync(`/proc/${server}`).uid).toBe(65_534);
      owner.kill('SIGKILL');
      await once(owner, 'exit');
    }
  });
});
