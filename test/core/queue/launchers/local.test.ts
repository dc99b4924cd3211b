import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createLog, type Log } from '../../../../core/log.ts';
import { createLocalLauncher, type LocalOptions } from '../../../../core/queue/launchers/local.ts';
import type { Ending, Launcher } from '../../../../core/queue/launchers/types.ts';

/** A core that answers each Job as the test wants; it never answers unless told to. */
let core: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};
const asked: { url: string; authorization: string | undefined }[] = [];
const launchers: Launcher[] = [];
let scratchDir: string;

beforeAll(async () => {
  scratchDir = mkdtempSync(join(tmpdir(), 'tw-local-'));
  core = createServer((request, response) => {
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization });
    answer(request, response);
  });
  core.listen(0, '127.0.0.1');
  await once(core, 'listening');
});
afterEach(async () => {
  await Promise.all(launchers.splice(0).map((launcher) => launcher.stop()));
  answer = () => {};
  asked.length = 0;
});
afterAll(() => {
  core.closeAllConnections();
  core.close();
  rmSync(scratchDir, { recursive: true });
});

interface Started {
  readonly task: string;
  readonly ending: Promise<Ending>;
  readonly endings: readonly Ending[];
}

function setUp(options: Partial<LocalOptions> = {}) {
  const pids: number[] = [];
  const log: Log = createLog({
    level: 'debug',
    format: 'json',
    write: (line) => pids.push(Number((JSON.parse(line) as { pid: number }).pid)),
  });
  const launcher = createLocalLauncher(
    { analyses: 3, memoryMb: 1024, deadlineSeconds: 30, scratchDir, ...options },
    log,
  );
  launchers.push(launcher);
  async function start(name = 'a'): Promise<Started> {
    const task = `${name.repeat(32)}-1`;
    const endings: Ending[] = [];
    const { promise, resolve } = Promise.withResolvers<Ending>();
    const { port } = core.address() as AddressInfo;
    await launcher.launch({
      task,
      digest: `sha256:${name.repeat(64)}`,
      attempt: 1,
      reference: 'registry.example/a:1',
      lane: 1,
      compressedSize: 1,
      memoryShortages: 0,
      token: `token-of-${name}`,
      coreUrl: `http://127.0.0.1:${port}`,
      access: { endpoints: [] },
    }, async (ending) => {
      endings.push(ending);
      resolve(ending);
      return true;
    });
    return { task, ending: promise, endings };
  }
  return { launcher, start, pids };
}

/** Waits until a Job has asked core for its task. */
async function untilAsked(count = 1): Promise<void> {
  await expect.poll(() => asked.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);
}

describe('a run', () => {
  it('gets its token where nobody else reads it, and an environment of its own', async () => {
    const { start, launcher, pids } = setUp();
    const { task } = await start();
    await untilAsked();
    expect(asked[0]).toEqual({ url: `/tasks/${task}`, authorization: 'Bearer token-of-a' });
    expect(launcher.running()).toEqual([task]);
    if (process.platform === 'linux') {
      const proc = (name: string) => readFileSync(`/proc/${pids[0]}/${name}`, 'latin1');
      expect(proc('cmdline')).toContain(task);
      expect(proc('cmdline')).not.toContain('token-of-a');
      const names = proc('environ').split('\0').map((pair) => pair.split('=')[0]);
      expect(names.filter((name) => name !== '').toSorted()).toEqual(['NO_COLOR', 'PATH']);
    }
  });

  it('that another attempt has replaced says so', async () => {
    answer = (_, response) => void response.writeHead(410).end();
    const { start, launcher } = setUp();
    const { ending } = await start();
    expect(await ending).toEqual({ kind: 'superseded' });
    expect(launcher.running()).toEqual([]);
  });

  it('that needs too much memory is ended, for good', async () => {
    const { start } = setUp({ memoryMb: 24 });
    expect(await (await start()).ending).toMatchObject({
      kind: 'failed',
      failure: {
        code: 'analysis_out_of_memory',
        temporary: false,
        message: expect.stringContaining('TIDEWAITER_ANALYSIS_MEMORY_MB'),
      },
    });
  });

  it('that takes too long is ended, and may be tried again', async () => {
    const { start } = setUp({ deadlineSeconds: 0.5 });
    expect(await (await start()).ending).toMatchObject({
      kind: 'failed',
      failure: {
        code: 'analysis_deadline_exceeded',
        temporary: true,
        message: expect.stringContaining('0.5 seconds'),
      },
    });
  });

  it('that is killed has crashed, and may be tried again', async () => {
    const { start, pids } = setUp();
    const { ending, endings } = await start();
    await untilAsked();
    process.kill(pids[0] ?? 0, 'SIGKILL');
    expect(await ending).toMatchObject({
      kind: 'failed',
      failure: {
        code: 'analysis_crashed',
        temporary: true,
        message: expect.stringContaining('SIGKILL'),
      },
    });
    expect(endings).toHaveLength(1);
  });

  it('leaves no scratch folder behind', async () => {
    const { start, launcher } = setUp();
    const { task, ending } = await start();
    await untilAsked();
    expect(readdirSync(scratchDir)).toHaveLength(1);
    launcher.cancel(task);
    await ending;
    expect(readdirSync(scratchDir)).toEqual([]);
  });
});

describe('the launcher', () => {
  it('has room for so many runs, and again when one has ended', async () => {
    const { launcher, start } = setUp({ analyses: 2 });
    expect(launcher.room()).toBe(2);
    const first = await start('a');
    const second = await start('b');
    expect(launcher.room()).toBe(0);
    launcher.cancel(first.task);
    await first.ending;
    expect(launcher.room()).toBe(1);
    expect(launcher.running()).toEqual([second.task]);
    launcher.cancel('unknown');
  });

  it('stops all runs and waits for their ends', async () => {
    const { launcher, start } = setUp();
    const runs = [await start('a'), await start('b')];
    await launcher.stop();
    expect(launcher.running()).toEqual([]);
    expect(runs.map(({ endings }) => endings.length)).toEqual([1, 1]);
  });
});
