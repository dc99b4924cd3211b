/**
 * Hands images to the launcher while there is room, and hears how their runs end.
 *
 * @module
 */
import { OciError } from 'oci-client';
import type { Failure } from '../../jobs/contract/index.ts';
import type { Config } from '../config/load.ts';
import { codeOf, messageOf } from '../errors.ts';
import {
  countRunning,
  failAttempt,
  isAnalyzedBy,
  releaseAttempt,
  wake,
} from '../queue/analyses.ts';
import { type Lease, lease, type RegistryLimits } from '../queue/lease.ts';
import {
  type Ending,
  LaunchPostponed,
  type Outcome,
  type RunIdentity,
} from '../queue/launchers/types.ts';
import type { Coordinator } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

/** Until an image is tried again that the launcher could not take. */
const POSTPONED_SECONDS = 5;

/** A run that says it is done but whose report never came. */
const NO_REPORT: Failure = {
  code: 'analysis_without_report',
  message: 'The analysis ended without a report.',
  temporary: true,
};

/** Notes the end of a run; what became of it, in one word and a sentence. */
async function noteEnd(
  { sql, log, config }: CoordinatorServices,
  run: RunIdentity,
  ending: Ending,
): Promise<Outcome> {
  const { task, digest, attempt, reference } = run;
  if (ending.kind === 'superseded') {
    return { task, code: 'superseded', message: 'Another attempt took its place.' };
  }
  if (ending.kind === 'stopped') {
    await releaseAttempt(sql, digest, attempt);
    return { task, code: 'stopped', message: 'It was stopped by core; the image waits again.' };
  }
  const failure = ending.kind === 'done' ? NO_REPORT : ending.failure;
  const end = await failAttempt(sql, digest, attempt, failure, config.analysis_attempts);
  if (end !== 'superseded') {
    log.warn('an analysis ended badly', { image: reference, end, ...failure });
    await wake(sql);
  } else if (await isAnalyzedBy(sql, digest, attempt)) {
    // Its report has ended the attempt already, whatever became of its process afterwards.
    return { task, code: 'analyzed', message: `${reference} is analysed.` };
  }
  return { task, code: failure.code, message: failure.message };
}

async function ended(
  services: CoordinatorServices,
  run: RunIdentity,
  ending: Ending,
): Promise<boolean> {
  const { launcher, log } = services;
  try {
    const outcome = await noteEnd(services, run, ending);
    await launcher.tell?.(outcome);
    return true;
  } catch (error) {
    // The lease ends by itself, and the reconciler puts the image back.
    log.warn('the end of an analysis could not be noted', { error: messageOf(error) });
    return false;
  }
}

async function launch(
  services: CoordinatorServices,
  run: Lease,
  signal: AbortSignal,
): Promise<void> {
  const { sql, registries, launcher, launching, coreUrl, config } = services;
  try {
    const { stored, access } = await registries.access(run);
    await sql`
      update analyses set access = ${sql.json(stored)}
      where digest = ${run.digest} and attempt = ${run.attempt}`;
    // Another leader has it, or none: what is launched now nobody would look after.
    if (signal.aborted) return await releaseAttempt(sql, run.digest, run.attempt);
    await launcher.launch(
      { ...run, coreUrl, access },
      (ending) => ended(services, run, ending),
    );
  } catch (error) {
    if (error instanceof LaunchPostponed) {
      services.log.warn('an analysis is postponed', { image: run.reference, why: error.message });
      return await releaseAttempt(sql, run.digest, run.attempt, POSTPONED_SECONDS);
    }
    const failure: Failure = {
      code: codeOf(error, 'launch_failed'),
      message: messageOf(error).slice(0, 2000) || 'The analysis could not be started.',
      temporary: error instanceof OciError ? error.temporary : true,
      retryAfter: error instanceof OciError ? error.retryAfter : undefined,
    };
    await failAttempt(sql, run.digest, run.attempt, failure, config.analysis_attempts);
    services.log.warn('an analysis could not be started', { image: run.reference, ...failure });
  } finally {
    launching.delete(run.task);
  }
}

/** How many analyses may read each registry at once, from the settings. */
function limitsOf(config: Config): RegistryLimits {
  const own = config.registries.flatMap(({ registry, analyses }) =>
    analyses === undefined ? [] : [[registry, analyses] as const]
  );
  return { each: config.registry_analyses, of: Object.fromEntries(own) };
}

/** The coordinator that starts analyses. */
export function dispatchCoordinator(services: CoordinatorServices): Coordinator {
  const { sql, log, launcher, launching, config } = services;
  const limits = limitsOf(config);
  launcher.adopt?.((run, ending) => ended(services, run, ending));
  return {
    name: 'dispatch',
    everyMs: 1000,
    async round(signal) {
      const running = await countRunning(sql);
      if (launcher.room() - launching.size <= 0 || running >= config.analyses) return false;
      const next = await lease(sql, launcher.name, limits);
      if (next === undefined) return false;
      launching.add(next.task);
      // Not waited for: one slow registry must not keep the others' images waiting.
      launch(services, next, signal).catch((error: unknown) => {
        log.warn('the start of an analysis could not be noted', { error: messageOf(error) });
      });
      return true;
    },
  };
}
