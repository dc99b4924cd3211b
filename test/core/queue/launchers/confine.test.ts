import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { confinedCommand, confinesHosts } from '../../../../core/queue/launchers/confine.ts';
import type { Run } from '../../../../core/queue/launchers/types.ts';

/** What the second thread of an analysis is loaded from. */
const LAYERS = fileURLToPath(new URL('../../../../jobs/layers', import.meta.url));

/** Tries each thing an attacker in the parser would try; prints what came of it. */
const HOSTILE = `
import process from 'node:process';
import * as fs from 'node:fs';
import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { userInfo } from 'node:os';
const input = JSON.parse(fs.readFileSync(join(process.argv.at(-1), 'input.json'), 'utf8'));
const { scratch, folder, outside, core, registry, elsewhere } = input;
const reach = (port, host = '127.0.0.1') => new Promise((done, fail) => {
  const socket = connect(port, host, () => { socket.destroy(); done('connected'); });
  socket.on('error', fail);
});
const attempts = {
  readPasswd: () => fs.readFileSync('/etc/passwd', 'utf8').length,
  listRoot: () => fs.readdirSync('/'),
  readOutside: () => fs.readFileSync(join(outside, 'secret'), 'utf8'),
  readPart: () => fs.readFileSync(join(input.part, 'secret'), 'utf8'),
  readProcess: () => fs.readFileSync('/proc/self/environ', 'utf8'),
  readByDots: () => fs.readFileSync(scratch + '/../' + input.outsideName + '/secret', 'utf8'),
  readByLink: () => {
    fs.symlinkSync(join(outside, 'secret'), join(scratch, 'link'));
    return fs.readFileSync(join(scratch, 'link'), 'utf8');
  },
  environment: () => process.env.SECRET ?? Object.values(process.env).find((value) => value === 'hidden') ?? fail(),
  writeOutside: () => fs.writeFileSync(join(outside, 'written'), 'x'),
  writeFolder: () => fs.writeFileSync(join(folder, 'written'), 'x'),
  removeOutside: () => fs.rmSync(join(outside, 'secret')),
  spawn: () => spawnSync('/bin/sh', ['-c', 'echo hi']).stdout?.toString() || fail(),
  user: () => userInfo().username,
  kill: () => process.kill(process.ppid, 0),
  changeUser: () => process.setuid(1),
  importRemote: () => import('http://127.0.0.1:' + elsewhere + '/x.ts'),
  importFile: () => import(['/etc', 'passwd'].join('/')),
  connectElsewhere: () => reach(elsewhere),
  connectByName: () => reach(elsewhere, 'localhost'),
  connectOtherAddress: () => reach(registry, '127.0.0.2'),
  fetchElsewhere: async () => (await fetch('http://127.0.0.1:' + elsewhere)).status,
  listen: () => Deno.listen({ hostname: '127.0.0.1', port: 0 }),
  loadLibrary: () => Deno.dlopen('libc.so.6', {}),
  askForMore: async () => (await Deno.permissions.request({ name: 'run' })).state === 'granted' || fail(),
  okReadScratch: () => fs.readFileSync(join(scratch, 'input.json'), 'utf8').length,
  okReadFolder: () => fs.readFileSync(join(folder, 'index.json'), 'utf8'),
  okWriteScratch: () => fs.writeFileSync(join(scratch, 'own'), 'x'),
  okCore: () => reach(core),
  okRegistry: () => reach(registry),
};
function fail() { throw new Error('refused'); }
const results = {};
for (const [name, attempt] of Object.entries(attempts)) {
  try { await attempt(); results[name] = 'done'; } catch { results[name] = 'refused'; }
}
console.log(JSON.stringify(results));
process.exit(0);
`;

const servers: Server[] = [];
let root: string;

async function listen(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {}).end());
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tw-confine-'));
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(root, { recursive: true });
});

/** What a command line is made from. */
type Confined = Pick<Run, 'task' | 'coreUrl' | 'access'>;

function runOf(coreUrl: string, changes: Partial<Run['access']> = {}): Confined {
  return {
    task: `${'a'.repeat(32)}-1`,
    coreUrl,
    access: { endpoints: [], ...changes },
  };
}

function folderOf(name: string): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'secret'), 'secret');
  return folder;
}

