/**
 * What a decision at the door costs, beside a handler on the same stack that only answers "allowed".
 *
 *     npm run bench:door
 *
 * Exits 1 if the door reaches less than 60 % of that handler's throughput, or its p99 at 500
 * questions a second is more than twice that handler's, whatever the questions.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { composeImage } from 'oci-client/compose';
import { freePort } from '../../core/cli/local-core.ts';
import { startTestCore, submitImage, untilAnalysed } from '../support/core.ts';
import { startRegistry } from '../support/registry.ts';
import { type Door, imageReview, latencies, throughput } from './load.ts';

const PAIRS = 5;
const SECONDS = 4;
const PER_SECOND = 500;
const DIFFERENT = 1000;
const LEAST_THROUGHPUT = 0.6;
const MOST_P99 = 2;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function startAllow(): Promise<{ url: string; child: ChildProcess }> {
  const port = await freePort();
  const file = fileURLToPath(new URL('allow.ts', import.meta.url));
  const args = 'deno' in process.versions ? ['run', '-A', file] : [file];
  const child = spawn(process.execPath, [...args, String(port)], { stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  for (let turn = 0; turn < 200; turn += 1) {
    if (await fetch(`${url}/ready`).then((answer) => answer.ok, () => false)) return { url, child };
    await sleep(50);
  }
  child.kill();
  throw new Error('The handler that only says "allowed" does not get ready.');
}

/** A median with those of two sides beside it. */
function row(name: string, pairs: readonly (readonly [number, number])[], digits: number): number {
  const ratio = median(pairs.map(([own, other]) => own / other));
  const columns = ([0, 1] as const).map((side) => median(pairs.map((pair) => pair[side])));
  console.log(
    `| ${name} | ${columns.map((value) => value.toFixed(digits)).join(' | ')} | ${
      ratio.toFixed(2)
    } |`,
  );
  return ratio;
}

/** Seconds that a process has kept a processor busy so far; nothing where the system does not tell. */
function cpuSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc_pid_stat(5): fields 14 and 15, in ticks of 10 ms; the name before them may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

/** Answers a second, and microseconds of a processor for each. */
async function load(side: Side): Promise<{ rate: number; cost: number }> {
  const before = cpuSeconds(side.pid);
  const rate = await throughput(side, SECONDS);
  return { rate, cost: (cpuSeconds(side.pid) - before) * 1e6 / (rate * SECONDS) };
}

interface Side extends Door {
  readonly pid: number;
}

/** Both sides in turn, several times. */
async function inTurn<T>(sides: readonly [Side, Side], measure: (side: Side) => Promise<T>) {
  const pairs: [T, T][] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    pairs.push([await measure(sides[0]), await measure(sides[1])]);
  }
  return pairs;
}

function at(times: readonly number[], share: number): number {
  return times[Math.floor(times.length * share)] ?? Number.NaN;
}

/** A pod as a controller makes it, which is like no other. */
function admissionReview(image: string, count: number): string {
  const name = `web-6d5f8c9b7c-${count.toString(36)}`;
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: `705ab4f5-6393-11e8-b7cc-${count.toString(16).padStart(12, '0')}`,
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      name,
      namespace: 'default',
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        groups: ['system:serviceaccounts', 'system:authenticated'],
      },
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, generateName: 'web-6d5f8c9b7c-', labels: { app: 'web' } },
        spec: {
          containers: [{
            name: 'web',
            image,
            env: Array.from({ length: 10 }, (_, index) => ({ name: `NAME_${index}`, value: 'x' })),
            resources: { requests: { cpu: '100m', memory: '128Mi' } },
            volumeMounts: [{ name: 'token', mountPath: '/var/run/secrets', readOnly: true }],
          }],
          restartPolicy: 'Always',
          serviceAccountName: 'default',
          tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
        },
      },
      oldObject: null,
      dryRun: false,
    },
  });
}

const registry = await startRegistry();
const core = await startTestCore({
  embedded: true,
  environment: { TIDEWAITER_LOG_LEVEL: 'warn' },
});
const allow = await startAllow();
try {
  const layers = [[{ path: 'content', content: 'good' }]];
  registry.push('good', '1', composeImage({ layers }));
  const image = `${registry.host}/good:1`;
  await untilAnalysed(core, (await submitImage(core, image)).imageDigest);
  // Made before: the load shares the machine with what it loads.
  const made = (of: (count: number) => string) =>
    Array.from({ length: DIFFERENT }, (_, at) => of(at));
  const questions: [string, Omit<Door, 'url'>][] = [
    ['one ImageReview again and again', {
      path: '/imagepolicy',
      bodies: [imageReview(image, 'default')],
    }],
    [`ImageReviews of ${DIFFERENT} namespaces in turn`, {
      path: '/imagepolicy',
      bodies: made((count) => imageReview(image, `namespace-${count}`)),
    }],
    [`AdmissionReviews of ${DIFFERENT} pods in turn`, {
      path: '/admission',
      bodies: made((count) => admissionReview(image, count)),
    }],
  ];
  console.log('|  | door | only "allowed" | ratio |');
  console.log('| --- | ---: | ---: | ---: |');
  for (const [name, question] of questions) {
    const sides = [
      { url: core.url, pid: core.pid(), ...question },
      { url: allow.url, pid: allow.child.pid ?? 0, ...question },
    ] as const;
    // The runtime compiles what it runs often: neither is measured cold.
    for (const side of sides) await throughput(side, SECONDS);
    const loads = await inTurn(sides, load);
    const both = (of: 'rate' | 'cost') =>
      loads.map(([own, other]) => [own[of], other[of]] as const);
    const reached = row(`${name}: answers a second`, both('rate'), 0);
    row('processor, µs an answer', both('cost'), 0);
    const times = await inTurn(sides, (side) => latencies(side, PER_SECOND, SECONDS));
    const of = (share: number) =>
      times.map(([own, other]) => [at(own, share), at(other, share)] as const);
    row(`p50 at ${PER_SECOND}/s, ms`, of(0.5), 2);
    const p99 = row(`p99 at ${PER_SECOND}/s, ms`, of(0.99), 2);
    if (reached < LEAST_THROUGHPUT || p99 > MOST_P99) process.exitCode = 1;
  }
} finally {
  const ended = once(allow.child, 'exit');
  process.kill(allow.child.pid ?? 0, 'SIGTERM');
  await ended;
  await core.stop();
  await registry.close();
}
process.exit();
