/**
 * Runs a part of Tidewaiter on the runtime the lock file pins, whatever Node the user has.
 *
 *     node core/start.mjs FILE.ts [arguments]     a program
 *     node core/start.mjs npm:PACKAGE [arguments] a package's command
 *     node core/start.mjs deno [arguments]        the runtime itself
 *
 * `TIDEWAITER_RUNTIME=node` runs the same tree on the Node that runs this file (24 or newer).
 * Plain JavaScript, because it must start on every Node a user may have.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';

const require = createRequire(import.meta.url);
const [target, ...rest] = process.argv.slice(2);

/** The pinned runtime's binary, also where install scripts were blocked; undefined if it cannot run here. */
function pinnedRuntime() {
  const platform = `${process.platform}-${process.arch}${
    process.platform === 'linux' ? '-glibc' : ''
  }`;
  const file = process.platform === 'win32' ? 'deno.exe' : 'deno';
  for (const name of [`@deno/${platform}`, 'deno']) {
    try {
      const binary = join(dirname(require.resolve(`${name}/package.json`)), file);
      if (existsSync(binary) && spawnSync(binary, ['-v'], { stdio: 'ignore' }).status === 0) {
        return binary;
      }
    } catch {
      // This package is not installed: the next one may be.
    }
  }
  return undefined;
}

/** Node strips types without a flag from 22.18 on; the tests run on 24 and newer. */
function nodeStripsTypes() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

function commandOf() {
  const binary = process.env.TIDEWAITER_RUNTIME === 'node' ? undefined : pinnedRuntime();
  if (binary !== undefined) {
    return [binary, target === 'deno' ? rest : ['run', '-A', target, ...rest]];
  }
  if (target === 'deno' || !nodeStripsTypes()) return undefined;
  if (!target.startsWith('npm:')) return [process.execPath, [target, ...rest]];
  const name = target.slice('npm:'.length);
  const manifest = require.resolve(`${name}/package.json`);
  const { bin } = require(manifest);
  return [process.execPath, [join(dirname(manifest), bin[name] ?? bin), ...rest]];
}

function run(binary, args) {
  if (process.platform !== 'win32' && typeof process.execve === 'function') {
    process.execve(binary, [binary, ...args], process.env);
  }
  const child = spawn(binary, args, { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
    process.on(signal, () => {
      // A terminal sends SIGINT to the whole group: the child has it already.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    console.error(`Tidewaiter cannot start ${binary}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 0));
  });
}

const command = target === undefined ? undefined : commandOf();
if (command === undefined) {
  console.error(
    target === undefined
      ? 'usage: node core/start.mjs FILE.ts | npm:PACKAGE | deno [arguments]'
      : 'Tidewaiter finds no runtime here: run "npm ci" first; where its pinned runtime has no build for this machine, use Node 24 or newer.',
  );
  process.exit(1);
} else {
  run(command[0], command[1]);
}
