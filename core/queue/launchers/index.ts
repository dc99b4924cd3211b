/**
 * The launchers: which one runs analyses is a setting.
 *
 * @module
 */
import type { Kubernetes } from '../../cluster/kubernetes.ts';
import type { Config } from '../../config/load.ts';
import type { Log } from '../../log.ts';
import { createKubernetesLauncher } from './kubernetes.ts';
import { createLocalLauncher } from './local.ts';
import type { Launcher } from './types.ts';

/** Makes the launcher that the settings name. `scratchDir` is for analyses on this machine. */
export function createLauncher(
  config: Config,
  scratchDir: string,
  kubernetes: Kubernetes | undefined,
  log: Log,
): Launcher {
  const common = {
    analyses: config.analyses,
    memoryMb: config.analysis_memory_mb,
    deadlineSeconds: config.analysis_deadline_seconds,
  };
  if (kubernetes === undefined) return createLocalLauncher({ ...common, scratchDir }, log);
  return createKubernetesLauncher(kubernetes, {
    ...common,
    namespace: kubernetes.namespace,
    placement: config.job_placement,
    ttlSeconds: config.job_ttl_seconds,
    failedTtlSeconds: config.job_failed_ttl_seconds,
    priorityClass: config.job_priority_class,
    mostMemoryMb: config.job_most_memory_mb,
  }, log);
}
