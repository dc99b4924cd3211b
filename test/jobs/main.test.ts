import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { composeImage, digestOf } from 'oci-client/compose';
import { confinedCommand } from '../../core/queue/launchers/confine.ts';
import {
  EXIT_DONE,
  EXIT_PERMANENT,
  EXIT_SUPERSEDED,
  EXIT_TEMPORARY,
  EXIT_USAGE,
  Failure,
  Progress,
  ReportLine,
  type Task,
} from '../../jobs/contract/index.ts';
import { startRegistry } from '../support/registry.ts';
import { layoutOf, sorted, taskOf, TOKEN, withConfig } from './support.ts';

const MAIN = fileURLToPath(new URL('../../jobs/main.ts', import.meta.url));
const IMAGE = composeImage({
  layers: [[{ path: 'node_modules/p/package.json', content: '{"name":"p","version":"1"}' }]],
});
const DIGEST = IMAGE.manifest.descriptor.digest;

/** Statuses in place of the proper answers, by the end of the path. */
type Statuses = Partial<Record<'task' | 'progress' | 'failure' | 'report', number>>;

interface TestCounter {
  readonly url: string;
  readonly tokens: Set<string | undefined>;
  readonly progress: Progress[];
  readonly failures: Failure[];
  readonly reports: string[];
}

