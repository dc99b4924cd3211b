/**
 * What the runtime lets an analysis do, as process and in a pod: the registry, core, and its
 * scratch folder.
 *
 * @module
 */
import type { Run } from './types.ts';

export interface Permissions {
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Memory of the analysis in MiB; the heap gets three quarters of it. */
  readonly memoryMb: number;
}

/** Flags of the JavaScript engine. Bounds the heap, not the whole process. */
export function engineFlags(memoryMb: number): string[] {
  return [
    `--max-old-space-size=${Math.max(64, Math.floor(memoryMb * 0.75))}`,
    // Young objects die at once here: a small nursery saves a quarter of the memory and no time.
    '--max-semi-space-size=2',
  ];
}

/** A path in a list of the runtime: a comma in its name would begin another one. */
function listed(paths: readonly string[]): string {
  return paths.map((path) => path.replaceAll(',', ',,')).join(',');
}

/** Arguments of Deno before the program's name. */
export function confinement(
  { coreUrl, access }: Pick<Run, 'coreUrl' | 'access'>,
  { read, write, memoryMb }: Permissions,
): string[] {
  const core = new URL(coreUrl);
  const port = core.port || (core.protocol === 'https:' ? '443' : '80');
  const hosts = new Set([`${core.hostname}:${port}`, ...access.endpoints]);
  return [
    'run',
    '--no-prompt',
    '--no-remote',
    '--cached-only',
    '--ignore-env',
    `--allow-net=${[...hosts].join(',')}`,
    `--allow-read=${listed(read)}`,
    `--allow-write=${listed(write)}`,
    `--v8-flags=${engineFlags(memoryMb).join(',')}`,
  ];
}
