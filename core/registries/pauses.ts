/**
 * Registries that want to be left alone: who is throttled once pauses for all, Jobs and core alike.
 *
 * @module
 */
import { OciError } from 'oci-client';
import type { Queryable } from '../database/connection.ts';

/** Seconds to wait for a registry that throttles without saying how long. */
const UNSAID_SECONDS = 30;
/** What core heard itself counts so long; then it asks again. */
const LONGEST_SECONDS = 3600;
/** A Job reads hostile images: its word alone must not keep a registry from everybody. */
const LONGEST_OF_JOB_SECONDS = 60;

/** The parts of a failure that tell of throttling. */
export interface Throttling {
  readonly code: string;
  readonly message: string;
  readonly retryAfter?: number | undefined;
}

/** Whether a failure means that the registry wants to be asked later, whatever is asked. */
export function isThrottled(failure: Throttling): boolean {
  return failure.code === 'registry_rate_limited' || failure.retryAfter !== undefined;
}

/** Seconds that a failure asks to wait, at most an hour, or a minute on a Job's word. */
export function throttledSeconds(failure: Throttling, said: 'core' | 'job'): number {
  const longest = said === 'job' ? LONGEST_OF_JOB_SECONDS : LONGEST_SECONDS;
  return Math.min(longest, Math.max(1, failure.retryAfter ?? UNSAID_SECONDS));
}

/** Pauses a registry after a failure that tells of throttling; a longer pause stays. */
export async function notePause(
  sql: Queryable,
  registry: string,
  failure: Throttling,
  said: 'core' | 'job',
): Promise<void> {
  if (!isThrottled(failure)) return;
  await sql`
    insert into registry_pauses (registry, paused_until, reason)
    values (${registry}, now() + ${throttledSeconds(failure, said)} * interval '1 second',
      ${failure.message.slice(0, 500)})
    on conflict (registry) do update set reason = excluded.reason,
      paused_until = greatest(registry_pauses.paused_until, excluded.paused_until)`;
}

/** The same for whatever core caught while it asked a registry itself. */
export async function noteThrottled(
  sql: Queryable,
  registry: string,
  error: unknown,
): Promise<void> {
  if (error instanceof OciError) await notePause(sql, registry, error, 'core');
}
