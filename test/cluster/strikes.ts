/**
 * Ways to disturb a cluster: its pods, its processes on this machine, its nodes' network. Processes
 * are found by what they run below a node and signalled by id.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { kubectl, list, STATE } from './cluster.ts';

/** Process ids of this machine by their command line. */
function processes(): { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return [{ pid: Number(name), command }];
    } catch {
      return [];
    }
  });
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]);
  } catch {
    return 0;
  }
}

/** Process of a part of the cluster that runs on this machine: `kube-apiserver`, `node-1`. */
export function partPid(part: string): number {
  return Number(readFileSync(join(STATE, `run/${part}.pid`), 'utf8').split(' ')[0]);
}

function isBelow(pid: number, ancestor: number): boolean {
  for (let at = pid; at > 1; at = parentOf(at)) if (at === ancestor) return true;
  return false;
}

/** Processes of this cluster's nodes whose command line holds a text. */
function podProcesses(text: string): number[] {
  const nodes = readdirSync(join(STATE, 'run')).filter((name) => /^node-\d+\.pid$/.test(name))
    .map((name) => partPid(name.replace('.pid', '')));
  return processes().filter(({ command }) => command.includes(text))
    .map(({ pid }) => pid)
    .filter((pid) => nodes.some((node) => isBelow(pid, node)));
}

/** Sends a signal to processes of pods; how many there were. */
export function signalPods(text: string, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): number {
  const found = podProcesses(text);
  for (const pid of found) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has just ended by itself.
    }
  }
  return found.length;
}

/** Deletes pods as if their host had lost them. */
export function killPods(selector: string): void {
  kubectl('delete', 'pod', '-l', selector, '--force', '--grace-period=0', '--wait=false');
}

/** Cuts a node off from everything, or lets it come back. */
export function setNetwork(node: string, state: 'up' | 'down'): void {
  const bridge = readFileSync(join(STATE, 'conf/bridge'), 'utf8').trim();
  const link = `${bridge}-${node.replace('node-', '')}`;
  execFileSync('ip', ['link', 'set', link, state]);
}

/** Folder on this machine of a pod's scratch volume. */
export function scratchOf(node: string, podUid: string): string {
  const kubelet = join(STATE, 'nodes', node.replace('node-', ''), 'lib/kubelet/pods', podUid);
  return join(kubelet, 'volumes/kubernetes.io~empty-dir/scratch');
}

/** Pods of analyses of an image that are not over. */
export function livePods(digest: string): ReturnType<typeof list> {
  return list('pods', `tidewaiter.dev/digest=${digest.slice(7, 39)}`)
    .filter(({ status }) => ['Pending', 'Running'].includes(status.phase ?? ''));
}
