/**
 * What a decision at the door costs, beside a handler on the same stack that only answers "allowed".
 *
 *     npm run bench:door
 *
 * Exits 1 if the door reaches less than 60 % of that handler's throughput, or its p99 at 500
 * questions a second is more than twice that handler's.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { composeImage } from 'oci-client/compose';
import { freePort } from '../../core/cli/local-core.ts';
import { startTestCore, submitImage, untilAnalysed } from '../support/core.ts';
import { startRegistry } from '../support/registry.ts';
import { type Door, latencies, throughput } from './load.ts';

const PAIRS = 5;
const SECONDS = 4;
const PER_SECOND = 500;
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
    if (await fetch(`${url}/ready`).then((answer) => answer.ok, () => false)) break;
    await sleep(50);
  }
  return { url, child };
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
  const body = JSON.stringify({
    apiVersion: 'imagepolicy.k8s.io/v1alpha1',
    kind: 'ImageReview',
    metadata: { creationTimestamp: null },
    spec: { containers: [{ image }], namespace: 'default' },
    status: { allowed: false },
  });
  const door: Door = { url: core.url, body };
  const trivial: Door = { url: allow.url, body };
  // The runtime compiles what it runs often: neither is measured cold.
  for (const each of [door, trivial]) await throughput(each, SECONDS);

  const pairs: [number, number][] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    pairs.push([await throughput(door, SECONDS), await throughput(trivial, SECONDS)]);
  }
  const ratio = median(pairs.map(([own, other]) => own / other));
  const p99s: [number, number][] = [];
  const p50s: [number, number][] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const [own, other] = [
      await latencies(door, PER_SECOND, SECONDS),
      await latencies(trivial, PER_SECOND, SECONDS),
    ];
    const at = (times: readonly number[], share: number) =>
      times[Math.floor(times.length * share)] ?? Number.NaN;
    p99s.push([at(own, 0.99), at(other, 0.99)]);
    p50s.push([at(own, 0.5), at(other, 0.5)]);
  }
  const p99 = median(p99s.map(([own, other]) => own / other));
  const p50 = median(p50s.map(([own, other]) => own / other));
  const column = (values: readonly [number, number][], index: 0 | 1, digits: number) =>
    median(values.map((value) => value[index])).toFixed(digits);
  console.log('|  | door | only "allowed" | ratio |');
  console.log('| --- | ---: | ---: | ---: |');
  console.log(
    `| answers a second | ${column(pairs, 0, 0)} | ${column(pairs, 1, 0)} | ${ratio.toFixed(2)} |`,
  );
  for (const [name, values, of] of [['p50', p50s, p50], ['p99', p99s, p99]] as const) {
    console.log(
      `| ${name} at ${PER_SECOND}/s, ms | ${column(values, 0, 2)} | ${column(values, 1, 2)} | ${
        of.toFixed(2)
      } |`,
    );
  }
  if (ratio < LEAST_THROUGHPUT || p99 > MOST_P99) process.exitCode = 1;
} finally {
  const ended = once(allow.child, 'exit');
  process.kill(allow.child.pid ?? 0, 'SIGTERM');
  await ended;
  await core.stop();
  await registry.close();
}
process.exit();
