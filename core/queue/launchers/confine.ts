/**
 * The command line of an analysis that may do nothing but its work: the runtime's own permissions
 * allow the registry, core, and its scratch folder.
 *
 * @module
 */
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Run } from './types.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const PROGRAM = join(ROOT, 'jobs/main.ts');

/** Whether this process runs on the runtime that can confine a child to named hosts. */
export const confinesHosts = 'deno' in process.versions;

/** A folder in a list of the runtime: a comma in its name would begin another one. */
function listed(folder: string): string {
  return folder.replaceAll(',', ',,');
}

/** Command and arguments that run one analysis. `memoryMb` bounds the heap, not the whole process. */
export function confinedCommand(
  run: Pick<Run, 'task' | 'coreUrl' | 'access'>,
  scratch: string,
  memoryMb: number,
): readonly [string, string[]] {
  const task = ['--core', run.coreUrl, '--task', run.task, '--scratch', scratch];
  const folders = [scratch, ...(run.access.folder === undefined ? [] : [run.access.folder])];
  const heap = `--max-old-space-size=${Math.max(64, Math.floor(memoryMb * 0.75))}`;
  // Young objects die at once here: a small nursery saves a quarter of the memory and no time.
  const nursery = '--max-semi-space-size=2';
  if (!confinesHosts) {
    // Node can only shut the network off as a whole, so hosts are not confined here.
    const read = [ROOT, ...folders].map((folder) => `--allow-fs-read=${folder}`);
    const network = process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : [];
    return [process.execPath, [
      // Its last words are shown when it crashes: they should not be about the runtime.
      '--no-warnings',
      '--permission',
      ...network,
      ...read,
      `--allow-fs-write=${scratch}`,
      heap,
      nursery,
      PROGRAM,
      ...task,
    ]];
  }
  const core = new URL(run.coreUrl);
  const port = core.port || (core.protocol === 'https:' ? '443' : '80');
  const hosts = [`${core.hostname}:${port}`, ...run.access.endpoints];
  return [process.execPath, [
    'run',
    '--no-prompt',
    '--no-remote',
    '--cached-only',
    '--ignore-env',
    `--allow-net=${[...new Set(hosts)].join(',')}`,
    `--allow-read=${folders.map(listed).join(',')}`,
    `--allow-write=${listed(scratch)}`,
    `--v8-flags=${heap},${nursery}`,
    PROGRAM,
    ...task,
  ]];
}
