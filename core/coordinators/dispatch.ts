/**
 * Hands images to the launcher while there is room, and hears how their runs end.
 *
 * @module
 */
import { OciError } from 'oci-client';
import type { Failure } from '../../jobs/contract/index.ts';
import { codeOf, messageOf } from '../errors.ts';
import {
  countRunning,
  failAttempt,
  findAttempt,
  type Lease,
  lease,
  releaseAttempt,
} from '../queue/analyses.ts';
import { type Ending, LaunchPostponed } from '../queue/launchers/types.ts';
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

/** What tells an attempt from all others. */
type Attempt = Pick<Lease, 'digest' | 'attempt' | 'reference'>;

async function ended(services: CoordinatorServices, run: Attempt, ending: Ending): Promise<void> {
  const { sql, log, config } = services;
  if (ending.kind === 'superseded') return;
  // A run that told core itself has no current attempt any more: then this changes nothing.
  try {
    if (ending.kind === 'stopped') return await releaseAttempt(sql, run.digest, run.attempt);
    const failure = ending.kind === 'done' ? NO_REPORT : ending.failure;
    const end = await failAttempt(sql, run.digest, run.attempt, failure, config.analysis_attempts);
    if (end !== 'superseded') {
      log.warn('an analysis ended badly', { image: run.reference, end, ...failure });
      await sql`select pg_notify('tidewaiter', 'queue')`;
    }
  } catch (error) {
    // The lease ends by itself, and the reconciler puts the image back.
    log.warn('the end of an analysis could not be noted', { error: messageOf(error) });
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
      (ending) => void ended(services, run, ending),
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
    };
    await failAttempt(sql, run.digest, run.attempt, failure, config.analysis_attempts);
    services.log.warn('an analysis could not be started', { image: run.reference, ...failure });
  } finally {
    launching.delete(run.task);
  }
}

/** The coordinator that starts analyses. */
export function dispatchCoordinator(services: CoordinatorServices): Coordinator {
  const { sql, log, launcher, launching, config } = services;
  launcher.adopt?.((task, ending) => {
    findAttempt(sql, task).then((run) => run && ended(services, run, ending))
      .catch((error: unknown) => {
        log.warn('the end of an analysis could not be noted', { error: messageOf(error) });
      });
  });
  return {
    name: 'dispatch',
    everyMs: 1000,
    async round(signal) {
      const running = await countRunning(sql);
      if (launcher.room() - launching.size <= 0 || running >= config.analyses) return false;
      const next = await lease(sql, launcher.name);
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