/** What the hostile program could do in place of an analysis with the same flags. */
async function attack(scratchName: string, folderName: string): Promise<Record<string, string>> {
  const [core, registry, elsewhere] = [await listen(), await listen(), await listen()];
  const outside = folderOf('outside');
  const part = folderOf(`part-${scratchName}`);
  const scratch = folderOf(scratchName);
  const folder = folderOf(folderName);
  writeFileSync(join(folder, 'index.json'), '{}');
  const input = {
    scratch,
    folder,
    outside,
    outsideName: 'outside',
    part,
    core,
    registry,
    elsewhere,
  };
  writeFileSync(join(scratch, 'input.json'), JSON.stringify(input));
  const program = join(root, 'hostile.mjs');
  writeFileSync(program, HOSTILE);
  const [command, args] = confinedCommand(
    runOf(`http://127.0.0.1:${core}`, { endpoints: [`127.0.0.1:${registry}`], path: folder }),
    scratch,
    512,
  );
  const own = args.findIndex((arg) => arg.endsWith('jobs/main.ts'));
  const child = spawn(command, args.with(own, program), {
    cwd: scratch,
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', SECRET: 'hidden' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => output += chunk.toString());
  child.stderr.on('data', (chunk: Buffer) => errors += chunk.toString());
  await once(child, 'close');
  if (output === '') throw new Error(errors);
  return JSON.parse(output) as Record<string, string>;
}

describe.runIf(confinesHosts)('a hostile program in place of an analysis', () => {
  it.each([
    ['usual folders', 'scratch', 'layout'],
    ['commas in the names of its folders', 'scratch,x', 'layout,/x'],
  ])('can do its work and nothing else, with %s', async (_, scratch, folder) => {
    const results = await attack(scratch, folder);
    const wrong = Object.entries(results)
      .filter(([name, result]) => (result === 'done') !== name.startsWith('ok'));
    expect(wrong).toEqual([]);
    expect(Object.keys(results).length).toBeGreaterThan(20);
    expect(existsSync(join(root, 'outside/written'))).toBe(false);
    expect(readFileSync(join(root, 'outside/secret'), 'utf8')).toBe('secret');
  });

  it('is not let into a folder that stands behind a comma in the name of another', async () => {
    // As a list, "…/layout-a,<outside>" would name the outside folder too.
    const outside = join(root, 'outside');
    const results = await attack('scratch-b', `layout-a,${outside}`);
    expect(results).toMatchObject({ readOutside: 'refused', okReadFolder: 'done' });
  });
});

describe('confinedCommand', () => {
  it.each(['/images', '/images/one.tar'])('lets %s be read, and nothing beside it', (path) => {
    const [, args] = confinedCommand(runOf('http://127.0.0.1:8228', { path }), '/scratch', 512);
    const read = args.filter((arg) => /^--allow-(?:fs-)?read=/.test(arg)).join(',');
    expect(read.replace(/--allow-(?:fs-)?read=/g, '').split(',').slice(-3))
      .toEqual(['/scratch', LAYERS, path]);
    expect(args.filter((arg) => arg.includes('write') && arg.includes(path))).toEqual([]);
  });

  it('shows the token to nobody: it is no argument', () => {
    const [, args] = confinedCommand(runOf('http://127.0.0.1:8228'), '/scratch', 512);
    expect(args.join(' ')).not.toContain('the-token');
  });

  it.runIf(confinesHosts).each([
    ['http://127.0.0.1:8228', [], '127.0.0.1:8228'],
    ['https://core.example', [], 'core.example:443'],
    ['http://core.example', [], 'core.example:80'],
    ['http://[::1]:8228', ['[fd00::1]:443'], '[::1]:8228,[fd00::1]:443'],
    ['http://127.0.0.1:1', ['10.0.0.1:443', '10.0.0.1:443'], '127.0.0.1:1,10.0.0.1:443'],
  ])('of core %s with %j allows exactly %s', (coreUrl, endpoints, hosts) => {
    const [, args] = confinedCommand(runOf(coreUrl, { endpoints }), '/scratch', 512);
    expect(args.filter((arg) => arg.startsWith('--allow')))
      .toEqual([
        `--allow-net=${hosts}`,
        `--allow-read=/scratch,${LAYERS}`,
        '--allow-write=/scratch',
      ]);
    expect(args).toContain('--no-prompt');
    expect(args.find((arg) => arg.startsWith('--v8-flags='))).toMatch(/=384(,|$)/);
  });
});