/** The Jobs' counter, as far as a Job sees it. */
async function startCounter(task: Task, statuses: Statuses = {}): Promise<TestCounter> {
  const counter = {
    tokens: new Set<string | undefined>(),
    progress: [] as Progress[],
    failures: [] as Failure[],
    reports: [] as string[],
  };
  const end = (response: ServerResponse, status: number | undefined, body = '') => {
    response.writeHead(status ?? (body === '' ? 204 : 200)).end(body);
  };
  const server = createServer(async (request, response) => {
    counter.tokens.add(request.headers.authorization);
    const name = (request.url ?? '').split('/').at(3) ?? 'task';
    if (name === 'report') counter.reports.push(await text(request.pipe(createGunzip())));
    const body = name === 'report' ? '' : await text(request);
    if (name === 'progress') counter.progress.push(Progress.parse(JSON.parse(body)));
    if (name === 'failure') counter.failures.push(Failure.parse(JSON.parse(body)));
    if (name === 'task') end(response, statuses.task, JSON.stringify(task));
    else end(response, statuses[name as keyof Statuses]);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, ...counter };
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

function run(command: string, args: readonly string[], token: string | undefined): Running {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin?.on('error', () => {});
  if (token !== undefined) child.stdin?.write(`${token}\n`);
  const exit = once(child, 'exit');
  const stderr = child.stderr === null ? Promise.resolve('') : text(child.stderr);
  return { child, ended: exit.then(async ([code]) => ({ code, stderr: await stderr })) };
}

/** Starts a Job as the local launcher does, with the same confinement. */
function startJob(counter: TestCounter, task: Task, token: string | undefined = TOKEN): Running {
  const scratch = mkdtempSync(join(tmpdir(), 'tw-scratch-'));
  onTestFinished(() => rmSync(scratch, { recursive: true, force: true }));
  const { source } = task;
  const access = source.kind === 'registry'
    ? { endpoints: [new URL(source.origin).host] }
    : { endpoints: [], path: source.path };
  const [command, args] = confinedCommand(
    { task: task.id, coreUrl: counter.url, access },
    scratch,
    512,
  );
  return run(command, args, token);
}

describe('a Job', () => {
  it('ends with 0 once its report is taken', async () => {
    const task = taskOf(DIGEST, await layoutOf(IMAGE));
    const counter = await startCounter(task);
    expect(await startJob(counter, task).ended).toEqual({ code: EXIT_DONE, stderr: '' });
    expect(counter.tokens).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(counter.failures).toEqual([]);
    const [lines = ''] = counter.reports;
    const report = sorted(
      lines.trimEnd().split('\n').map((line) => ReportLine.parse(JSON.parse(line))),
    );
    expect(report.head.digest).toBe(DIGEST);
    expect(report.packages.map(({ name }) => name)).toEqual(['p']);
    expect(counter.progress.at(0)).toMatchObject({ phase: 'reading', totalLayers: 1 });
  });

  it('ends with 42 after it told core what is wrong with the image', async () => {
    const image = withConfig(IMAGE, (config) => ({
      ...config,
      rootfs: { type: 'layers', diff_ids: [digestOf(Buffer.from('another'))] },
    }));
    const task = taskOf(image.manifest.descriptor.digest, await layoutOf(image));
    const counter = await startCounter(task);
    expect(await startJob(counter, task).ended).toEqual({ code: EXIT_PERMANENT, stderr: '' });
    expect(counter.failures).toMatchObject([{ code: 'diff_id_mismatch', temporary: false }]);
    expect(counter.reports).toEqual([]);
  });

  it('ends with 75 after it told core that the registry is away', async () => {
    const registry = await startRegistry();
    registry.push('app', '1', IMAGE);
    const task = taskOf(DIGEST, {
      kind: 'registry',
      origin: registry.origin,
      repository: 'app',
      hosts: { '127.0.0.1': ['127.0.0.1'] },
      viaCore: false,
    });
    await registry.close();
    const counter = await startCounter(task);
    expect(await startJob(counter, task).ended).toEqual({ code: EXIT_TEMPORARY, stderr: '' });
    expect(counter.failures).toMatchObject([{ code: 'registry_unreachable', temporary: true }]);
  });

  it.each<[string, Statuses]>([
    ['its task', { task: 410 }],
    ['its progress', { progress: 410 }],
    ['its report', { report: 410 }],
    ['its failure', { report: 400, failure: 410 }],
  ])('ends with 43 when core says at %s that another has its place', async (_, statuses) => {
    const task = taskOf(DIGEST, await layoutOf(IMAGE));
    const counter = await startCounter(task, statuses);
    expect(await startJob(counter, task).ended).toEqual({ code: EXIT_SUPERSEDED, stderr: '' });
  });

  it('ends with 42 when core refuses its report, and its failure too', async () => {
    const task = taskOf(DIGEST, await layoutOf(IMAGE));
    const counter = await startCounter(task, { report: 400, failure: 400 });
    expect(await startJob(counter, task).ended).toEqual({ code: EXIT_PERMANENT, stderr: '' });
    expect(counter.failures).toMatchObject([{ code: 'task_refused', temporary: false }]);
  });

  it('ends when its standard input does, before a token and while it works', async () => {
    const task = taskOf(DIGEST, await layoutOf(IMAGE));
    const counter = await startCounter(task, { report: 503 });
    const early = startJob(counter, task, undefined);
    early.child.stdin?.end();
    const working = startJob(counter, task);
    await expect.poll(() => counter.reports.length, { timeout: 20_000 }).toBeGreaterThan(1);
    working.child.stdin?.end();
    expect((await early.ended).code).toBe(EXIT_TEMPORARY);
    expect((await working.ended).code).toBe(EXIT_TEMPORARY);
    expect(counter.failures).toEqual([]);
  });

  it.each<[string, readonly string[]]>([
    ['nothing', []],
    ['no task', ['--core', 'http://127.0.0.1:1']],
    ['no core', ['--task', 'a']],
    ['an unknown option', ['--core', 'http://127.0.0.1:1', '--task', 'a', '--fast']],
    ['a core that is no URL', ['--core', 'core', '--task', 'a']],
    ['a core that is a file', ['--core', 'file:///core', '--task', 'a']],
  ])('called with %s ends with 64 and its usage', async (_, args) => {
    const before = 'deno' in process.versions ? ['run', '-A', MAIN] : [MAIN];
    const { code, stderr } = await run(process.execPath, [...before, ...args], TOKEN).ended;
    expect(code).toBe(EXIT_USAGE);
    expect(stderr).toMatch(/^usage: main\.ts --core URL --task ID/);
  });
});
