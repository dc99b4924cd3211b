/**
 * The cluster's API server with other flags: ended and started again on the same state, as a static
 * pod's kubelet does when its file has changed.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { kubectl, pause, STATE } from './cluster.ts';
import { partPid } from './strikes.ts';

const PART = 'kube-apiserver';
const READY_MS = 60_000;

function isAlive(pid: number): boolean {
  try {
    // The third field: a zombie has ended.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

/** Number of the process and when it began, as the cluster's own scripts write it. */
function identity(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return `${pid} ${stat.slice(stat.lastIndexOf(')') + 4).split(' ')[18]}\n`;
}

let plain: string[] | undefined;

/** Starts the API server anew with flags beside its own, and waits until it is ready. */
export async function restartApiServer(flags: readonly string[] = []): Promise<void> {
  const pid = partPid(PART);
  plain ??= readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter((arg) => arg !== '');
  process.kill(pid, 'SIGTERM');
  // It says goodbye at once, and then waits for watches to end that never do. The longer it is away,
  // the longer the controllers wait before they look again: a minute after 20 seconds.
  for (const end = Date.now() + 5000; isAlive(pid) && Date.now() < end;) await pause(100);
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  const [command = '', ...own] = plain;
  const log = openSync(join(STATE, `log/${PART}.log`), 'a');
  const child = spawn(command, [...own, ...flags], { detached: true, stdio: ['ignore', log, log] });
  child.unref();
  const started = child.pid ?? 0;
  writeFileSync(join(STATE, `run/${PART}.pid`), identity(started));
  for (const end = Date.now() + READY_MS;;) {
    try {
      kubectl('get', '--raw', '/readyz');
      return;
    } catch (error) {
      if (Date.now() > end || !isAlive(started)) throw error;
      await pause(300);
    }
  }
}

/** Flags with which an API server uses the files of a folder. */
export function admissionFlags(folder: string): string[] {
  return [
    '--enable-admission-plugins=ImagePolicyWebhook',
    `--admission-control-config-file=${join(folder, 'admission.yaml')}`,
  ];
}
