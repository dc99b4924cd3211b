/**
 * The command line of an analysis that may do nothing but its work: the runtime's own permissions
 * allow the registry, core, and its scratch folder.
 *
 * @module
 */
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { confinement, engineFlags } from './permissions.ts';
import type { Run } from './types.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const PROGRAM = join(ROOT, 'jobs/main.ts');
/** The sources of the analysis's second thread, which the runtime asks a permission for. */
const LAYERS = join(ROOT, 'jobs/layers');

/** Whether this process runs on the runtime that can confine a child to named hosts. */
export const confinesHosts = 'deno' in process.versions;

/** Command and arguments that run one analysis. `memoryMb` bounds the heap, not the whole process. */
export function confinedCommand(
  run: Pick<Run, 'task' | 'coreUrl' | 'access'>,
  scratch: string,
  memoryMb: number,
): readonly [string, string[]] {
  const task = ['--core', run.coreUrl, '--task', run.task, '--scratch', scratch];
  const readable = [scratch, LAYERS, ...(run.access.path === undefined ? [] : [run.access.path])];
  if (!confinesHosts) {
    // Node can only shut the network off as a whole, so hosts are not confined here.
    const read = [ROOT, ...readable].map((path) => `--allow-fs-read=${path}`);
    const network = process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : [];
    return [process.execPath, [
      // Its last words are shown when it crashes: they should not be about the runtime.
      '--no-warnings',
      '--permission',
      '--allow-worker',
      ...network,
      ...read,
      `--allow-fs-write=${scratch}`,
      ...engineFlags(memoryMb),
      PROGRAM,
      ...task,
    ]];
  }
  return [process.execPath, [
    ...confinement(run, { read: readable, write: [scratch], memoryMb }),
    PROGRAM,
    ...task,
  ]];
}
