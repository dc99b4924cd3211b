/**
 * A Kubernetes with two real nodes and enforced network policies, with the product's own images in
 * its registry and its manifests applied: once for a run of the cluster suites.
 *
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { writeOverlay } from './overlay.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterAddress;
  }
}

/** How the suites reach the cluster. */
export interface ClusterAddress {
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** Address of this machine as pods and nodes see it. */
  readonly host: string;
  /** Registry that the nodes pull from: `host:port`. */
  readonly registry: string;
  /** Port on `host` of the suites' own registry. */
  readonly testRegistryPort: number;
  /** Folder of the cluster's own files and logs. */
  readonly state: string;
  /** Folder for files of this run. */
  readonly folder: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Of the API server; clusters run side by side with ports that are apart by ten. */
const PORT = process.env['TIDEWAITER_TEST_CLUSTER_PORT'] ?? '6543';
const NODES = 2;

function run(command: string, args: readonly string[], options: { cwd?: string } = {}): string {
  const done = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  if (done.status === 0) return done.stdout;
  throw new Error(`${command} ${args.join(' ')} failed: ${done.stderr.slice(-3000)}`);
}

/** Values of a file of `NAME=value` or `export NAME=value` lines. */
function readEnvironment(file: string): ReadonlyMap<string, string> {
  const text = execFileSync('bash', ['-c', `. "${file}" && env`], { encoding: 'utf8' });
  return new Map(
    text.split('\n').map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

/** Vitest's global setup. */
export default function setup(project: TestProject): () => void {
  const shared = process.env['TIDEWAITER_SHARED'];
  if (shared === undefined) {
    throw new Error('Set TIDEWAITER_SHARED to the folder that holds cluster/.');
  }
  const tools = join(shared, 'cluster');
  const folder = mkdtempSync(join(tmpdir(), 'tw-cluster-'));
  const state = join(folder, 'state');
  mkdirSync(state);
  run(join(tools, 'up'), [
    state,
    '--nodes',
    String(NODES),
    '--policies',
    '--registry',
    '--port',
    PORT,
  ]);
  const stop = () => {
    run(join(tools, 'down'), [state]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const environment = readEnvironment(join(state, 'env'));
    const registry = environment.get('REGISTRY') ?? '';
    const kubeconfig = join(state, 'kubeconfig');
    const path = environment.get('PATH') ?? '';
    const kubectl = run('bash', ['-c', `PATH="${path}" command -v kubectl`]).trim();
    const images = ['run', '-s', 'images', '--', '--push', `${registry}/tidewaiter`];
    const only = ['--plain-http', '--platform', 'linux/amd64', '--tag', 'test'];
    run('npm', [...images, ...only, '--out', join(folder, 'images')], { cwd: ROOT });
    const address = {
      kubeconfig,
      kubectl,
      host: environment.get('HOST') ?? '',
      registry,
      testRegistryPort: 20_000 + Number(PORT),
      state,
      folder,
    };
    const plain = writeOverlay(address, { overlay: 'postgres' });
    const cluster = (...args: string[]) => run(kubectl, [`--kubeconfig=${kubeconfig}`, ...args]);
    cluster('label', 'node', 'node-1', 'node-2', 'tidewaiter.dev/analyzer=true');
    const applied = cluster('apply', '-k', plain);
    if (!applied.includes('deployment.apps/tidewaiter-core')) throw new Error(applied);
    cluster('-n', 'tidewaiter', 'rollout', 'status', 'deploy/tidewaiter-core', '--timeout=180s');
    project.provide('cluster', address);
  } catch (error) {
    const log = join(state, 'log/kubelet-1.log');
    console.error(
      spawnSync('tail', ['-5', log]).stdout.toString(),
      readFileSync(join(state, 'env'), 'utf8'),
    );
    stop();
    throw error;
  }
  return stop;
}
